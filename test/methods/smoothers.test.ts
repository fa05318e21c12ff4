// Smoothers are the joint conditioning on all observations (or those of the lag) when all is linear.
import { describe, expect, it } from "vitest";
import type { NdArray } from "../../src/engine/tensor/index.ts";
import { anomalies, collectRun, ensembleMean } from "../../src/methods/common/index.ts";
import {
  denkf,
  enkf,
  enkfN,
  ensrf,
  etkf,
  extendedKalman,
  kalman,
  kalmanFilter,
  letkf,
  unscentedKalman,
} from "../../src/methods/filters/index.ts";
import type { Cycle, Problem } from "../../src/methods/method.ts";
import { enks, esMda, ienks, rts } from "../../src/methods/smoothers/index.ts";
import { denseCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import { lorenz63 } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSeries } from "../../src/problem/observe/index.ts";
import { identityOperator } from "../../src/problem/operators/index.ts";
import { distance } from "../problem/derivatives.ts";
import { inverse, linearProblem, matrix, product, sum, transposed } from "./problems.ts";

/** Means and deviations at each observation time given observations up to cycle k + lag, by joint conditioning of a Gaussian. */
function conditioned(
  parts: ReturnType<typeof linearProblem>,
  lag: number,
): { mean: Float64Array; deviation: Float64Array }[] {
  const { problem, F, H, R, P0, Q } = parts;
  const steps = problem.observations.map(({ step }) => step);
  const last = steps.at(-1)!;
  // All states x_0 … x_last as one vector: covariance blocks and means.
  const n = 4;
  const means: NdArray[] = [{ data: problem.background.mean, shape: [n, 1] }];
  const P: NdArray[] = [P0];
  for (let s = 1; s <= last; s++) {
    means.push(product(F, means[s - 1]!));
    P.push(sum(product(F, product(P[s - 1]!, transposed(F))), Q, 0.5));
  }
  const block = (i: number, j: number): NdArray => {
    // Cov(x_i, x_j) = P_i (F^(j − i))ᵀ for j ≥ i.
    if (j < i) return transposed(block(j, i));
    let C = P[i]!;
    for (let s = i; s < j; s++) C = product(C, transposed(F));
    return C;
  };
  return steps.map((step, k) => {
    const seen = problem.observations
      .slice(0, k + lag + 1)
      .flatMap(({ values, step: s }) =>
        [0, 1, 2].flatMap((i) => (Number.isNaN(values[i]!) ? [] : [{ s, i, y: values[i]! }])),
      );
    const rows = (i: number): NdArray => ({ data: H.data.slice(4 * i, 4 * i + 4), shape: [1, 4] });
    const m = seen.length;
    const S = { data: new Float64Array(m * m), shape: [m, m] };
    const C = { data: new Float64Array(n * m), shape: [n, m] };
    const d = { data: new Float64Array(m), shape: [m, 1] };
    seen.forEach((a, p) => {
      seen.forEach((b, q) => {
        S.data[p * m + q] =
          product(rows(a.i), product(block(a.s, b.s), transposed(rows(b.i)))).data[0]! +
          (a.s === b.s ? R.data[3 * a.i + b.i]! : 0);
      });
      const c = product(block(step, a.s), transposed(rows(a.i)));
      for (let i = 0; i < n; i++) C.data[i * m + p] = c.data[i]!;
      d.data[p] = a.y - product(rows(a.i), means[a.s]!).data[0]!;
    });
    const gain = product(C, inverse(S));
    const post = sum(P[step]!, product(gain, transposed(C)), -1);
    return {
      mean: sum(means[step]!, product(gain, d)).data,
      deviation: Float64Array.from({ length: n }, (_, i) => Math.sqrt(post.data[5 * i]!)),
    };
  });
}

function expectSmoothed(cycles: readonly Cycle[], wanted: ReturnType<typeof conditioned>, tolerance = 1e-10): void {
  expect(cycles.length).toBe(wanted.length);
  cycles.forEach(({ smootherMean, smootherSpread }, k) => {
    expect(distance(smootherMean!, wanted[k]!.mean), `mean of cycle ${k}`).toBeLessThan(tolerance);
    expect(distance(smootherSpread!, wanted[k]!.deviation), `spread of cycle ${k}`).toBeLessThan(tolerance);
  });
}

/** The problem with members that have exactly the background's mean and covariance. */
function exactMembers(problem: Problem, N: number): Problem {
  const X = anomalies(matrix("first", N, 4));
  const P = { data: new Float64Array(16), shape: [4, 4] };
  for (let k = 0; k < N; k++)
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) P.data[4 * i + j]! += (X.data[4 * k + i]! * X.data[4 * k + j]!) / (N - 1);
  const whitened = denseCovariance(P);
  const { mean, covariance } = problem.background;
  const data = new Float64Array(N * 4);
  for (let k = 0; k < N; k++) {
    const x = covariance.applySqrt(whitened.whiten(X.data.slice(4 * k, 4 * k + 4)));
    for (let i = 0; i < 4; i++) data[4 * k + i] = mean[i]! + x[i]!;
  }
  return { ...problem, background: { mean, covariance, ensemble: { data, shape: [N, 4] } } };
}

describe("rts", () => {
  it.each([
    ["kalman", kalman()],
    ["extended-kalman", extendedKalman()],
    ["unscented-kalman", unscentedKalman()],
    ["unscented-kalman with other points", unscentedKalman({ alpha: 0.7, beta: 2 })],
  ] as const)("over %s conditions on all observations", async (_, filter) => {
    for (const [error, missing] of [
      [0, false],
      [1, false],
      [1, true],
    ] as const) {
      const parts = linearProblem(error, missing);
      const { cycles } = await collectRun(rts({ filter }), parts.problem);
      expectSmoothed(cycles, conditioned(parts, 6));
      const filtered = await kalmanFilter(parts.problem);
      cycles.forEach((cycle, k) => {
        expect(distance(cycle.analysisMean, filtered.cycles[k]!.analysisMean)).toBeLessThan(1e-10);
      });
    }
  });
  it("says no more at the last time than the filter", async () => {
    const { cycles } = await collectRun(rts({ filter: kalman() }), linearProblem().problem);
    expect(cycles.at(-1)!.smootherMean).toEqual(cycles.at(-1)!.analysisMean);
    cycles.forEach(({ smootherSpread, analysisSpread }) => {
      smootherSpread!.forEach((value, i) => {
        expect(value).toBeLessThanOrEqual(analysisSpread![i]! + 1e-14);
      });
    });
  });
  it("takes a background that is known exactly in part", async () => {
    const parts = linearProblem(0);
    const covariance = denseCovariance(
      [
        [1, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 2, 0],
        [0, 0, 0, 0],
      ],
      { singular: true },
    );
    const P0 = { data: covariance.dense(), shape: [4, 4] };
    const problem = { ...parts.problem, background: { ...parts.problem.background, covariance } };
    const { cycles } = await collectRun(rts({ filter: kalman() }), problem);
    expectSmoothed(cycles, conditioned({ ...parts, problem, P0 }, 6), 1e-8);
  });
  it("lowers the error of nonlinear filters", async () => {
    const model = lorenz63();
    const truth = await model.trajectory(400).apply(Float64Array.of(1.5, -1.5, 25));
    const times = Array.from({ length: 40 }, (_, k) => 10 * (k + 1));
    const at = times.flatMap((step) => Array.from(truth.slice(3 * (step - 1), 3 * step)));
    const noise = matrix("noise", 40, 3).data;
    const network = observationNetwork({
      dt: 0.01,
      steps: times,
      operator: identityOperator(3),
      error: scalarCovariance(3, 1),
    });
    const problem: Problem = {
      model,
      observations: observationSeries(network, {
        data: Float64Array.from(at, (v, i) => v + noise[i]!),
        shape: [40, 3],
      }),
      background: { mean: Float64Array.of(1.5, -1.5, 25), covariance: scalarCovariance(3, 1) },
    };
    for (const filter of [extendedKalman({ inflation: 3 }), unscentedKalman()]) {
      const { cycles } = await collectRun(rts({ filter }), problem);
      const rms = (key: "analysisMean" | "smootherMean"): number =>
        Math.sqrt(
          cycles.reduce(
            (total, cycle, k) => total + cycle[key]!.reduce((s, v, i) => s + (v - at[3 * k + i]!) ** 2 / 120, 0),
            0,
          ),
        );
      expect(rms("smootherMean")).toBeLessThan(0.75 * rms("analysisMean"));
    }
  });
  it("refuses other filters and resuming", async () => {
    expect(() => rts({ filter: JSON.parse("{}") })).toThrow(
      "filter: expected kalman, extended-kalman or unscented-kalman",
    );
    const { problem } = linearProblem();
    const resume = { after: 0, state: {} };
    await expect(collectRun(rts({ filter: kalman() }), problem, { resume })).rejects.toThrow("can't be resumed");
  });
});

describe("enks", () => {
  it.each([
    ["etkf", etkf({ members: 9 })],
    ["etkf, rotated", etkf({ members: 9, rotate: true })],
    ["ensrf", ensrf({ members: 9 })],
  ] as const)("over %s conditions on the observations of its lag", async (_, filter) => {
    for (const lag of [1, 2, 6]) {
      const parts = linearProblem(0, true);
      const { cycles } = await collectRun(enks({ filter, lag }), exactMembers(parts.problem, 9));
      expectSmoothed(cycles, conditioned(parts, lag));
    }
  });
  it("with draws of model error agrees with the smoother for many members", async () => {
    const parts = linearProblem();
    const { cycles } = await collectRun(enks({ filter: enkf({ members: 20_000 }), lag: 6 }), parts.problem);
    expectSmoothed(cycles, conditioned(parts, 6), 0.1);
  });
  it("leaves the filter as it is, and resumes to the same bytes", async () => {
    const { problem } = linearProblem();
    for (const filter of [denkf({ members: 6, inflation: 1.05, relaxation: { rtps: 0.3 } }), enkfN({ members: 6 })]) {
      const plain = await collectRun(filter, problem, { seed: 2 });
      const method = enks({ filter, lag: 2 });
      const run = await collectRun(method, problem, { seed: 2 });
      expect(run.analysisMean).toEqual(plain.analysisMean);
      const rest = await collectRun(method, problem, { seed: 2, resume: { after: 2, state: run.cycles[2]!.state! } });
      expect(rest.cycles.map(({ smootherMean }) => smootherMean)).toEqual(
        run.cycles.slice(3).map(({ smootherMean }) => smootherMean),
      );
    }
  });
  it("refuses a lag of nothing and local filters", () => {
    expect(() => enks({ filter: etkf({ members: 3 }), lag: 0 })).toThrow(
      "lag: expected an integer of at least 1, got 0",
    );
    expect(() => enks({ filter: letkf({ members: 3 }), lag: 1 })).toThrow("without localisation");
    expect(() => enks({ filter: JSON.parse("{}"), lag: 1 })).toThrow("filter: expected an ensemble filter");
  });
});

describe("ienks and es-mda", () => {
  const N = 9;
  const methods = {
    "ienks with one iteration": (lag: number, shift: number) => ienks({ members: N, lag, shift, iterations: 1 }),
    "ienks with several": (lag: number, shift: number) => ienks({ members: N, lag, shift, iterations: 5 }),
    "es-mda": (lag: number, shift: number) => esMda({ members: N, lag, shift, iterations: 3 }),
    "es-mda with factors of its own": (lag: number, shift: number) =>
      esMda({ members: N, lag, shift, factors: [4, 2, 4] }),
  };
  it.each(Object.entries(methods))("%s is the ensemble smoother on a linear problem", async (_, make) => {
    const parts = linearProblem(0, true);
    const problem = exactMembers(parts.problem, N);
    for (const lag of [1, 2, 3]) {
      const { cycles } = await collectRun(make(lag, 1), problem);
      const other = await collectRun(enks({ filter: etkf({ members: N }), lag }), problem);
      expectSmoothed(cycles, conditioned(parts, lag));
      cycles.forEach((cycle, k) => {
        const twin = other.cycles[k]!;
        expect(distance(cycle.analysisMean, twin.analysisMean)).toBeLessThan(1e-10);
        expect(distance(cycle.forecastMean, twin.forecastMean)).toBeLessThan(1e-10);
        expect(distance(cycle.analysisSpread!, twin.analysisSpread!)).toBeLessThan(1e-10);
        expect(distance(cycle.smootherMean!, twin.smootherMean!)).toBeLessThan(1e-10);
        if (twin.logEvidence !== undefined) expect(Math.abs(cycle.logEvidence! - twin.logEvidence)).toBeLessThan(1e-9);
      });
    }
  });
  it.each(Object.entries(methods))("%s over one window conditions on all of it", async (_, make) => {
    const parts = linearProblem(0, true);
    const { cycles } = await collectRun(make(6, 6), exactMembers(parts.problem, N));
    expectSmoothed(cycles, conditioned(parts, 6));
    cycles.forEach(({ analysisMean, smootherMean }) => {
      expect(analysisMean).toEqual(smootherMean);
    });
  });
  it("windows that move by several times condition on what they have seen", async () => {
    const parts = linearProblem(0);
    const { cycles } = await collectRun(
      ienks({ members: N, lag: 4, shift: 2, iterations: 1 }),
      exactMembers(parts.problem, N),
    );
    // Windows end at 1, 3, 5 and start at −1, −1, 1: times 0 (passed at the end of the second) … are given what was seen by then.
    const all = [conditioned(parts, 6), ...[1, 2, 3].map((lag) => conditioned(parts, lag))];
    expect(distance(cycles[5]!.smootherMean!, all[0]![5]!.mean)).toBeLessThan(1e-10);
    expect(distance(cycles[0]!.smootherMean!, all[3]![0]!.mean)).toBeLessThan(1e-10);
    expect(distance(cycles[1]!.smootherMean!, all[0]![1]!.mean)).toBeLessThan(1e-10);
  });
  it("weights spread an observation over the windows that have it", async () => {
    const parts = linearProblem(0);
    const problem = exactMembers(parts.problem, N);
    const method = ienks({ members: N, lag: 2, weights: [0.5, 0.5], iterations: 1 });
    const { cycles } = await collectRun(method, problem);
    // The oldest time that is left has had all of its weight but that of the last observation, whose half is missing.
    const reduced: Problem = {
      ...problem,
      observations: problem.observations.map((one, k) => (k === 5 ? { ...one, error: one.error.scaled(2) } : one)),
    };
    const once = await collectRun(enks({ filter: etkf({ members: N }), lag: 6 }), reduced);
    expect(distance(cycles[5]!.smootherMean!, once.cycles[5]!.smootherMean!)).toBeLessThan(1e-10);
    expect(cycles[3]!.logEvidence).toBeUndefined();
  });
  it("perturbed updates agree with square roots for many members", async () => {
    const parts = linearProblem(0);
    const { cycles } = await collectRun(
      esMda({ members: 20_000, lag: 6, shift: 6, update: "perturbed" }),
      parts.problem,
    );
    expectSmoothed(cycles, conditioned(parts, 6), 0.1);
  });

  const model = lorenz63();
  const nonlinear = async (): Promise<{ problem: Problem; truth: Float64Array }> => {
    const truth = await model.trajectory(600).apply(Float64Array.of(1.5, -1.5, 25));
    const times = Array.from({ length: 24 }, (_, k) => 25 * (k + 1));
    const at = Float64Array.from(times.flatMap((step) => Array.from(truth.slice(3 * (step - 1), 3 * step))));
    const noise = matrix("noise", 24, 3, Math.SQRT2).data;
    const network = observationNetwork({
      dt: 0.01,
      steps: times,
      operator: identityOperator(3),
      error: scalarCovariance(3, 2),
    });
    const problem: Problem = {
      model,
      observations: observationSeries(network, { data: at.map((v, i) => v + noise[i]!), shape: [24, 3] }),
      background: { mean: Float64Array.of(1.5, -1.5, 25), covariance: scalarCovariance(3, 2) },
    };
    return { problem, truth: at };
  };
  it("iterations find the minimum of the nonlinear cost in the ensemble's space", async () => {
    const { problem } = await nonlinear();
    const first = { ...problem, observations: problem.observations.slice(0, 1) };
    const run = await collectRun(ienks({ members: 4, iterations: 50, tolerance: 1e-12 }), first, { seed: 3 });
    const members = await collectRun(ienks({ members: 4, iterations: 1 }), first, { seed: 3 });
    expect(distance(run.analysisMean.data, members.analysisMean.data)).toBeGreaterThan(1e-4);
    // At the fixed point another iteration from the result changes nothing: the weights' gradient is zero with the anomalies there.
    const again = await collectRun(ienks({ members: 4, iterations: 60, tolerance: 1e-12 }), first, { seed: 3 });
    expect(distance(run.analysisMean.data, again.analysisMean.data)).toBeLessThan(1e-9);
  });
  it("resume to the same bytes", async () => {
    const { problem } = await nonlinear();
    for (const method of [
      ienks({ members: 5, lag: 3, iterations: 3, inflation: 1.02, rotate: true }),
      esMda({ members: 5, lag: 2, shift: 2, update: "perturbed" }),
    ]) {
      const whole = await collectRun(method, problem, { seed: 4 });
      expect(whole.cycles.map(({ index }) => index)).toEqual(Array.from({ length: 24 }, (_, k) => k));
      const rest = await collectRun(method, problem, {
        seed: 4,
        resume: { after: 11, state: whole.cycles[11]!.state! },
      });
      expect(rest.analysisMean.data).toEqual(whole.analysisMean.data.slice(12 * 3));
      expect(rest.cycles[3]!.smootherMean).toEqual(whole.cycles[15]!.smootherMean);
    }
  });
  it.each([
    [() => ienks({ members: 5, lag: 1, shift: 2 }), "shift: expected at most the lag, 1, got 2"],
    [() => ienks({ members: 5, lag: 2, weights: [1, 1] }), "weights: expected weights that sum to 1"],
    [() => ienks({ members: 5, lag: 2, weights: [1] }), "weights: expected 2 numbers from 0 to 1"],
    [() => ienks({ members: 5, iterations: 0 }), "iterations: expected an integer of at least 1, got 0"],
    [() => ienks({ members: 5, tolerance: -1 }), "tolerance: expected a number of at least 0, got -1"],
    [
      () => esMda({ members: 5, factors: [2, 3] }),
      "factors: expected 2 positive numbers whose inverses sum to 1, got 2, 3",
    ],
    [() => esMda({ members: 5, update: JSON.parse('"none"') }), "update: expected square-root or perturbed, got none"],
  ])("%s is refused", (make, message) => {
    expect(make).toThrow(message);
  });
  it("give the means of the members that are run again, at every step", async () => {
    const { problem } = await nonlinear();
    for (const method of [ienks({ members: 5, lag: 2, shift: 2, iterations: 3 }), esMda({ members: 5 })]) {
      const [plain, stepped] = [
        await collectRun(method, problem, { seed: 4 }),
        await collectRun(method, problem, { seed: 4, everyStep: true }),
      ];
      expect(stepped.analysisMean).toEqual(plain.analysisMean);
      stepped.cycles.forEach(({ trajectory, analysisMean }, k) => {
        expect(plain.cycles[k]).not.toHaveProperty("trajectory");
        expect(trajectory!.shape).toEqual([25, 3]);
        expect(distance(trajectory!.data.slice(24 * 3), analysisMean)).toBeLessThan(1e-12);
      });
    }
  });
  it("model error is refused", async () => {
    await expect(collectRun(ienks({ members: 5 }), linearProblem().problem)).rejects.toThrow(
      "ienks: expected a perfect model, but the problem has model error",
    );
  });
  it("means are those of members", async () => {
    const { problem } = await nonlinear();
    const { cycles } = await collectRun(ienks({ members: 5 }), problem);
    expect(distance(cycles[2]!.analysisMean, ensembleMean(cycles[2]!.analysisEnsemble!))).toBe(0);
  });
});
