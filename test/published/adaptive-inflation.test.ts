// Inflation that is learnt against the best that is tuned, where the model is wrong: Lorenz 96 with a forcing of 10 instead of 8.
import { expect, it } from "vitest";
import { runCase } from "../../src/study/case/index.ts";

const score = async (method: object): Promise<number> => {
  const { summary } = await runCase({
    title: "a wrong forcing",
    seed: 1,
    model: { name: "lorenz96", forcing: 10 },
    truth: { model: { name: "lorenz96", forcing: 8 } },
    initial: { mean: { unit: 0, value: 1 }, covariance: { variance: 0.001 } },
    observations: { every: 1, count: 1800, operator: { name: "identity" }, error: { variance: 1 } },
    burnIn: { time: 50 },
    method: { name: "letkf", members: 20, localization: { radius: 4 }, ...method },
    outputs: { save: [], report: false },
  });
  return summary.rmse!.analysis!;
};

it("gharamti is within 5 % of the best fixed inflation, and far better than none", async () => {
  const fixed: number[] = [];
  for (const inflation of [1.2, 1.25, 1.3, 1.35]) fixed.push(await score({ inflation }));
  const best = Math.min(...fixed);
  // The best one is inside the range.
  expect(fixed[0]).toBeGreaterThan(best);
  expect(fixed[3]).toBeGreaterThan(best);
  const learnt = await score({ adaptiveInflation: { kind: "gharamti", damping: 1, leastDeviation: 0.05 } });
  expect(learnt / best, `${learnt} against ${best}`).toBeLessThan(1.05);
  expect(await score({ inflation: 1.02 })).toBeGreaterThan(1.5 * best);
}, 300_000);
