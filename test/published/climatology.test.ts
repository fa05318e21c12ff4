// What every method must beat: the long-run mean. Lorenz 96 as in Sakov & Oke (2008): 3.63; Lorenz 63 as in Sakov et al.
// (2012): 7.6.
import { expect, it } from "vitest";
import { runCase } from "../../src/study/case/index.ts";

const observations = (every: number, count: number, variance: number): object => ({
  every,
  count,
  operator: { name: "identity" },
  error: { variance },
});
const quiet = { save: [], report: false };

it.each([
  {
    score: 3.63,
    tolerance: 0.05,
    model: { name: "lorenz96" },
    initial: { mean: { unit: 0, value: 1 }, covariance: { variance: 0.001 } },
    observations: observations(1, 10_000, 1),
  },
  {
    score: 7.6,
    tolerance: 0.35,
    model: { name: "lorenz63" },
    initial: { mean: [1.509, -1.531, 25.46], covariance: { variance: 2 } },
    observations: observations(25, 4000, 2),
  },
])("climatology of $model.name: $score", async ({ score, tolerance, ...setting }) => {
  const { summary } = await runCase({
    title: "climatology",
    seed: 3000,
    ...setting,
    burnIn: { time: 20 },
    method: { name: "climatology" },
    outputs: quiet,
  });
  expect(Math.abs(summary.rmse!.analysis! - score), `got ${summary.rmse!.analysis}`).toBeLessThan(tolerance);
});
