// Estimation of B and R: exact identities where there are any, other software's numbers, and known parameters found again.
import { describe, expect, it } from "vitest";
import {
  adjointSensitivity,
  costConsistency,
  degreesOfFreedom,
  desroziers,
  desroziersIteration,
  ensembleSensitivity,
  hollingsworthLonnberg,
  identifiability,
  laggedDifferences,
  ledoitWolf,
  maximumLikelihood,
  randomizedDegreesOfFreedom,
  recondition,
  scaledParts,
} from "../../src/diagnostics/index.ts";
import { type Tensor, tensor } from "../../src/engine/graph/index.ts";
import { gemm, symmetricEigen, symmetricSqrt } from "../../src/engine/linalg/index.ts";
import { randomStreams } from "../../src/engine/random/index.ts";
import type { NdArray } from "../../src/engine/tensor/index.ts";
import {
  type Covariance,
  correlationCovariance,
  denseCovariance,
  scalarCovariance,
  sumCovariance,
} from "../../src/problem/covariance/index.ts";
import { ringDomain } from "../../src/problem/localization/index.ts";
import { linearModel } from "../../src/problem/models/index.ts";
import { distance } from "../problem/derivatives.ts";

const n = 40;
const ring = correlationCovariance({ kind: "soar", length: 4, domain: ringDomain(n) });
const square = (data: Float64Array, size = n): NdArray => ({ data, shape: [size, size] });
const plus = (...parts: Float64Array[]): Float64Array =>
  parts[0]!.map((_, i) => parts.reduce((sum, part) => sum + part[i]!, 0));
const times = (A: Float64Array, by: number): Float64Array => A.map((value) => value * by);
const unit = scalarCovariance(n, 1).dense();
const truth = sumCovariance([ring, scalarCovariance(n, 0.25)]);
/** Draws as rows. */
function draws(C: Covariance, count: number, seed: number): NdArray {
  const stream = randomStreams(seed).stream("cases");
  const data = new Float64Array(count * C.size);
  for (let k = 0; k < count; k++) data.set(C.sample(stream), k * C.size);
  return { data, shape: [count, C.size] };
}
/** Rows whose mean is 0 and whose covariance (divisor K − 1) is exactly the given one. */
function exactly(S: Float64Array, m: number, K: number): NdArray {
  const waves = Float64Array.from({ length: K * m }, (_, at) => {
    const [k, j] = [Math.floor(at / m), (at % m) + 1];
    return Math.sqrt((2 * (K - 1)) / K) * Math.cos((Math.PI * (k + 0.5) * j) / K);
  });
  return { data: gemm(K, m, m, waves, symmetricSqrt(S, m)), shape: [K, m] };
}

describe("Desroziers' iteration", () => {
  const first = { HBHt: square(times(ring.dense(), 0.25)), R: square(unit) };
  it("of the exact innovation covariance goes where it should", () => {
    const result = desroziersIteration({ ...first, innovations: { covariance: square(truth.dense()), cases: 4000 } });
    const rounded = result.history
      .slice(1, 4)
      .map(({ background, observation }) => [background.toFixed(4), observation.toFixed(4)]);
    expect(rounded).toEqual([
      ["0.8200", "0.7600"],
      ["0.9498", "0.5898"],
      ["0.9858", "0.5274"],
    ]);
    const last = result.history.at(-1)!;
    expect([result.converged, result.warnings]).toEqual([true, []]);
    expect(Math.abs(last.background - 1)).toBeLessThan(1e-5);
    expect(Math.abs(last.observation - 0.5)).toBeLessThan(1e-5);
    expect(distance(result.R.data, times(unit, 0.25))).toBeLessThan(1e-5);
  });
  it("of 4000 cases does the same within their noise", () => {
    const result = desroziersIteration({ ...first, innovations: draws(truth, 4000, 1) });
    const published = [
      [0.8235, 0.7642],
      [0.9546, 0.5924],
      [0.9912, 0.5289],
    ] as const;
    published.forEach(([background, observation], k) => {
      const found = result.history[k + 1]!;
      expect(Math.abs(found.background - background)).toBeLessThan(0.012);
      expect(Math.abs(found.observation - observation)).toBeLessThan(0.012);
    });
    const { background, observation } = result.history.at(-1)!;
    const [backgroundError, observationError] = result.identifiability.standardErrors;
    // Errors are those of logarithms of variances.
    expect(Math.abs(2 * Math.log(background))).toBeLessThan(3 * backgroundError!);
    expect(Math.abs(2 * Math.log(observation / 0.5))).toBeLessThan(3 * observationError!);
  });
  it("says when B and R have one structure, and can't move then", () => {
    const result = desroziersIteration({
      HBHt: square(times(ring.dense(), 0.25)),
      R: square(ring.dense()),
      innovations: draws(sumCovariance([ring, ring.scaled(0.25)]), 500, 2),
    });
    expect(result.identifiability.identifiable).toBe(false);
    expect(result.warnings.join()).toContain(
      "not identifiable: the parts of the innovation covariance have the same structure",
    );
    expect([...result.identifiability.standardErrors]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    const { background, observation } = result.history.at(-1)!;
    expect(background / observation).toBeCloseTo(0.5, 12);
  });
  it("finds all of R when B is known, and its diagonal", () => {
    const R = plus(
      times(unit, 0.5),
      times(correlationCovariance({ kind: "exponential", length: 1, domain: ringDomain(n) }).dense(), 0.5),
    );
    const covariance = square(plus(ring.dense(), R));
    const known = { HBHt: square(ring.dense()), R: square(unit), innovations: { covariance, cases: 1000 } };
    const full = desroziersIteration({
      ...known,
      estimate: { HBHt: "fixed", R: "full" },
      iterations: 3000,
      tolerance: 1e-10,
    });
    expect(distance(full.R.data, R)).toBeLessThan(1e-4);
    expect(full.warnings).toEqual([]);
    const diagonal = desroziersIteration({
      ...known,
      innovations: { covariance: square(plus(ring.dense(), times(unit, 0.7))), cases: 10 },
      estimate: { HBHt: "fixed", R: "diagonal" },
      iterations: 500,
    });
    expect(distance(diagonal.R.data, times(unit, 0.7))).toBeLessThan(1e-4);
    const both = desroziersIteration({ ...known, estimate: { HBHt: "full", R: "full" } });
    expect(distance(plus(both.HBHt.data, both.R.data), covariance.data)).toBeLessThan(1e-9);
    expect(both.warnings.join()).toContain("only their sum is determined");
  });
  it("makes the first of its steps with the residuals of an analysis", () => {
    const innovations = draws(truth, 60, 3);
    const B = times(ring.dense(), 0.25);
    const S = denseCovariance(square(plus(B, unit)));
    const residuals = { ...innovations, data: innovations.data.slice() };
    for (let k = 0; k < 60; k++) residuals.data.set(S.solve(innovations.data.slice(k * n, (k + 1) * n)), k * n);
    const { R, HBHt, cases, asymmetry } = desroziers({ innovations, residuals });
    const step = desroziersIteration({ HBHt: square(B), R: square(unit), innovations, iterations: 1 });
    const trace = (A: NdArray): number => A.data.reduce((sum, value, at) => sum + (at % (n + 1) === 0 ? value : 0), 0);
    expect(cases).toBe(60);
    expect(trace(R)).toBeCloseTo(trace(step.R), 10);
    expect(trace(HBHt)).toBeCloseTo(trace(step.HBHt), 10);
    expect(distance(plus(R.data, HBHt.data), desroziers({ innovations, residuals: innovations }).R.data)).toBeLessThan(
      1e-12,
    );
    expect(asymmetry).toBeGreaterThan(0.01);
    const gaps = { ...innovations, data: innovations.data.slice() };
    gaps.data[5] = Number.NaN;
    expect(desroziers({ innovations: gaps, residuals }).cases).toBe(59);
  });
});

describe("recondition", () => {
  const A = [
    [2, 1.999],
    [1.999, 2],
  ];
  const condition = (M: NdArray): number => {
    const { values } = symmetricEigen(M.data, M.shape[0]!);
    return values.at(-1)! / values[0]!;
  };
  it("raises what is too small, and leaves what is well", () => {
    for (const method of ["ridge", "minimum-eigenvalue"] as const)
      expect(condition(recondition(A, { condition: 100, method }))).toBeCloseTo(100, 6);
    const raised = recondition(A, { condition: 100 });
    expect(symmetricEigen(raised.data, 2).values[1]).toBeCloseTo(3.999, 12);
    const ridge = recondition(A, { condition: 100, method: "ridge" });
    expect(ridge.data[1]).toBe(1.999);
    expect(distance(recondition(A, { condition: 1e5 }).data, A.flat())).toBe(0);
    const indefinite = recondition(
      [
        [1, 2],
        [2, 1],
      ],
      { condition: 10 },
    );
    expect(condition(indefinite)).toBeCloseTo(10, 8);
  });
});

describe("maximum likelihood", () => {
  it("finds the exact parameters of exact innovations, with the information's errors", () => {
    const parts = [square(ring.dense()), square(unit)];
    const result = maximumLikelihood({
      innovations: exactly(truth.dense(), n, 100),
      covariance: scaledParts(parts),
      start: [Math.log(0.25), 0],
    });
    expect(Math.abs(result.parameters[0]!)).toBeLessThan(1e-6);
    expect(Math.abs(result.parameters[1]! - Math.log(0.25))).toBeLessThan(1e-6);
    const { standardErrors } = identifiability(truth.dense(), [ring.dense(), times(unit, 0.25)], n, 100);
    expect(distance(result.standardErrors, standardErrors)).toBeLessThan(1e-5);
    const S = denseCovariance(square(truth.dense()));
    // tr(S⁻¹ D) = m for D = S, with the divisor of the covariance.
    expect(result.logLikelihood).toBeCloseTo(-50 * (n + S.logDeterminant() + n * Math.log(2 * Math.PI)), 5);
    expect(result.warnings).toEqual([]);
  });
  it("finds a length, by the gradient through the correlation function", () => {
    const chords = Float64Array.from(
      { length: n * n },
      (_, at) => (n / Math.PI) * Math.abs(Math.sin((Math.PI * (Math.floor(at / n) - (at % n))) / n)),
    );
    const soar = (theta: Tensor): Tensor => {
      const z = tensor({ data: chords, shape: [n, n] }).div(theta.at(1).exp());
      const C = z.add(1).mul(z.neg().exp()).mul(theta.at(0).exp());
      return C.add(tensor({ data: unit, shape: [n, n] }).mul(theta.at(2).exp()));
    };
    const start = [0, Math.log(2), 0];
    const exact = maximumLikelihood({ innovations: exactly(truth.dense(), n, 50), covariance: soar, start });
    expect(distance(exact.parameters, [0, Math.log(4), Math.log(0.25)])).toBeLessThan(1e-5);
    const { parameters, standardErrors } = maximumLikelihood({
      innovations: draws(truth, 1000, 4),
      covariance: soar,
      start,
    });
    [0, Math.log(4), Math.log(0.25)].forEach((value, i) => {
      expect(Math.abs(parameters[i]! - value)).toBeLessThan(3 * standardErrors[i]!);
      expect(standardErrors[i]!).toBeLessThan(0.05);
    });
  });
  it("says what can't be told apart", () => {
    const result = maximumLikelihood({
      innovations: draws(truth, 100, 5),
      covariance: scaledParts([square(truth.dense()), square(truth.dense())]),
      start: [0, -1],
    });
    expect(result.identifiability.identifiable).toBe(false);
    expect(result.warnings.join()).toContain("not identifiable");
    const silent = maximumLikelihood({
      innovations: draws(truth, 100, 5),
      covariance: (theta) => tensor(square(truth.dense())).mul(theta.at(0).exp()),
      start: [0, 3],
    });
    expect(silent.warnings.join()).toContain("the innovations don't depend on parameter 1");
    expect(silent.standardErrors[0]).toBeLessThan(1);
  });
});

describe("Hollingsworth and Lönnberg's method", () => {
  it("finds known errors and lengths within three of its standard errors", () => {
    const innovations = draws(truth, 2000, 6);
    // The distance of the domain is along the ring; the truth's by chords: for short ones the same to a percent.
    const { background, observation, length, classes, warnings } = hollingsworthLonnberg({
      innovations,
      domain: ringDomain(n),
      reach: 8,
    });
    expect(warnings).toEqual([]);
    expect(Math.abs(background.value - 1)).toBeLessThan(3 * background.error + 0.01);
    expect(Math.abs(observation.value - 0.5)).toBeLessThan(3 * observation.error + 0.01);
    expect(Math.abs(length.value - 4)).toBeLessThan(3 * length.error + 0.1);
    for (const { error } of [background, observation]) expect(error).toBeLessThan(0.03);
    expect(classes.map(({ pairs }) => pairs)).toEqual([n, ...new Array(8).fill(n)]);
    for (const { covariance, fit } of classes) expect(Math.abs(covariance - fit)).toBeLessThan(0.05);
  });
  it("is exact for exact innovations", () => {
    const line = { kind: "exponential", length: 3 } as const;
    const C = correlationCovariance({ ...line, domain: ringDomain(n) }).dense();
    const chord = {
      name: "chords",
      places: ringDomain(n).places,
      distance: (a: ArrayLike<number>, b: ArrayLike<number>) =>
        (n / Math.PI) * Math.abs(Math.sin((Math.PI * (a[0]! - b[0]!)) / n)),
    };
    const innovations = exactly(plus(times(C, 4), times(unit, 0.5)), n, 60);
    const fit = hollingsworthLonnberg({ innovations, domain: chord, kind: "exponential", width: 0.3, reach: 9 });
    const K = 59 / 60;
    expect(fit.background.value).toBeCloseTo(2 * Math.sqrt(K), 5);
    expect(fit.observation.value).toBeCloseTo(Math.sqrt(0.5 * K), 5);
    expect(fit.length.value).toBeCloseTo(3, 5);
  });
  it("warns of what isn't there", () => {
    const white = hollingsworthLonnberg({ innovations: draws(scalarCovariance(n, 1), 40, 7), domain: ringDomain(n) });
    expect(white.warnings.join()).toMatch(/can't be told from 0|at the end/);
    const none = hollingsworthLonnberg({
      innovations: draws(ring, 400, 7),
      domain: ringDomain(n),
      kind: "exponential",
    });
    expect(none.warnings.join()).toContain("no observation error found");
  });
});

describe("Ledoit and Wolf's shrinkage", () => {
  // scikit-learn 1.9.1, ledoit_wolf of sin(1.3 k + 0.7 i² + k i) + 0.1 i cos(k).
  it.each([
    [6, 10, 0.4380431454899988, 0.4420863749919878, -0.044089025327232544, 0.47652336593787653],
    [30, 4, 1, 0.4938468915243782, 0, 0.4938468915243782],
    [5, 200, 0.10080627143097784, 7.929799885577466, -0.0702304901902713, 74.30007972639028],
  ])("is scikit-learn's for %d members of %d", (N, size, shrinkage, first, second, variance) => {
    const data = Float64Array.from({ length: N * size }, (_, at) => {
      const [k, i] = [Math.floor(at / size), at % size];
      return Math.sin(1.3 * k + 0.7 * i * i + k * i) + 0.1 * i * Math.cos(k);
    });
    const result = ledoitWolf({ data, shape: [N, size] });
    expect(result.shrinkage).toBeCloseTo(shrinkage, 11);
    expect(result.variance).toBeCloseTo(variance, 10);
    const column = result.covariance.apply(Float64Array.from({ length: size }, (_, i) => Number(i === 0)));
    expect(column[0]).toBeCloseTo(first, 11);
    expect(column[1]).toBeCloseTo(second, 11);
    expect(result.covariance.solve(column)[0]).toBeCloseTo(1, 9);
  });
});

describe("lagged forecast differences", () => {
  it("are the model errors between analyses, carried on", async () => {
    const model = linearModel({
      matrix: [
        [0.9, 0.3],
        [-0.2, 0.8],
      ],
    });
    const stream = randomStreams(8).stream("errors");
    const rows: Float64Array[] = [Float64Array.of(1, 2)];
    const carried: Float64Array[] = [];
    for (let k = 0; k < 6; k++) {
      const error = stream.normals(2);
      rows.push((await model.advance(2).apply(rows[k]!)).map((value, i) => value + error[i]!));
      carried.push((await model.advance(2).apply(error)).map((value) => -value));
    }
    const analyses = { data: Float64Array.from(rows.flatMap((row) => [...row])), shape: [7, 2] };
    const result = await laggedDifferences({ model, analyses, every: 2 });
    expect(result.shape).toEqual([6, 2]);
    const mean = [0, 1].map((i) => carried.reduce((sum, row) => sum + row[i]! / 6, 0));
    expect(
      distance(
        result.data,
        carried.flatMap((row) => [...row].map((value, i) => value - mean[i]!)),
      ),
    ).toBeLessThan(1e-14);
    await expect(laggedDifferences({ model, analyses, every: 2, lags: [2, 1] })).rejects.toThrow(
      "lags: expected two increasing positive integers, got 2, 1",
    );
    await expect(laggedDifferences({ model, analyses, every: 2, lags: [1, 7] })).rejects.toThrow(
      "analyses: expected at least 8 analyses for these lags, got 7",
    );
  });
});

describe("degrees of freedom for signal", () => {
  const B = ring.dense();
  const R = times(unit, 0.25);
  const { total, each } = degreesOfFreedom(square(B), square(R));
  it("are the trace of HK, by eigenvalues and by perturbed analyses", async () => {
    const { values } = symmetricEigen(B, n);
    expect(total).toBeCloseTo(
      values.reduce((sum, value) => sum + value / (value + 0.25), 0),
      10,
    );
    expect(each.reduce((a, b) => a + b, 0)).toBeCloseTo(total, 12);
    const S = denseCovariance(square(plus(B, R)));
    const probed = await randomizedDegreesOfFreedom({
      analyse: (y) => ring.apply(S.solve(y)),
      y: new Float64Array(n),
      R: scalarCovariance(n, 0.25),
      random: randomStreams(9).stream("probes"),
      probes: 200,
    });
    expect(Math.abs(probed.total - total)).toBeLessThan(3 * probed.error);
    expect(probed.error).toBeLessThan(0.5);
  });
  it("are what 2 J_b should be; wrong covariances show", () => {
    const minima = (innovations: NdArray) => {
      const S = denseCovariance(square(plus(B, R)));
      return Array.from({ length: innovations.shape[0]! }, (_, k) => {
        const d = innovations.data.slice(k * n, (k + 1) * n);
        const w = S.solve(d);
        const Jb = ring.apply(w).reduce((sum, value, i) => sum + 0.5 * value * w[i]!, 0);
        return { Jb, Jo: w.reduce((sum, value) => sum + 0.5 * 0.25 * value ** 2, 0) };
      });
    };
    const right = costConsistency(minima(draws(truth, 1000, 10)), n, total);
    for (const key of ["total", "background", "observation"] as const)
      expect(Math.abs(right[key] - 1)).toBeLessThan(3 * right.errors[key]);
    const wrong = costConsistency(minima(draws(truth.scaled(2), 1000, 10)), n, total);
    expect(Math.abs(wrong.total - 2)).toBeLessThan(3 * wrong.errors.total);
    const exact = minima(exactly(truth.dense(), n, 100));
    expect(exact.reduce((sum, { Jb }) => sum + 2 * Jb, 0)).toBeCloseTo(99 * total, 8);
    expect(exact.reduce((sum, { Jo }) => sum + 2 * Jo, 0)).toBeCloseTo(99 * (n - total), 8);
  });
});

describe("forecast sensitivity to observations", () => {
  const [N, size, m] = [6, 4, 3];
  const stream = randomStreams(12).stream("numbers");
  const M = stream.normals(size * size);
  const H = stream.normals(m * size);
  const X = stream.normals(N * size);
  for (let i = 0; i < size; i++) {
    let mean = 0;
    for (let k = 0; k < N; k++) mean += X[k * size + i]! / N;
    for (let k = 0; k < N; k++) X[k * size + i]! -= mean;
  }
  const R = denseCovariance([
    [1, 0.3, 0],
    [0.3, 2, 0.1],
    [0, 0.1, 0.5],
  ]);
  const Pa = gemm(size, size, N, X, X, { transA: true }).map((value) => value / (N - 1));
  const d = stream.normals(m);
  const product = (A: Float64Array, v: Float64Array, transposed = false): Float64Array => {
    const rows = A.length / (transposed ? v.length : v.length);
    return transposed ? gemm(rows, 1, v.length, A, v, { transA: true }) : gemm(rows, 1, v.length, A, v);
  };
  // K = Pa Hᵀ R⁻¹, the gain of an analysis with covariance Pa.
  const gain = (v: Float64Array): Float64Array => product(Pa, product(H, R.solve(v), true));
  const fromBackground = stream.normals(size);
  const fromAnalysis = plus(fromBackground, product(M, gain(d)));
  const weights = [1, 2, 0.5, 3];
  const errors = { fromAnalysis, fromBackground, weights };
  const change = fromAnalysis.reduce((sum, value, i) => sum + weights[i]! * (value ** 2 - fromBackground[i]! ** 2), 0);
  const observed = { data: gemm(N, m, size, X, H, { transB: true }), shape: [N, m] };
  const forecast = { data: gemm(N, size, size, X, M, { transB: true }), shape: [N, size] };

  it("adds up to the change of the error when all is linear: by adjoints and by an ensemble, observation by observation", async () => {
    const adjoint = await adjointSensitivity({
      ...errors,
      innovation: d,
      forecastAdjoint: (g) => product(M, g, true),
      gainTransposed: (g) => R.solve(product(H, product(Pa, g))),
    });
    const ensemble = ensembleSensitivity({ ...errors, innovation: d, R, observed, forecast });
    for (const result of [adjoint, ensemble]) {
      expect(result.change).toBeCloseTo(change, 11);
      expect(result.total).toBeCloseTo(change, 11);
    }
    expect(distance(adjoint.impacts, ensemble.impacts)).toBeLessThan(1e-11);
    expect(Math.abs(change)).toBeGreaterThan(0.1);
    const open = ensembleSensitivity({
      ...errors,
      innovation: d,
      R,
      observed,
      forecast,
      taper: new Float64Array(m * size).fill(1),
    });
    expect(distance(open.impacts, ensemble.impacts)).toBeLessThan(1e-12);
    const closed = ensembleSensitivity({
      ...errors,
      innovation: d,
      R,
      observed,
      forecast,
      taper: new Float64Array(m * size),
    });
    expect(closed.total).toBe(0);
    const missing = ensembleSensitivity({ ...errors, innovation: [Number.NaN, d[1]!, d[2]!], R, observed, forecast });
    expect([...missing.impacts]).toEqual([0, ensemble.impacts[1], ensemble.impacts[2]]);
  });
});

describe("refuses", () => {
  const rows = { data: new Float64Array(8), shape: [2, 4] };
  it.each<[string, () => unknown, string]>([
    [
      "rows that don't belong together",
      () => desroziers({ innovations: rows, residuals: [[1, 2]] }),
      "residuals: expected rows like those of innovations, of shape (2, 4), got (1, 2)",
    ],
    [
      "too few cases",
      () =>
        desroziers({
          innovations: [
            [1, Number.NaN],
            [1, 2],
          ],
          residuals: [
            [1, 2],
            [1, 2],
          ],
        }),
      "innovations: expected at least 2 cases without missing numbers, got 1",
    ],
    [
      "a first guess of another size",
      () => desroziersIteration({ innovations: rows, HBHt: [[1]], R: [[1]] }),
      "HBHt: expected a matrix of shape (4, 4), got shape (1, 1)",
    ],
    [
      "first guesses that are nothing",
      () =>
        desroziersIteration({
          innovations: rows,
          HBHt: square(new Float64Array(16), 4),
          R: square(new Float64Array(16), 4),
        }),
      "HBHt + R: expected a positive definite matrix",
    ],
    [
      "a condition below 1",
      () => recondition([[1]], { condition: 0.5 }),
      "condition: expected a number above 1, got 0.5",
    ],
    [
      "an estimate that is negative",
      () => recondition([[-1]]),
      "matrix: expected an estimate of a covariance, got largest eigenvalue -1",
    ],
    [
      "no parameters",
      () => maximumLikelihood({ innovations: rows, covariance: (theta) => theta, start: [] }),
      "start: expected at least one parameter, got none",
    ],
    [
      "a covariance of another shape",
      () => maximumLikelihood({ innovations: rows, covariance: (theta) => theta, start: [1] }),
      "covariance: expected a matrix of shape (4, 4), got (1)",
    ],
    [
      "an indefinite start",
      () =>
        maximumLikelihood({
          innovations: rows,
          covariance: (theta) => tensor(square(new Float64Array(16), 4)).mul(theta.at(0)),
          start: [1],
        }),
      "start: expected parameters with a positive definite covariance",
    ],
    [
      "too few cases for blocks",
      () => hollingsworthLonnberg({ innovations: rows, domain: ringDomain(4) }),
      "innovations: expected at least 20 cases without missing numbers, got 2",
    ],
    [
      "too small a reach",
      () =>
        hollingsworthLonnberg({ innovations: draws(scalarCovariance(4, 1), 30, 1), domain: ringDomain(4), reach: 1 }),
      "domain: expected at least two classes of distance to fit, got 1",
    ],
    ["one member", () => ledoitWolf([[1, 2]]), "members: expected at least 2 cases without missing numbers, got 1"],
    ["one analysis", () => costConsistency([{ Jb: 1, Jo: 1 }], 3, 1), "costs: expected at least two analyses, got 1"],
    [
      "more degrees than observations",
      () =>
        costConsistency(
          [
            { Jb: 1, Jo: 1 },
            { Jb: 1, Jo: 1 },
          ],
          3,
          4,
        ),
      "dfs: expected a number between 0 and 3, got 4",
    ],
    [
      "anomalies of other members",
      () =>
        ensembleSensitivity({
          fromAnalysis: [1],
          fromBackground: [2],
          innovation: [1],
          R: scalarCovariance(1, 1),
          observed: [[1], [2]],
          forecast: [[1]],
        }),
      "forecast: expected anomalies of shape (2, 1), got (1, 1)",
    ],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});
