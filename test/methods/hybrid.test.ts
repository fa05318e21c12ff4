import { describe, expect, it } from "vitest";
import { gaussNewton, lbfgs } from "../../src/engine/minimize/index.ts";
import { randomStreams } from "../../src/engine/random/index.ts";
import type { NdArray } from "../../src/engine/tensor/index.ts";
import { anomalies, collectRun, ensembleMean, observationPerturbations } from "../../src/methods/common/index.ts";
import { etkf, letkf } from "../../src/methods/filters/index.ts";
import { eda, enFourDVar, etkfThreeDVar, fourDEnVar, hybridGain } from "../../src/methods/hybrid/index.ts";
import type { Method, Problem } from "../../src/methods/method.ts";
import { fourDVar, threeDVar, windowCosts } from "../../src/methods/variational/index.ts";
import { denseCovariance, ensembleCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import { ringDomain } from "../../src/problem/localization/index.ts";
import { functionModel, identityModel, linearModel, lorenz96, type Model } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSeries } from "../../src/problem/observe/index.ts";
import {
  everyOperator,
  functionOperator,
  identityOperator,
  matrixOperator,
  type Operator,
  powerOperator,
} from "../../src/problem/operators/index.ts";
import { distance } from "../problem/derivatives.ts";
import { definite, inverse, linearProblem, matrix, product, sum, transposed } from "./problems.ts";

const stream = randomStreams(31).stream("test");
const minimizer = lbfgs({ tolerance: 1e-13 });
const run = (method: Method, problem: Problem) => collectRun(method, problem, { seed: 6 });

/** Lorenz 96 of 12 variables, seen at unequal distances; some values missing. */
function ring(operator: Operator = everyOperator(12, 2), model: Model = lorenz96({ size: 12 })): Problem {
  const m = operator.outSize;
  const network = observationNetwork({
    dt: model.dt,
    steps: [1, 3, 4, 6, 8, 9],
    operator,
    error: denseCovariance(definite("R", m)),
  });
  const { data } = matrix("seen", 6, m, 2);
  data[1] = data[2 * m] = Number.NaN;
  return {
    model,
    observations: observationSeries(network, { data: data.map((value) => value + 2), shape: [6, m] }),
    background: {
      mean: Float64Array.from({ length: 12 }, (_, i) => 2 + (i % 3)),
      covariance: denseCovariance(definite("P0", 12)),
    },
  };
}
/** The linear problem with the first members given, so that those of any method have the same mean. */
function linear(missing = false): Problem {
  const { problem } = linearProblem(0, missing);
  return problem;
}

describe("costs that serve any B", () => {
  const { model, observations, background } = ring();
  const seen = observations.slice(0, 3);
  const plain = lorenz96({ size: 12 });
  const byHand = functionModel({
    name: "by hand",
    shape: 12,
    dt: plain.dt,
    step: (x) => plain.advance(1).apply(x),
    adjoint: (x, dy) => plain.advance(1).adjoint!(x, dy),
  });
  it.each([
    ["traced", model],
    ["hand-written adjoints", byHand],
  ])("are those that do: %s", (_, own) => {
    const costs = windowCosts("en4dvar");
    for (const B of [
      background.covariance,
      scalarCovariance(12, 3),
      ensembleCovariance({ members: matrix("E", 4, 12) }),
    ]) {
      const problem = { model: own, background: { mean: background.mean, covariance: B }, observations: seen };
      const [a, b] = [costs.cost(problem), windowCosts("4dvar").cost(problem)];
      const v = stream.normals(B.sqrtSize);
      const [one, two] = [a.evaluate(v), b.evaluate(v)];
      expect(Math.abs(one.value / two.value - 1)).toBeLessThan(1e-13);
      expect(distance(one.gradient, two.gradient)).toBeLessThan(1e-11 * two.value);
      expect(Math.abs(a.parts().Jb / b.parts().Jb - 1)).toBeLessThan(1e-13);
      expect(Math.abs(a.parts().Jo / b.parts().Jo - 1)).toBeLessThan(1e-13);
      expect(distance(a.state(v), b.state(v))).toBeLessThan(1e-13);
    }
  });
  it("refuse a B of another size", () => {
    const problem = { model, background: { mean: background.mean, covariance: scalarCovariance(11, 1) }, observations };
    expect(() => windowCosts("en4dvar").cost(problem)).toThrow(
      "background.covariance: expected size 12, as the background has, got 11",
    );
  });
});

describe("etkf-3dvar", () => {
  it("is the ETKF where the covariance is the ensemble's", async () => {
    const options = { members: 6, inflation: 1.05, rotate: true, relaxation: { rtps: 0.3 } };
    const [a, b] = [
      await run(etkfThreeDVar({ ...options, weight: 1, minimizer }), ring()),
      await run(etkf(options), ring()),
    ];
    a.cycles.forEach((cycle, k) => {
      expect(distance(cycle.analysisEnsemble!.data, b.cycles[k]!.analysisEnsemble!.data)).toBeLessThan(1e-9);
      expect(Math.abs(cycle.chi2!.value - b.cycles[k]!.chi2!.value)).toBeLessThan(1e-9);
    });
  });
  it("has the mean of 3D-Var where the covariance is static, the members of an LETKF", async () => {
    const problem = ring();
    const local = { members: 6, localization: { radius: 1.5 } };
    const one = { ...problem, observations: problem.observations.slice(0, 1) };
    const [a, b] = [await run(etkfThreeDVar({ ...local, weight: 0, minimizer }), one), await run(letkf(local), one)];
    const { operator, error, values } = one.observations[0]!;
    const { forecastMean, analysisMean, analysisEnsemble, window } = a.cycles[0]!;
    const indices = [...values.keys()].filter((i) => !Number.isNaN(values[i]!));
    const { state } = threeDVar({
      background: { mean: forecastMean, covariance: problem.background.covariance },
      observations: { operator, error, values },
      minimizer,
    });
    expect(indices.length).toBe(5);
    expect(distance(analysisMean, state)).toBeLessThan(1e-9);
    expect(window!.converged).toBe(true);
    const [X, Y] = [analysisEnsemble!, b.cycles[0]!.analysisEnsemble!].map((E) => anomalies(E).data);
    expect(distance(X!, Y!)).toBeLessThan(1e-12);
  });
});

describe("en4dvar and 4denvar", () => {
  const options = { members: 6, window: 3, inflation: 1.1, rotate: true, minimizer };
  it.each([false, true])("are one where all is linear (missing values: %s)", async (missing) => {
    const [a, b] = [
      await run(enFourDVar(options), linear(missing)),
      await run(fourDEnVar({ ...options, outer: 2 }), linear(missing)),
    ];
    a.cycles.forEach((cycle, k) => {
      expect(distance(cycle.analysisMean, b.cycles[k]!.analysisMean)).toBeLessThan(1e-10);
      expect(distance(cycle.analysisEnsemble!.data, b.cycles[k]!.analysisEnsemble!.data)).toBeLessThan(1e-10);
    });
  });
  it.each([enFourDVar, fourDEnVar])("are the ETKF for windows of one time where all is linear: %s", async (make) => {
    const own = { members: 6, inflation: 1.1, rotate: true };
    const [a, b] = [
      await run(make({ ...own, window: 1, minimizer }), linear(true)),
      await run(etkf(own), linear(true)),
    ];
    a.cycles.forEach((cycle, k) => {
      expect(distance(cycle.analysisEnsemble!.data, b.cycles[k]!.analysisEnsemble!.data)).toBeLessThan(1e-10);
    });
  });
  it("have 4D-Var's trajectory where the covariance is static", async () => {
    const problem = ring();
    const first = { data: matrix("members", 6, 12).data, shape: [6, 12] };
    const mean = ensembleMean(first);
    const given = { ...problem, background: { ...problem.background, mean, ensemble: first } };
    const [a, b] = [
      await run(enFourDVar({ ...options, weight: 0 }), given),
      await run(fourDVar({ window: 3, minimizer }), given),
    ];
    expect(distance(a.analysisMean.data, b.analysisMean.data)).toBeLessThan(1e-7);
    expect(distance(a.forecastMean.data, b.forecastMean.data)).toBeLessThan(1e-7);
    expect(a.cycles[0]!.window!.history.length).toBe(b.cycles[0]!.window!.history.length);
  });
  it("are one for a hybrid, localised covariance where nothing moves", async () => {
    const problem = ring(everyOperator(12, 2), identityModel({ size: 12, dt: 0.05 }));
    const hybrid = { ...options, weight: 0.6, localization: { radius: 1.5 } };
    const [a, b] = [await run(enFourDVar(hybrid), problem), await run(fourDEnVar(hybrid), problem)];
    a.cycles.forEach((cycle, k) => {
      expect(distance(cycle.analysisEnsemble!.data, b.cycles[k]!.analysisEnsemble!.data)).toBeLessThan(1e-9);
    });
    const other = await run(fourDEnVar({ ...hybrid, weight: 0.5 }), problem);
    expect(distance(a.analysisMean.data, other.analysisMean.data)).toBeGreaterThan(1e-3);
  });
  it("are the same by Gauss-Newton, whose curvature an ensemble's cost has", async () => {
    const problem = ring(everyOperator(12, 2));
    const hybrid = { ...options, weight: 0.6, localization: { radius: 1.5 } };
    const quadratic = gaussNewton({ tolerance: 1e-11, inner: { tolerance: 1e-13, iterations: 300 } });
    const [a, b] = [
      await run(fourDEnVar(hybrid), problem),
      await run(fourDEnVar({ ...hybrid, minimizer: quadratic }), problem),
    ];
    expect(distance(a.analysisMean.data, b.analysisMean.data)).toBeLessThan(1e-8);
    expect(b.cycles[0]!.window!.converged).toBe(true);
    expect(b.cycles[0]!.window!.history.length).toBeLessThan(5);
  });
  it("put members about the trajectory by the ensemble filter of the window, wherever it reaches", async () => {
    const [a, b] = [
      await run(enFourDVar(options), ring()),
      await run(enFourDVar({ ...options, localization: { radius: Number.POSITIVE_INFINITY } }), ring()),
    ];
    a.cycles.forEach((cycle, k) => {
      const [E, other] = [cycle.analysisEnsemble!, b.cycles[k]!.analysisEnsemble!];
      expect(distance(E.data, other.data)).toBeLessThan(1e-9);
      expect(distance(ensembleMean(E), cycle.analysisMean)).toBeLessThan(1e-12);
    });
  });
  it("4denvar takes plain functions and promises, and an observation's given place", async () => {
    const model = lorenz96({ size: 12 });
    const operator = everyOperator(12, 2);
    const traced = ring();
    const elsewhere = functionModel({
      name: "elsewhere",
      shape: 12,
      dt: 0.05,
      step: async (x) => model.advance(1).apply(x),
    });
    const seen = functionOperator({
      name: "seen",
      inShape: [12],
      outShape: [6],
      fn: async (x) => operator.apply(x),
    });
    const observations = traced.observations.map((one) => ({ ...one, operator: seen }));
    const places = { data: Float64Array.from({ length: 6 }, (_, i) => 2 * i + 0.3), shape: [6, 1] };
    const domain = ringDomain(12);
    for (const radius of [2, Number.POSITIVE_INFINITY]) {
      const local = { ...options, outer: 2, localization: { radius, domain, observations: places } };
      const [a, b] = [
        await run(fourDEnVar(local), traced),
        await run(fourDEnVar(local), { ...traced, model: elsewhere, observations }),
      ];
      expect(distance(a.analysisMean.data, b.analysisMean.data)).toBeLessThan(1e-8);
      const missing = { ...options, localization: { radius } };
      await expect(run(fourDEnVar(missing), { ...traced, model: elsewhere, observations })).rejects.toThrow(
        `4denvar: can't tell where the observations of "seen" are: give localization.observations`,
      );
    }
  });
  it("4denvar comes nearer to the minimum of the nonlinear cost by outer loops", async () => {
    const problem = ring(powerOperator(12, 2));
    const { mean, covariance } = problem.background;
    const truth = mean.map((value, i) => value + 0.5 * Math.cos(i));
    const observations = problem.observations.slice(0, 3).map((one) => ({
      ...one,
      values: problem.model.advance(one.step).apply(truth),
      error: scalarCovariance(12, 1e-4),
    }));
    const seen = await Promise.all(
      observations.map(async ({ values, ...one }) => ({ ...one, values: (await values).map((x) => x ** 2) })),
    );
    // Members so near that differences are derivatives, an increment of many of their standard deviations.
    const one = { ...problem, observations: seen, background: { mean, covariance: covariance.scaled(1e-4) } };
    const starts: Float64Array[] = [];
    for (const outer of [1, 2, 4]) {
      const { cycles } = await run(fourDEnVar({ members: 14, window: 3, outer, minimizer }), one);
      starts.push(cycles[0]!.window!.start);
    }
    const { cycles } = await run(enFourDVar({ members: 14, window: 3, minimizer }), one);
    const far = starts.map((start) => distance(start, cycles[0]!.window!.start));
    expect(far[1]!).toBeLessThan(far[0]! / 3);
    expect(far[2]!).toBeLessThan(far[0]! / 30);
  });
});

describe("eda", () => {
  const { F, H, R, P0 } = linearProblem(0);
  const model = linearModel({ matrix: F, dt: 0.5 });
  const values = matrix("y", 3, 3, 2);
  const window = (steps: readonly number[]): Problem => ({
    model,
    observations: observationSeries(
      observationNetwork({ dt: 0.5, steps: [...steps], operator: matrixOperator(H), error: denseCovariance(R) }),
      { data: values.data.slice(0, 3 * steps.length), shape: [steps.length, 3] },
    ),
    background: { mean: matrix("x0", 1, 4).data, covariance: denseCovariance(P0) },
  });
  it("is an EnKF with that B and these draws for one time", async () => {
    const method = eda({ members: 5, minimizer });
    const problem = window([0]);
    const { cycles } = await run(method, problem);
    const { forecastEnsemble: E, analysisEnsemble } = cycles[0]!;
    const e = observationPerturbations(denseCovariance(R), 5, randomStreams(6), 0, true);
    const S = sum(product(product(H, P0), transposed(H)), R);
    const K = product(product(P0, transposed(H)), inverse(S));
    for (let i = 0; i < 5; i++) {
      const x: NdArray = { data: E!.data.slice(4 * i, 4 * i + 4), shape: [4, 1] };
      const d = product(H, x).data.map((value, j) => values.data[j]! + e.data[3 * i + j]! - value);
      const expected = sum(x, product(K, { data: d, shape: [3, 1] }));
      expect(distance(analysisEnsemble!.data.slice(4 * i, 4 * i + 4), expected.data)).toBeLessThan(1e-10);
    }
  });
  it("has the covariance of analysis errors, as far as its size allows", async () => {
    const problem = window([1, 2, 4]);
    const powers = [F, product(F, F), product(product(F, F), product(F, F))];
    let precision = inverse(P0);
    for (const M of powers) {
      const HM = product(H, M);
      precision = sum(precision, product(product(transposed(HM), inverse(R)), HM));
    }
    const M = powers[2]!;
    const A = product(product(M, inverse(precision)), transposed(M));
    const squares = A.data.reduce((total, value) => total + value * value, 0);
    const trace = A.data.reduce((total, value, i) => (i % 5 === 0 ? total + value : total), 0);
    for (const members of [100, 400, 1600]) {
      const { cycles } = await run(eda({ members, window: 3 }), problem);
      const X = anomalies(cycles[2]!.analysisEnsemble!);
      const P = product(transposed(X), X);
      const error = Math.hypot(...P.data.map((value, i) => value / (members - 1) - A.data[i]!));
      // E|P − A|² = (tr A² + (tr A)²)/(N − 1) for a sample of a Gaussian.
      const expected = Math.sqrt((squares + trace ** 2) / (members - 1));
      expect(error).toBeLessThan(1.7 * expected);
      expect(error).toBeGreaterThan(0.3 * expected);
    }
  });
  it("runs members with model error to the next window alone", async () => {
    const perfect = window([1, 2]);
    const noisy = { ...perfect, modelError: scalarCovariance(4, 0.3) };
    const [a, b] = [
      await run(eda({ members: 5, window: 1, minimizer }), perfect),
      await run(eda({ members: 5, window: 1, minimizer }), noisy),
    ];
    expect(distance(a.cycles[0]!.analysisMean, b.cycles[0]!.analysisMean)).toBe(0);
    expect(distance(a.cycles[1]!.analysisMean, b.cycles[1]!.analysisMean)).toBeGreaterThan(1e-3);
  });
});

describe("hybrid gain", () => {
  const options = { members: 6, inflation: 1.05 };
  it("is the ensemble filter for α = 0", async () => {
    const local = { ...options, localization: { radius: 2 } };
    expect((await run(hybridGain({ ...local, alpha: 0 }), ring())).analysisMean).toEqual(
      (await run(letkf(local), ring())).analysisMean,
    );
    expect((await run(hybridGain({ ...options, alpha: 0 }), ring())).analysisMean).toEqual(
      (await run(etkf(options), ring())).analysisMean,
    );
  });
  it.each(["sequential", "parallel"] as const)("has the gain that is said: %s", async (combination) => {
    const problem = { ...linear(), observations: linear().observations.slice(0, 1) };
    const { H, R, P0 } = linearProblem(0);
    const alpha = 0.3;
    const { cycles } = await run(hybridGain({ ...options, alpha, combination, minimizer }), problem);
    const { forecastEnsemble: E, forecastMean, analysisMean, innovation } = cycles[0]!;
    const X = anomalies(E!);
    const P = product(transposed(X), X);
    const gain = (B: NdArray): NdArray =>
      product(product(B, transposed(H)), inverse(sum(product(product(H, B), transposed(H)), R)));
    const [K, KB] = [gain({ data: P.data.map((value) => value / 5), shape: P.shape }), gain(P0)];
    const d: NdArray = { data: innovation!, shape: [3, 1] };
    const [Kd, KBd] = [product(K, d).data, product(KB, d).data];
    const rest = product(KB, product(H, { data: Kd, shape: [4, 1] })).data;
    const expected = forecastMean.map((x, i) =>
      combination === "parallel"
        ? x + (1 - alpha) * Kd[i]! + alpha * KBd[i]!
        : x + Kd[i]! + alpha * (KBd[i]! - rest[i]!),
    );
    expect(distance(analysisMean, expected)).toBeLessThan(1e-10);
  });
  it("is 3D-Var for α = 1 in parallel", async () => {
    const problem = { ...ring(), observations: ring().observations.slice(0, 1) };
    const { cycles } = await run(hybridGain({ ...options, alpha: 1, combination: "parallel", minimizer }), problem);
    const { operator, error, values } = problem.observations[0]!;
    const background = { mean: cycles[0]!.forecastMean, covariance: problem.background.covariance };
    const { state } = threeDVar({ background, observations: { operator, error, values }, minimizer });
    expect(distance(cycles[0]!.analysisMean, state)).toBeLessThan(1e-9);
  });
});

const local = { members: 6, inflation: 1.05, rotate: true, localization: { radius: 2 } };
const all: [string, Method][] = [
  ["etkf-3dvar", etkfThreeDVar(local)],
  ["hybrid-gain", hybridGain(local)],
  ["en4dvar", enFourDVar({ ...local, window: 2, weight: 0.5, relaxation: { rtps: 0.3 } })],
  ["4denvar", fourDEnVar({ ...local, window: 2, weight: 0.7, relaxation: { rtpp: 0.3 } })],
  ["eda", eda({ ...local, window: 2, weight: 0.3 })],
];

describe.each(all)("%s", (_, method) => {
  it("resumes to the same bytes, and has them for any number of threads", async () => {
    const problem = ring();
    const whole = await run(method, problem);
    expect(whole.cycles.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    const resume = { after: 3, state: whole.cycles[3]!.state! };
    const rest = await collectRun(method, problem, { seed: 6, resume });
    expect(rest.analysisMean.data).toEqual(whole.analysisMean.data.slice(4 * 12));
    const windows = (cycles: typeof whole.cycles) => cycles.flatMap(({ window }) => window?.index ?? []);
    expect(windows(rest.cycles)).toEqual(windows(whole.cycles.slice(4)));
    const shared = await run(method, { ...problem, compute: { threads: 2 } });
    expect(shared.analysisMean).toEqual(whole.analysisMean);
  });
  it("keeps the forecast when nothing was seen, and takes members given", async () => {
    const { observations, ...problem } = ring();
    const nothing = observations.map((one) => ({ ...one, values: one.values.map(() => Number.NaN) }));
    const ensemble = { data: matrix("members", 6, 12).data, shape: [6, 12] };
    const given = { ...problem, background: { ...problem.background, ensemble } };
    const blind = await run(method, { ...given, observations: nothing });
    expect(blind.analysisMean).toEqual(blind.forecastMean);
    expect(blind.cycles.every(({ window, chi2 }) => window === undefined && chi2 === undefined)).toBe(true);
    const other = { ...given.background, ensemble: { data: ensemble.data.slice(0, 60), shape: [5, 12] } };
    await expect(run(method, { ...given, observations, background: other })).rejects.toThrow(
      "background.ensemble: expected 6 members, got 5",
    );
  });
  it("says where an ensemble has collapsed", async () => {
    const problem = ring();
    const ensemble = { data: new Float64Array(72).fill(1), shape: [6, 12] };
    const equal = { ...problem, background: { ...problem.background, ensemble } };
    await expect(run(method, equal)).rejects.toThrow("expected members that differ, got a collapsed ensemble");
  });
});

describe("what doesn't fit", () => {
  const members = 5;
  it.each([
    [() => etkfThreeDVar({ members, weight: 1.5 }), "weight: expected a number from 0 to 1, got 1.5"],
    [() => enFourDVar({ members, weight: -0.1 }), "weight: expected a number from 0 to 1, got -0.1"],
    [() => fourDEnVar({ members, weight: Number.NaN }), "weight: expected a number from 0 to 1, got NaN"],
    [() => fourDEnVar({ members, outer: 0 }), "outer: expected an integer of at least 1, got 0"],
    [() => eda({ members, window: 0 }), "window: expected an integer of at least 1, got 0"],
    [() => eda({ members: 1 }), "members: expected an integer of at least 2, got 1"],
    [() => hybridGain({ members, alpha: 2 }), "alpha: expected a number from 0 to 1, got 2"],
    [
      () => hybridGain({ members, combination: JSON.parse('"both"') }),
      'combination: expected sequential or parallel, got "both"',
    ],
  ])("is refused at once: %s", (make, message) => {
    expect(make).toThrow(message);
  });
  const plain = functionOperator({ name: "plain", inShape: [12], outShape: [6], fn: (x) => x.slice(0, 6) });
  const model = functionModel({ name: "black box", shape: 12, dt: 0.05, step: (x) => x });
  const box = { localization: { function: "box" as const, radius: 2 } };
  it.each<[string, Method, Partial<Problem>, string]>([
    ["en4dvar", enFourDVar({ members }), { model }, 'needs the derivative of "black box"'],
    ["eda", eda({ members }), { model }, "or use 4denvar, which needs none"],
    ["en4dvar", enFourDVar({ members }), ring(plain), 'needs the derivative of "plain", which is a plain function'],
    ["etkf-3dvar", etkfThreeDVar({ members }), ring(plain), 'needs the derivative of "plain"'],
    ["hybrid-gain", hybridGain({ members }), ring(plain), 'needs the derivative of "plain"'],
    [
      "4denvar",
      fourDEnVar({ members, weight: 0.5 }),
      ring(plain),
      'with a weight below 1 it needs the derivative of "plain"',
    ],
    ["en4dvar", enFourDVar({ members, ...box }), {}, "expected gaspari-cohn or soar, got box"],
    ["4denvar", fourDEnVar({ members, ...box }), {}, "expected gaspari-cohn or soar, got box"],
    [
      "eda",
      eda({ members, covariance: scalarCovariance(11, 1) }),
      {},
      "eda: covariance: expected size 12, as the model has, got 11",
    ],
    ["en4dvar", enFourDVar({ members, covariance: { climatological: 1 }, weight: 0.5 }), {}, "needs the climatology"],
  ])("is refused when it shows: %s", async (_, method, change, message) => {
    await expect(run(method, { ...ring(identityOperator(12)), ...change })).rejects.toThrow(message);
  });
  it("starts anew where that is wanted", async () => {
    const problem = ring();
    const ensemble = { data: new Float64Array(72).fill(1), shape: [6, 12] };
    const equal = { ...problem, background: { ...problem.background, ensemble } };
    for (const make of [enFourDVar, fourDEnVar, eda]) {
      const { cycles } = await run(make({ members: 6, window: 2, onFailure: "restart" }), equal);
      expect(cycles.length).toBe(6);
      expect(Math.min(...cycles[1]!.analysisSpread!)).toBeGreaterThan(0);
    }
  });
});
