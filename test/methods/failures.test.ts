// What every ensemble method does when members blow up, become one, or lose the truth: an error that says so, or the policy that was chosen.
import { describe, expect, it } from "vitest";
import { collectRun } from "../../src/methods/common/index.ts";
import {
  denkf,
  eakf,
  enkf,
  enkfN,
  ensrf,
  etkf,
  letkf,
  particle,
  rankHistogram,
} from "../../src/methods/filters/index.ts";
import type { Method, Problem } from "../../src/methods/method.ts";
import { enks, esMda, ienks } from "../../src/methods/smoothers/index.ts";
import { scalarCovariance } from "../../src/problem/covariance/index.ts";
import { functionModel } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSeries } from "../../src/problem/observe/index.ts";
import { identityOperator } from "../../src/problem/operators/index.ts";

type Policy = "stop" | "drop-member" | "restart";

const problem = (step: (x: Float64Array, t: number) => number[], values = [[1], [1], [1]]): Problem => ({
  model: functionModel({ name: "fragile", shape: [1], dt: 1, step }),
  observations: observationSeries(
    observationNetwork({ dt: 1, steps: [1, 2, 3], operator: identityOperator(1), error: scalarCovariance(1, 1) }),
    values,
  ),
  background: {
    mean: Float64Array.of(1),
    covariance: scalarCovariance(1, 1),
    ensemble: { data: Float64Array.of(0, 0.4, 0.8, 1.2, 1.6, 2, 2.4, 2.8), shape: [8, 1] },
  },
  climatology: async () => ({ mean: Float64Array.of(1), covariance: scalarCovariance(1, 9) }),
});
const fragile = problem((x, t) => (t === 1 && x[0]! > 1.5 ? [Number.NaN] : Array.from(x)));
const collapsing = problem((x, t) => (t === 1 ? [1] : Array.from(x)));

const filters: [string, (onFailure: Policy) => Method][] = [
  ["enkf", (onFailure) => enkf({ members: 8, onFailure })],
  ["etkf", (onFailure) => etkf({ members: 8, onFailure })],
  ["ensrf", (onFailure) => ensrf({ members: 8, onFailure })],
  ["denkf", (onFailure) => denkf({ members: 8, onFailure })],
  ["enkf-n", (onFailure) => enkfN({ members: 8, onFailure })],
  ["letkf", (onFailure) => letkf({ members: 8, onFailure })],
  ["eakf", (onFailure) => eakf({ members: 8, onFailure })],
  ["rank-histogram", (onFailure) => rankHistogram({ members: 8, onFailure })],
  ["enks", (onFailure) => enks({ filter: etkf({ members: 8, onFailure }), lag: 1 })],
];
const windows: [string, (onFailure: Policy) => Method][] = [
  ["ienks", (onFailure) => ienks({ members: 8, onFailure })],
  ["es-mda", (onFailure) => esMda({ members: 8, onFailure })],
];

describe.each([...filters, ...windows])("%s", (_, make) => {
  it("says which member blew up, and when; or goes on without it", async () => {
    await expect(collectRun(make("stop"), fragile)).rejects.toMatchObject({
      code: "numerical/blow-up",
      cycle: 1,
    });
    for (const policy of ["drop-member", "restart"] as const) {
      const { cycles } = await collectRun(make(policy), fragile, { seed: 1 });
      expect(cycles.length).toBe(3);
      for (const { analysisMean, forecastMean, analysisEnsemble } of cycles)
        for (const part of [analysisMean, forecastMean, analysisEnsemble!.data])
          expect(part.every(Number.isFinite)).toBe(true);
    }
  });
  it("says that all members have become one, or draws them anew", async () => {
    for (const policy of ["stop", "drop-member"] as const)
      await expect(collectRun(make(policy), collapsing)).rejects.toMatchObject({
        code: "numerical/collapsed",
        cycle: 1,
      });
    const { cycles } = await collectRun(make("restart"), collapsing, { seed: 1 });
    expect(cycles.length).toBe(3);
    expect(cycles[2]!.analysisSpread![0]).toBeGreaterThan(0.1);
  });
});

describe("guided particles", () => {
  const noisy = (base: Problem): Problem => {
    const { ensemble: _, ...background } = base.background;
    return { ...base, background, modelError: scalarCovariance(1, 0.5) };
  };
  it.each(["optimal", "enkf"] as const)(
    "%s: particles that blow up are named or replaced, lost ones are an error",
    async (proposal) => {
      await expect(collectRun(particle({ particles: 30, proposal }), noisy(fragile))).rejects.toMatchObject({
        code: "numerical/blow-up",
        cycle: 1,
      });
      const { cycles } = await collectRun(
        particle({ particles: 30, proposal, onFailure: "drop-member" }),
        noisy(fragile),
      );
      for (const { analysisEnsemble } of cycles) expect(analysisEnsemble!.data.every(Number.isFinite)).toBe(true);
      const lost = noisy(problem((x) => Array.from(x), [[1], [1e200], [1]]));
      await expect(collectRun(particle({ particles: 30, proposal }), lost)).rejects.toMatchObject({
        code: "numerical/particles-lost",
        cycle: 1,
      });
      const again = await collectRun(particle({ particles: 30, proposal, onFailure: "restart" }), lost);
      expect(again.cycles[1]!.logEvidence).toBeUndefined();
      expect(again.cycles[2]!.analysisMean.every(Number.isFinite)).toBe(true);
    },
  );
});
