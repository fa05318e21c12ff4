// Sakov, Oliver & Bertino (2012): Lorenz 63, all variables observed every 25 steps of 0.01 with errors of variance 2.
// 1000 cycles, so ± 10 %: extended Kalman filter with inflation 180 per unit time .91, climatology 7.6.
import { expect, it } from "vitest";
import { climatologicalMean, extendedKalman } from "../../src/methods/filters/index.ts";
import { scalarCovariance } from "../../src/problem/covariance/index.ts";
import { lorenz63 } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSteps } from "../../src/problem/observe/index.ts";
import { identityOperator } from "../../src/problem/operators/index.ts";
import { assimilate, twinExperiment } from "../../src/study/cycle/index.ts";

it("the extended Kalman filter and climatology on Lorenz 63", async () => {
  const model = lorenz63();
  const background = { mean: Float64Array.of(1.509, -1.531, 25.46), covariance: scalarCovariance(3, 2) };
  const network = observationNetwork({
    dt: model.dt,
    steps: observationSteps({ every: 25, count: 4000 }, model.dt),
    operator: identityOperator(3),
    error: scalarCovariance(3, 2),
  });
  const seed = 3000;
  const twin = await twinExperiment({ model, background, network, seed });
  const problem = { model, background, ...twin, seed, burnIn: { time: 16 } };
  const { summary } = await assimilate({ ...problem, method: extendedKalman({ inflation: 180 }) }).collect();
  expect(Math.abs(summary.rmse!.analysis! / 0.91 - 1)).toBeLessThan(0.06);
  const climate = await assimilate({ ...problem, method: climatologicalMean() }).collect();
  expect(Math.abs(climate.summary.rmse!.analysis! / 7.6 - 1)).toBeLessThan(0.05);
});
