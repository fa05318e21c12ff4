// Sakov & Oke (2008): Lorenz 96 of 40 variables, all observed at every step with errors of variance 1. Stochastic EnKF
// with 40 members and inflation 1.06: .220, ± .002 between runs of 10⁴ cycles by other software; climatology 3.63.
import { expect, it } from "vitest";
import { climatologicalMean, enkf } from "../../src/methods/filters/index.ts";
import { scalarCovariance } from "../../src/problem/covariance/index.ts";
import { lorenz96 } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSteps } from "../../src/problem/observe/index.ts";
import { identityOperator } from "../../src/problem/operators/index.ts";
import { assimilate, twinExperiment } from "../../src/study/cycle/index.ts";

it("the stochastic EnKF and climatology on Lorenz 96", async () => {
  const model = lorenz96();
  const mean = new Float64Array(40);
  mean[0] = 1;
  const background = { mean, covariance: scalarCovariance(40, 0.001) };
  const network = observationNetwork({
    dt: model.dt,
    steps: observationSteps({ every: 1, count: 10_000 }, model.dt),
    operator: identityOperator(40),
    error: scalarCovariance(40, 1),
  });
  const seed = 3000;
  const twin = await twinExperiment({ model, background, network, seed });
  const problem = { model, background, ...twin, seed, burnIn: { time: 20 } };
  const { summary } = await assimilate({ ...problem, method: enkf({ members: 40, inflation: 1.06 }) }).collect();
  expect(Math.abs(summary.rmse!.analysis! - 0.22)).toBeLessThan(0.006);
  expect(Math.abs(summary.spread!.analysis! - summary.rmse!.analysis!)).toBeLessThan(0.03);
  expect(summary.rmseConfidence!.analysis!).toBeLessThan(0.01);
  const climate = await assimilate({ ...problem, method: climatologicalMean() }).collect();
  expect(Math.abs(climate.summary.rmse!.analysis! - 3.63)).toBeLessThan(0.05);
});
