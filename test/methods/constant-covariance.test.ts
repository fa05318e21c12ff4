import { describe, expect, it } from "vitest";
import { collectRun } from "../../src/methods/common/index.ts";
import { climatologicalMean, constantCovarianceKalman, freeRun } from "../../src/methods/filters/index.ts";
import type { Problem } from "../../src/methods/method.ts";
import { denseCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import { lorenz63 } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSeries } from "../../src/problem/observe/index.ts";
import { functionOperator, identityOperator } from "../../src/problem/operators/index.ts";
import { distance } from "../problem/derivatives.ts";

const network = observationNetwork({
  dt: 0.01,
  steps: [0, 5, 12],
  operator: identityOperator(3),
  error: scalarCovariance(3, 1),
});
const values = [
  [1, 2, 20],
  [Number.NaN, 2, 18],
  [0, 1, 15],
];
const climate = {
  mean: Float64Array.of(0, 0, 23.5),
  covariance: denseCovariance([
    [60, 50, 0],
    [50, 80, 0],
    [0, 0, 70],
  ]),
};
let asked = 0;
const problem: Problem = {
  model: lorenz63(),
  observations: observationSeries(network, values),
  background: { mean: Float64Array.of(1.5, -1.5, 25), covariance: scalarCovariance(3, 3) },
  climatology: async () => {
    asked++;
    return climate;
  },
};

describe("the filter of constant covariance", () => {
  it("uses the background's covariance, or a multiple of the climatological one", async () => {
    const own = await collectRun(constantCovarianceKalman(), problem);
    // B = 3 I, R = I: three quarters of the way to each observation; the missing one changes nothing.
    const expected = own.cycles.map(({ forecastMean }, k) =>
      forecastMean.map((value, i) => (Number.isNaN(values[k]![i]!) ? value : value / 4 + (3 * values[k]![i]!) / 4)),
    );
    own.cycles.forEach(({ analysisMean }, k) => {
      expect(distance(analysisMean, expected[k]!)).toBeLessThan(1e-13);
    });
    expect(
      distance(
        own.cycles[0]!.analysisSpread!,
        [1, 1, 1].map(() => Math.sqrt(3 / 4)),
      ),
    ).toBeLessThan(1e-14);
    const static1 = await collectRun(constantCovarianceKalman({ covariance: scalarCovariance(3, 3) }), problem);
    expect(static1.analysisMean).toEqual(own.analysisMean);
    const climatic = await collectRun(constantCovarianceKalman({ covariance: { climatological: 0.1 } }), problem);
    expect(distance(climatic.cycles[0]!.forecastSpread!, [6, 8, 7].map(Math.sqrt))).toBeLessThan(1e-13);
  });
  it("says what it lacks", async () => {
    const { climatology: _, ...without } = problem;
    await expect(collectRun(constantCovarianceKalman({ covariance: { climatological: 1 } }), without)).rejects.toThrow(
      "constant-covariance-kalman: needs the climatology",
    );
    await expect(collectRun(constantCovarianceKalman({ covariance: scalarCovariance(2, 1) }), problem)).rejects.toThrow(
      "covariance: expected size 3, as the model has, got 2",
    );
    const operator = functionOperator({ name: "eye", inShape: [3], outShape: [1], fn: (x) => [x[0]! ** 2] });
    const blind = observationNetwork({ dt: 0.01, steps: [1], operator, error: scalarCovariance(1, 1) });
    await expect(
      collectRun(constantCovarianceKalman(), { ...problem, observations: observationSeries(blind, [[1]]) }),
    ).rejects.toThrow('constant-covariance-kalman: needs a derivative, but "eye" is a plain function');
  });
});

describe("baselines", () => {
  it("the free run is the model alone", async () => {
    const { cycles } = await collectRun(freeRun(), problem, { everyStep: true });
    const end = await problem.model.advance(12).apply(problem.background.mean);
    expect(distance(cycles[2]!.analysisMean, end)).toBeLessThan(1e-12);
    expect(cycles.every((cycle) => cycle.analysisMean === cycle.forecastMean)).toBe(true);
    expect(cycles.map((cycle) => cycle.trajectory?.shape)).toEqual([undefined, [5, 3], [7, 3]]);
    expect(distance(cycles[0]!.innovation!, [-0.5, 3.5, -5])).toBeLessThan(1e-14);
    expect(cycles[1]!.innovation![0]).toBeNaN();
    const rest = await collectRun(freeRun(), problem, { resume: { after: 1, state: cycles[1]!.state! } });
    expect(distance(rest.cycles[0]!.analysisMean, end)).toBeLessThan(1e-12);
  });
  it("climatology is its mean and deviation, asked for once", async () => {
    asked = 0;
    const { cycles } = await collectRun(climatologicalMean(), problem, { everyStep: true });
    expect(asked).toBe(1);
    expect(cycles[2]!.analysisMean).toEqual(climate.mean);
    expect(distance(cycles[2]!.analysisSpread!, [60, 80, 70].map(Math.sqrt))).toBe(0);
    expect(distance(cycles[1]!.trajectory!.data.subarray(12), climate.mean)).toBe(0);
  });
});
