// Seven members for 40 variables and a taper three times too wide: a serial filter loses the truth, unless regressions are corrected for sampling error.
import { expect, it } from "vitest";
import { runCase } from "../../src/study/case/index.ts";

const score = async (radius: number, samplingErrorCorrection: boolean): Promise<number> => {
  const { summary } = await runCase({
    title: "few members",
    seed: 3000,
    model: { name: "lorenz96" },
    initial: { mean: { unit: 0, value: 1 }, covariance: { variance: 0.001 } },
    observations: { every: 1, count: 2000, operator: { name: "identity" }, error: { variance: 1 } },
    burnIn: { time: 20 },
    method: {
      name: "eakf",
      members: 7,
      inflation: 1.07,
      rotate: true,
      localization: { radius, samplingErrorCorrection },
    },
    outputs: { save: [], report: false },
  });
  return summary.rmse!.analysis!;
};

it("keeps the truth with a taper three times as wide as the best", async () => {
  expect(await score(12, false)).toBeGreaterThan(3);
  expect(await score(12, true)).toBeLessThan(0.29);
}, 120_000);

it("costs something where the taper is right", async () => {
  const [off, on] = [await score(4, false), await score(4, true)];
  expect(off).toBeLessThan(0.25);
  expect(on).toBeGreaterThan(off);
  expect(on).toBeLessThan(0.3);
}, 120_000);
