import { describe, expect, it } from "vitest";
import type { NdArray } from "../../src/engine/tensor/index.ts";
import { collectRun, covarianceRoot, rootAnalysis, rootProduct } from "../../src/methods/common/index.ts";
import { extendedKalman, extendedKalmanFilter, kalman, kalmanFilter } from "../../src/methods/filters/index.ts";
import type { Problem } from "../../src/methods/method.ts";
import { denseCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import { functionModel, identityModel, linearModel, lorenz63, lorenz96 } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSeries } from "../../src/problem/observe/index.ts";
import { functionOperator, identityOperator, powerOperator } from "../../src/problem/operators/index.ts";
import { distance } from "../problem/derivatives.ts";
import { inverse, linearProblem, product, sum, transposed } from "./problems.ts";

const column = (x: Float64Array): NdArray => ({ data: x, shape: [x.length, 1] });

/** The information form: the covariance's inverse is what is carried and added to. */
function informationFilter(parts: ReturnType<typeof linearProblem>, inflation = 1) {
  const { problem, F, H, R, Q } = parts;
  const { dt } = problem.model;
  let x = column(problem.background.mean);
  let P = parts.P0;
  let step = 0;
  return problem.observations.map((observation) => {
    for (; step < observation.step; step++) {
      x = product(F, x);
      const moved = product(product(F, P), transposed(F));
      P = sum({ ...moved, data: moved.data.map((value) => value * inflation ** dt) }, Q, dt);
    }
    const seen = [0, 1, 2].filter((i) => !Number.isNaN(observation.values[i]!));
    if (seen.length > 0) {
      const rows = (A: NdArray): NdArray => {
        const width = A.shape[1]!;
        const data = Float64Array.from(seen.flatMap((i) => Array.from(A.data.subarray(i * width, (i + 1) * width))));
        return { data, shape: [seen.length, width] };
      };
      const Hs = rows(H);
      const inverseR = inverse(transposed(rows(transposed(rows(R)))));
      const gain = product(transposed(Hs), inverseR);
      const information = inverse(P);
      const y = column(Float64Array.from(seen, (i) => observation.values[i]!));
      P = inverse(sum(information, product(gain, Hs)));
      x = product(P, sum(product(information, x), product(gain, y)));
    }
    return { x: x.data, P };
  });
}

describe("the Kalman filter", () => {
  it.each<[string, ReturnType<typeof linearProblem>]>([
    ["with model error", linearProblem()],
    ["with a perfect model", linearProblem(0)],
    ["with missing observations", linearProblem(1, true)],
  ])("equals its information form, %s", async (_, parts) => {
    const { cycles } = await kalmanFilter(parts.problem);
    informationFilter(parts).forEach(({ x, P }, k) => {
      const root = cycles[k]!.state!.root!;
      expect(distance(cycles[k]!.analysisMean, x)).toBeLessThan(1e-10);
      expect(distance(rootProduct(root).data, P.data)).toBeLessThan(1e-10);
      const deviations = [0, 5, 10, 15].map((at) => Math.sqrt(P.data[at]!));
      expect(distance(cycles[k]!.analysisSpread!, deviations)).toBeLessThan(1e-10);
    });
  });

  it("has the stationary variance (√5 − 1)/2 where everything is 1", async () => {
    const network = observationNetwork({
      dt: 1,
      steps: Array.from({ length: 60 }, (_, k) => k + 1),
      operator: identityOperator(1),
      error: scalarCovariance(1, 1),
    });
    const { cycles } = await kalmanFilter({
      model: linearModel({ matrix: [[1]] }),
      observations: observationSeries(network, { data: new Float64Array(60), shape: [60, 1] }),
      background: { mean: Float64Array.of(3), covariance: scalarCovariance(1, 20) },
      modelError: scalarCovariance(1, 1),
    });
    expect(Math.abs(cycles.at(-1)!.analysisSpread![0]! ** 2 - (Math.sqrt(5) - 1) / 2)).toBeLessThan(1e-12);
    expect(Math.abs(cycles.at(-1)!.forecastSpread![0]! ** 2 - (Math.sqrt(5) + 1) / 2)).toBeLessThan(1e-12);
  });

  it("knows the evidence and the chi-square of all observations together", async () => {
    const parts = linearProblem(1, true);
    const run = await kalmanFilter(parts.problem);
    // Joint Gaussian of all observations: mean and covariance by carrying the whole past along.
    const { problem, F, H, R, P0, Q } = parts;
    const means: number[] = [];
    const maps: { step: number; seen: number[] }[] = [];
    problem.observations.forEach(({ step, values }) => {
      maps.push({ step, seen: [0, 1, 2].filter((i) => !Number.isNaN(values[i]!)) });
    });
    const power = (k: number): NdArray => {
      let out: NdArray = { data: Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0)), shape: [4, 4] };
      for (let i = 0; i < k; i++) out = product(F, out);
      return out;
    };
    const stateCovariance = (i: number, j: number): NdArray => {
      const [a, b] = [Math.min(i, j), Math.max(i, j)];
      let P = P0;
      for (let k = 0; k < a; k++) P = sum(product(product(F, P), transposed(F)), Q, 0.5);
      const cross = product(power(b - a), P);
      return i >= j ? cross : transposed(cross);
    };
    const rows = maps.flatMap(({ step, seen }, k) => seen.map((i) => ({ step, i, k })));
    const m = rows.length;
    const S = new Float64Array(m * m);
    rows.forEach((a, p) => {
      rows.forEach((b, q) => {
        const C = product(product(H, stateCovariance(a.step, b.step)), transposed(H));
        S[p * m + q] = C.data[a.i * 3 + b.i]! + (a.k === b.k ? R.data[a.i * 3 + b.i]! : 0);
      });
      means.push(product(H, product(power(a.step), column(problem.background.mean))).data[a.i]!);
    });
    const joint = denseCovariance({ data: S, shape: [m, m] });
    const d = Float64Array.from(rows, (a, p) => problem.observations[a.k]!.values[a.i]! - means[p]!);
    const chi2 = joint.whiten(d).reduce((total, value) => total + value * value, 0);
    const evidence = -0.5 * (m * Math.log(2 * Math.PI) + joint.logDeterminant() + chi2);
    expect(Math.abs(run.logEvidence - evidence)).toBeLessThan(1e-9);
    const total = run.cycles.reduce((all, cycle) => all + (cycle.chi2?.value ?? 0), 0);
    expect(Math.abs(total - chi2)).toBeLessThan(1e-9);
    expect(run.cycles.map((cycle) => cycle.chi2?.count ?? 0)).toEqual([3, 2, 0, 3, 3, 1]);
    expect(run.cycles[2]!.analysisMean).toEqual(run.cycles[2]!.forecastMean);
    expect(Array.from(run.cycles[1]!.innovation!, Number.isNaN)).toEqual([false, true, false]);
  });

  it("stays positive where observations are 10⁸ times more accurate than the forecast", () => {
    const R = scalarCovariance(2, 1e-8);
    const P = denseCovariance([
      [1e8, 0.9e8],
      [0.9e8, 1e8],
    ]);
    const Z = covarianceRoot(P);
    const { root } = rootAnalysis({ x: new Float64Array(2), Z, Y: Z, dy: Float64Array.of(1, 2), R });
    const after = rootProduct(root).data;
    expect(Math.abs(after[0]! / 1e-8 - 1)).toBeLessThan(1e-6);
    expect(after[0]! * after[3]! - after[1]! * after[2]!).toBeGreaterThan(0);
  });

  it("gives the means at every step and the same analyses", async () => {
    const { problem } = linearProblem();
    const plain = await collectRun(kalman(), problem);
    const run = await collectRun(kalman(), problem, { everyStep: true });
    expect(run.cycles.map(({ trajectory }) => trajectory!.shape[0])).toEqual([1, 2, 1, 4, 1, 2]);
    run.cycles.forEach(({ trajectory, forecastMean }) => {
      expect(distance(trajectory!.data.subarray(-4), forecastMean)).toBe(0);
    });
    expect(distance(run.analysisMean.data, plain.analysisMean.data)).toBeLessThan(1e-13);
  });

  it("goes on from a saved state as if it had not stopped", async () => {
    const { problem } = linearProblem();
    const whole = await collectRun(kalman(), problem);
    const rest = await collectRun(kalman(), problem, { resume: { after: 2, state: whole.cycles[2]!.state! } });
    expect(rest.cycles.map(({ index }) => index)).toEqual([3, 4, 5]);
    expect(rest.cycles.at(-1)!.analysisMean).toEqual(whole.cycles.at(-1)!.analysisMean);
  });

  it("starts from a background known exactly, and analyses at time 0", async () => {
    const network = observationNetwork({
      dt: 1,
      steps: [0, 1],
      operator: identityOperator(2),
      error: scalarCovariance(2, 1),
    });
    const run = await kalmanFilter({
      model: identityModel({ size: 2 }),
      observations: observationSeries(network, [
        [3, 3],
        [3, 3],
      ]),
      background: { mean: Float64Array.of(1, 2), covariance: scalarCovariance(2, 0) },
      modelError: scalarCovariance(2, 1),
    });
    expect(run.cycles[0]!.analysisMean).toEqual(Float64Array.of(1, 2));
    expect(distance(run.cycles[1]!.analysisMean, [2, 2.5])).toBeLessThan(1e-14);
  });

  it.each<[string, Partial<Problem>, string]>([
    [
      "a nonlinear model",
      { model: lorenz96({ size: 4 }) },
      'kalman: expected a linear model and linear operators, but model "lorenz96" isn\'t linear: use extended-kalman',
    ],
    [
      "a nonlinear operator",
      {
        observations: observationSeries(
          observationNetwork({ dt: 0.5, steps: [1], operator: powerOperator(4, 2), error: scalarCovariance(4, 1) }),
          [[1, 2, 3, 4]],
        ),
      },
      'observation operator "power" isn\'t linear: use extended-kalman',
    ],
  ])("refuses %s", async (_, change, message) => {
    await expect(kalmanFilter({ ...linearProblem().problem, ...change })).rejects.toThrow(message);
  });
});

describe("the extended Kalman filter", () => {
  it("is the Kalman filter on linear problems", async () => {
    const { problem } = linearProblem();
    const [linear, extended] = [await kalmanFilter(problem), await extendedKalmanFilter(problem)];
    expect(distance(extended.analysisMean.data, linear.analysisMean.data)).toBeLessThan(1e-12);
    expect(Math.abs(extended.logEvidence - linear.logEvidence)).toBeLessThan(1e-12);
  });

  it("inflates the covariance by a factor per unit of time", async () => {
    for (const parts of [linearProblem(), linearProblem(0)]) {
      const { cycles } = await extendedKalmanFilter(parts.problem, { inflation: 1.7 });
      informationFilter(parts, 1.7).forEach(({ x, P }, k) => {
        expect(distance(cycles[k]!.analysisMean, x)).toBeLessThan(1e-10);
        expect(distance(rootProduct(cycles[k]!.state!.root!).data, P.data)).toBeLessThan(1e-10);
      });
    }
  });

  it("carries the covariance by the Jacobian of the whole interval", async () => {
    const model = lorenz63();
    const mean = Float64Array.of(1.509, -1.531, 25.46);
    const network = observationNetwork({
      dt: 0.01,
      steps: [7],
      operator: identityOperator(3),
      error: scalarCovariance(3, 2),
    });
    const problem: Problem = {
      model,
      observations: observationSeries(network, [[1, 1, 20]]),
      background: { mean, covariance: scalarCovariance(3, 0.5) },
    };
    const { cycles } = await collectRun(extendedKalman(), problem);
    const variance = [0, 0, 0];
    for (let j = 0; j < 3; j++) {
      const h = 1e-5;
      const [up, down] = [mean.slice(), mean.slice()];
      up[j]! += h;
      down[j]! -= h;
      const [a, b] = [await model.advance(7).apply(up), await model.advance(7).apply(down)];
      for (let i = 0; i < 3; i++) variance[i]! += 0.5 * ((a[i]! - b[i]!) / (2 * h)) ** 2;
    }
    expect(distance(cycles[0]!.forecastSpread!, variance.map(Math.sqrt))).toBeLessThan(1e-8);
    // A model error of next to nothing takes the way step by step: the same.
    const stepwise = await collectRun(extendedKalman(), { ...problem, modelError: scalarCovariance(3, 1e-18) });
    expect(distance(stepwise.cycles[0]!.analysisMean, cycles[0]!.analysisMean)).toBeLessThan(1e-9);
  });

  it("says which function lacks a derivative", async () => {
    const { problem } = linearProblem();
    const model = functionModel({ name: "black box", shape: 4, dt: 0.5, step: (x) => x.map(Math.sin) });
    await expect(extendedKalmanFilter({ ...problem, model })).rejects.toThrow(
      'extended-kalman: needs a derivative, but "black box" is a plain function',
    );
    const operator = functionOperator({ name: "seen", inShape: [4], outShape: [1], fn: (x) => [x[0]! ** 2] });
    const network = observationNetwork({ dt: 0.5, steps: [1], operator, error: scalarCovariance(1, 1) });
    const observations = observationSeries(network, [[1]]);
    await expect(extendedKalmanFilter({ ...problem, observations })).rejects.toThrow('but "seen" is a plain function');
  });
  it.each([0, -1, Number.NaN])("refuses an inflation of %d", (inflation) => {
    expect(() => extendedKalman({ inflation })).toThrow("inflation: expected a positive number");
  });
});

describe("failures", () => {
  it("name the cycle and the time when the model blows up", async () => {
    const model = functionModel({
      name: "runaway",
      shape: 4,
      dt: 0.5,
      linear: true,
      step: (x, t) => x.map((value) => value / (t < 1 ? 1 : 0)),
    });
    const failure = kalmanFilter({ ...linearProblem().problem, model });
    await expect(failure).rejects.toMatchObject({ code: "numerical/blow-up", cycle: 1 });
    await expect(failure).rejects.toThrow(/^cycle 1: model "runaway" blew up between times 0.5 and 1.5/);
  });
  it("name the cycle when a covariance overflows", async () => {
    const model = functionModel({
      name: "steep",
      shape: 4,
      dt: 0.5,
      linear: true,
      step: (x) => x.map((v) => v * 1e200),
    });
    const failure = kalmanFilter({ ...linearProblem().problem, model });
    await expect(failure).rejects.toMatchObject({ code: "numerical/indefinite", cycle: 0 });
  });
  it("name the operator that gives NaN", async () => {
    const operator = functionOperator({
      name: "torn",
      inShape: [4],
      outShape: [2],
      linear: true,
      fn: (x) => [x[0]!, Number.NaN],
    });
    const torn = observationNetwork({ dt: 0.5, steps: [1, 2], operator, error: scalarCovariance(2, 1) });
    // Where the observation is missing it doesn't matter.
    const observations = observationSeries(torn, [
      [1, Number.NaN],
      [1, 1],
    ]);
    const failure = kalmanFilter({ ...linearProblem().problem, observations });
    await expect(failure).rejects.toMatchObject({ name: "NumericalError", cycle: 1 });
    await expect(failure).rejects.toThrow(
      'cycle 1: operator "torn": expected finite numbers, got NaN for observation 1',
    );
  });
  const { problem } = linearProblem();
  it.each<[string, Problem, string]>([
    [
      "NaN in the background",
      { ...problem, background: { ...problem.background, mean: Float64Array.of(1, Number.NaN, 0, 0) } },
      "background.mean: expected finite numbers, got NaN at 1",
    ],
    [
      "a background of another size",
      { ...problem, background: { ...problem.background, mean: Float64Array.of(1) } },
      "background.mean: expected 4 numbers, as the model has, got 1",
    ],
    [
      "a covariance of another size",
      { ...problem, background: { ...problem.background, covariance: scalarCovariance(3, 1) } },
      "background.covariance: expected size 4, as the model has, got 3",
    ],
    [
      "a model error of another size",
      { ...problem, modelError: scalarCovariance(3, 1) },
      "modelError: expected size 4, as the model has, got 3",
    ],
    [
      "times out of order",
      { ...problem, observations: problem.observations.toReversed() },
      "observations[1].step: expected increasing steps, got 9 after 11",
    ],
    [
      "an operator on another state",
      { ...problem, observations: [{ ...problem.observations[0]!, operator: identityOperator(3) }] },
      'observations[0].operator: expected a map of the model\'s 4 numbers, got "identity" of 3',
    ],
    [
      "values of another length",
      { ...problem, observations: [{ ...problem.observations[0]!, values: Float64Array.of(1, 2) }] },
      'observations[0].values: expected size 3, as operator "matrix" gives, got 2',
    ],
  ])("%s is refused", async (_, broken, message) => {
    await expect(kalmanFilter(broken)).rejects.toThrow(message);
  });
});
