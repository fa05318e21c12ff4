import { describe, expect, it } from "vitest";
import { collectRun, rootProduct, sigmaPoints, sigmaRule } from "../../src/methods/common/index.ts";
import { kalmanFilter, unscentedKalman } from "../../src/methods/filters/index.ts";
import type { Problem } from "../../src/methods/method.ts";
import { diagonalCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import { identityModel, lorenz63 } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSeries } from "../../src/problem/observe/index.ts";
import { functionOperator, identityOperator, powerOperator } from "../../src/problem/operators/index.ts";
import { distance } from "../problem/derivatives.ts";
import { linearProblem, matrix } from "./problems.ts";

const rules = [
  {},
  { alpha: 1, beta: 2, kappa: 0 },
  { alpha: 0.5, beta: 2, kappa: 0 },
  { alpha: 1, beta: 0, kappa: -1 },
  { alpha: 1, beta: 0, kappa: 2 },
];

describe.each(rules)("with %j", (rule) => {
  it.each([
    [0, false],
    [1, false],
    [1, true],
  ] as const)(
    "is the Kalman filter on a linear problem (model error %s, missing values %s)",
    async (error, missing) => {
      const { problem } = linearProblem(error, missing);
      const exact = await kalmanFilter(problem);
      const run = await collectRun(unscentedKalman(rule), problem);
      run.cycles.forEach((cycle, k) => {
        const other = exact.cycles[k]!;
        expect(distance(cycle.forecastMean, other.forecastMean)).toBeLessThan(1e-10);
        expect(distance(cycle.analysisMean, other.analysisMean)).toBeLessThan(1e-10);
        expect(distance(cycle.analysisSpread!, other.analysisSpread!)).toBeLessThan(1e-10);
        expect(distance(rootProduct(cycle.state!.root!).data, rootProduct(other.state!.root!).data)).toBeLessThan(
          1e-10,
        );
      });
      expect(Math.abs(run.logEvidence - exact.logEvidence)).toBeLessThan(1e-9);
    },
  );

  it("its points have the mean and covariance that they came from", () => {
    const Z = matrix("root", 3, 4);
    const { distance: step, centralMean, outer } = sigmaRule(3, { alpha: 1, beta: 0, kappa: 0, ...rule });
    const mean = matrix("x", 1, 4).data;
    const points = sigmaPoints(mean, Z, step);
    const weights = Float64Array.from({ length: 7 }, (_, k) => (k === 0 ? centralMean : outer));
    const average = new Float64Array(4);
    const P = new Float64Array(16);
    for (let k = 0; k < 7; k++)
      for (let i = 0; i < 4; i++) {
        average[i]! += weights[k]! * points.data[4 * k + i]!;
        for (let j = 0; j < 4; j++)
          P[4 * i + j]! += weights[k]! * (points.data[4 * k + i]! - mean[i]!) * (points.data[4 * k + j]! - mean[j]!);
      }
    expect(distance(average, mean)).toBeLessThan(1e-13);
    expect(distance(P, rootProduct(Z).data)).toBeLessThan(1e-13);
  });
});

const scalar = (value: number, variance: number, error: number, power = 2, prior = 1): Problem => ({
  model: identityModel({ size: 1 }),
  observations: observationSeries(
    observationNetwork({ dt: 1, steps: [0], operator: powerOperator(1, power), error: scalarCovariance(1, error) }),
    [[value]],
  ),
  background: { mean: Float64Array.of(prior), covariance: scalarCovariance(1, variance) },
});

it("has the published moments of a nonlinear operator", async () => {
  // x ~ N(1, 0.5), y = x² + e: mean of x² is 1.5, with kappa = 2 its variance 2 σ⁴ + 4 x̄² σ² = 2.5, covariance with x 2 x̄ σ² = 1.
  const { cycles } = await collectRun(unscentedKalman({ alpha: 1, beta: 0, kappa: 2 }), scalar(3, 0.5, 0.25));
  const S = 2.5 + 0.25;
  expect(cycles[0]!.analysisMean[0]).toBeCloseTo(1 + (3 - 1.5) / S, 12);
  expect(cycles[0]!.analysisSpread![0]).toBeCloseTo(Math.sqrt(0.5 - 1 / S), 12);
  expect(cycles[0]!.innovation![0]).toBeCloseTo(1.5, 12);
});

it("gives the same with a small negative central weight by rows and by the innovation covariance", async () => {
  // Weights of the central point just below and above zero.
  const run = (beta: number) => collectRun(unscentedKalman({ alpha: 1, beta, kappa: 0 }), scalar(3, 0.5, 0.25));
  const [below, above] = [await run(-1e-9), await run(1e-9)];
  expect(distance(below.analysisMean.data, above.analysisMean.data)).toBeLessThan(1e-8);
  expect(distance(below.cycles[0]!.analysisSpread!, above.cycles[0]!.analysisSpread!)).toBeLessThan(1e-8);
});

it("goes on after a resume to the same bytes", async () => {
  const network = observationNetwork({
    dt: 0.01,
    steps: [5, 9, 20],
    operator: identityOperator(3),
    error: scalarCovariance(3, 1),
  });
  const problem: Problem = {
    model: lorenz63(),
    observations: observationSeries(network, matrix("l63", 3, 3, 8)),
    background: { mean: Float64Array.of(1, 2, 20), covariance: diagonalCovariance([1, 2, 3]) },
    modelError: scalarCovariance(3, 0.1),
  };
  const whole = await collectRun(unscentedKalman(), problem, { everyStep: true });
  const rest = await collectRun(unscentedKalman(), problem, {
    everyStep: true,
    resume: { after: 0, state: whole.cycles[0]!.state! },
  });
  expect(rest.analysisMean.data).toEqual(whole.analysisMean.data.slice(3));
  expect(whole.cycles[0]!.trajectory!.shape).toEqual([5, 3]);
  expect(whole.cycles[0]!.trajectory!.data.slice(12)).toEqual(whole.cycles[0]!.forecastMean);
});

it("gives means at every step without changing anything else", async () => {
  const network = observationNetwork({
    dt: 0.01,
    steps: [25, 50],
    operator: identityOperator(3),
    error: scalarCovariance(3, 1),
  });
  const problem: Problem = {
    model: lorenz63(),
    observations: observationSeries(network, matrix("l63", 2, 3, 8)),
    background: { mean: Float64Array.of(1, 2, 20), covariance: diagonalCovariance([1, 2, 3]) },
  };
  const [plain, stepped] = [
    await collectRun(unscentedKalman(), problem),
    await collectRun(unscentedKalman(), problem, { everyStep: true }),
  ];
  expect(stepped.analysisMean).toEqual(plain.analysisMean);
  expect(stepped.logEvidence).toBe(plain.logEvidence);
  expect(stepped.cycles[1]!.trajectory!.data.slice(72)).toEqual(stepped.cycles[1]!.forecastMean);
});

describe("failures", () => {
  it("an indefinite innovation covariance is said to be one, with the cycle", async () => {
    const failure = collectRun(unscentedKalman({ alpha: 1, beta: -40, kappa: 0 }), scalar(3, 0.5, 1e-3));
    await expect(failure).rejects.toMatchObject({ code: "numerical/indefinite", cycle: 0 });
  });
  it("an indefinite forecast covariance too", async () => {
    const bend = { ...scalar(1, 1, 1), model: { ...identityModel({ size: 1 }) } };
    const square = functionOperator({ name: "square", inShape: [1], outShape: [1], fn: (x) => [x[0]! * x[0]!] });
    const model = { ...bend.model, linear: false, advance: () => square };
    const network = observationNetwork({
      dt: 1,
      steps: [1],
      operator: identityOperator(1),
      error: scalarCovariance(1, 1),
    });
    const failure = collectRun(unscentedKalman({ alpha: 1, beta: -40, kappa: 0 }), {
      ...bend,
      model,
      background: { mean: Float64Array.of(0.1), covariance: scalarCovariance(1, 1) },
      observations: observationSeries(network, [[1]]),
    });
    await expect(failure).rejects.toMatchObject({ code: "numerical/indefinite" });
  });
  it.each([
    [{ alpha: 0 }, "alpha: expected a positive number, got 0"],
    [{ beta: Number.NaN }, "beta: expected a finite number, got NaN"],
  ])("%j is refused", (options, message) => {
    expect(() => unscentedKalman(options)).toThrow(message);
  });
  it("a kappa that leaves no distance is refused", async () => {
    await expect(collectRun(unscentedKalman({ kappa: -1 }), scalar(1, 1, 1))).rejects.toThrow(
      "kappa: expected more than -1, the negative number of directions, got -1",
    );
  });
});
