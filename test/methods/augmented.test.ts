// Estimating parameters beside the state.
import { describe, expect, it } from "vitest";
import { concat } from "../../src/engine/graph/index.ts";
import { augmentedModel, augmentedOperator, collectRun } from "../../src/methods/common/index.ts";
import { etkf, extendedKalman } from "../../src/methods/filters/index.ts";
import type { Problem } from "../../src/methods/method.ts";
import { diagonalCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import { integrate, lorenz63 } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSeries } from "../../src/problem/observe/index.ts";
import { functionOperator, indicesOperator, powerOperator } from "../../src/problem/operators/index.ts";
import { checkDerivatives, distance } from "../problem/derivatives.ts";
import { matrix } from "./problems.ts";

const model = augmentedModel({
  name: "lorenz63 with rho",
  size: 3,
  parameters: 1,
  dt: 0.01,
  step: (state, parameters, t) =>
    integrate("rk4", 0.01, (v) => {
      const [x, y, z] = [v.slice([0], [1]), v.slice([1], [2]), v.slice([2], [3])];
      const dx = y.sub(x).mul(10);
      const dy = x.mul(parameters.sub(z)).sub(y);
      const dz = x.mul(y).sub(z.mul(8 / 3));
      return concat([dx, dy, dz], 0);
    })(state, t),
});

it("steps its variables with its parameters and leaves those as they are", async () => {
  const x = Float64Array.of(1.5, -1.5, 25);
  const plain = await lorenz63().advance(10).apply(x);
  const whole = await model.advance(10).apply(Float64Array.of(...x, 28));
  expect(distance(whole, [...plain, 28])).toBeLessThan(1e-12);
  await checkDerivatives(model.advance(3), Float64Array.of(...x, 28));
});

it("operators see the variables alone", async () => {
  const picked = augmentedOperator(indicesOperator(3, [2, 0]), 1);
  expect(picked.indices).toEqual([2, 0]);
  expect(await picked.apply(Float64Array.of(1, 2, 3, 28))).toEqual(Float64Array.of(3, 1));
  const squared = augmentedOperator(powerOperator(3, 2), 2);
  expect(await squared.apply(Float64Array.of(1, 2, 3, 4, 5))).toEqual(Float64Array.of(1, 4, 9));
  const plain = functionOperator({ name: "plain", inShape: [3], outShape: [1], fn: () => [0] });
  expect(() => augmentedOperator(plain, 1)).toThrow(
    'operator: expected one with a formula, got "plain", a plain function',
  );
  expect(() => augmentedModel({ name: "none", size: 3, parameters: 0, dt: 1, step: (x) => x })).toThrow(
    "parameters: expected an integer of at least 1, got 0",
  );
});

describe("a wrong parameter is found", () => {
  it.each([
    ["etkf", etkf({ members: 15, inflation: 1.01 })],
    ["extended-kalman", extendedKalman({ inflation: 1.2 })],
  ] as const)("by %s", async (_, method) => {
    const times = Array.from({ length: 150 }, (__, k) => 10 * (k + 1));
    const truth = await lorenz63()
      .trajectory(1500)
      .apply(Float64Array.of(1.5, -1.5, 25));
    const noise = matrix("noise", 150, 3).data;
    const values = times.map((step, k) => [0, 1, 2].map((i) => truth[3 * (step - 1) + i]! + noise[3 * k + i]!));
    const network = observationNetwork({
      dt: 0.01,
      steps: times,
      operator: augmentedOperator(indicesOperator(3, [0, 1, 2]), 1),
      error: scalarCovariance(3, 1),
    });
    const problem: Problem = {
      model,
      observations: observationSeries(network, values),
      background: { mean: Float64Array.of(1.5, -1.5, 25, 24), covariance: diagonalCovariance([1, 1, 1, 9]) },
    };
    const { cycles } = await collectRun(method, problem, { seed: 1 });
    const { analysisMean } = cycles.at(-1)!;
    expect(Math.abs(analysisMean[3]! - 28)).toBeLessThan(0.3);
    expect(distance(analysisMean.slice(0, 3), truth.slice(-3))).toBeLessThan(1.5);
  });
});
