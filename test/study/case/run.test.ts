import { describe, expect, it } from "vitest";
import type { NdArray } from "../../../src/engine/tensor/index.ts";
import { runCase } from "../../../src/study/case/index.ts";
import { array, caseWith, type Json, memory } from "./cases.ts";

const bytes = (arrays: Readonly<Record<string, NdArray>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { data, shape }]) => [
      name,
      `${shape}:${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64")}`,
    ]),
  );

describe("running a case", () => {
  it("gives a summary and the arrays that were asked for", async () => {
    const run = await runCase(caseWith());
    expect(run.summary).toMatchObject({ case: "a case", method: "enkf", seed: 11, cycles: 6, status: "done" });
    expect(Object.keys(run.arrays).sort()).toEqual([
      "analysisMean",
      "forecastMean",
      "innovations",
      "observations",
      "spread",
      "times",
    ]);
    expect(Array.from(run.arrays.times!.data)).toEqual([25, 50, 75, 100, 125, 150].map((step) => step * 0.01));
    expect(run.summary.rmse?.analysis).toBeLessThan(run.summary.rmse?.forecast ?? 0);
    expect(run.summary.cost).toBeUndefined();
  });

  it("gives the same bytes for the same seed, others for another", async () => {
    const changes = { "outputs.save": ["ensemble", "analysisMean", "truth"] };
    const [a, b] = [await runCase(caseWith(changes)), await runCase(caseWith(changes))];
    expect(bytes(a.arrays)).toEqual(bytes(b.arrays));
    const c = await runCase(caseWith({ ...changes, seed: 12 }));
    expect(bytes(c.arrays)).not.toEqual(bytes(a.arrays));
  });

  it("gives every method the same truth and observations", async () => {
    const save = { "outputs.save": ["truth", "observations"] };
    const a = await runCase(caseWith(save));
    const b = await runCase(caseWith({ ...save, method: { name: "4dvar", window: 3 } }));
    expect(bytes(b.arrays)).toEqual(bytes(a.arrays));
  });

  it("takes NaN in y for a missing value", async () => {
    const y = array(
      [6, 3],
      Array.from({ length: 18 }, (_, i) => (i === 7 || i >= 15 ? Number.NaN : 1 + i / 10)),
    );
    const value = caseWith({ "observations.values": { file: "y.npy" } });
    const run = await runCase(value, { reader: memory({ "y.npy": y }) });
    expect(run.status).toBe("done");
    const missing = Array.from(run.arrays.innovations!.data, Number.isNaN);
    expect(missing).toEqual(Array.from(y.data, Number.isNaN));
    expect(run.arrays.analysisMean!.data.every(Number.isFinite)).toBe(true);
    const n = 3;
    expect(run.arrays.analysisMean!.data.slice(5 * n)).toEqual(run.arrays.forecastMean!.data.slice(5 * n));
    expect(run.summary.rmse).toBeUndefined();
  });

  it("takes gaps of unequal length, operators and errors of each time", async () => {
    const run = await runCase(
      caseWith({
        "observations.every": undefined,
        "observations.count": undefined,
        "observations.steps": [0, 3, 50, 51],
        "observations.operator": [
          { name: "identity" },
          { name: "indices", indices: [2] },
          { name: "every", step: 2 },
          { name: "power", exponent: 2 },
        ],
        "observations.error": [
          { variance: 1 },
          { std: 0.5 },
          { diagonal: [1, 2] },
          [
            [4, 0, 0],
            [0, 4, 0],
            [0, 0, 4],
          ],
        ],
      }),
    );
    expect(run.status).toBe("done");
    expect(Array.from(run.arrays.times!.data)).toEqual([0, 0.03, 0.5, 0.51]);
    const seen = Array.from(
      { length: 4 },
      (_, k) => run.arrays.observations!.data.slice(3 * k, 3 * k + 3).filter((value) => !Number.isNaN(value)).length,
    );
    expect(seen).toEqual([3, 1, 2, 3]);
  });

  it("scores against a given truth and draws observations from it", async () => {
    const states = array(
      [6, 3],
      Array.from({ length: 18 }, (_, i) => Math.sin(i)),
    );
    const reader = memory({ "truth.npy": states });
    const value = caseWith({ truth: { file: "truth.npy" }, "outputs.save": ["truth", "observations"] });
    const run = await runCase(value, { reader });
    expect(run.arrays.truth).toEqual(states);
    const distance = run.arrays.observations!.data.map((y, i) => y - states.data[i]!);
    expect(Math.max(...distance.map(Math.abs))).toBeLessThan(8);
    expect(run.summary.rmse?.analysis).toBeGreaterThan(0);
  });

  it("takes its first members from a file", async () => {
    const members = array(
      [10, 3],
      Array.from({ length: 30 }, (_, i) => 1 + Math.cos(i)),
    );
    const reader = memory({ "e.npy": members });
    const value = caseWith({ initial: { ensemble: { file: "e.npy" } }, "outputs.save": ["forecastMean"] });
    const still = { ...value, model: { name: "identity", size: 3 } };
    const run = await runCase(still, { reader });
    const mean = members.data.reduce((sum, x, i) => sum + (i % 3 === 0 ? x / 10 : 0), 0);
    expect(run.arrays.forecastMean!.data[0]).toBeCloseTo(mean, 12);
  });

  it("leaves out the burn-in", async () => {
    const all = await runCase(caseWith({ "outputs.save": ["truth", "analysisMean"], burnIn: { time: 0.75 } }));
    const { truth, analysisMean } = all.arrays;
    const errors = [3, 4, 5].map((k) =>
      Math.hypot(...[0, 1, 2].map((i) => (truth!.data[3 * k + i]! - analysisMean!.data[3 * k + i]!) / Math.sqrt(3))),
    );
    expect(all.summary.rmse?.analysis).toBeCloseTo(
      errors.reduce((sum, e) => sum + e / 3, 0),
      12,
    );
    const none = await runCase(caseWith({ burnIn: { cycles: 9 } }));
    expect(none.summary.rmse).toBeUndefined();
    expect(none.notes).toEqual(["No cycle lies after the burn-in: there are no scores."]);
  });

  it("saves every step and goes on after the last analysis", async () => {
    const run = await runCase(caseWith({ outputs: { save: [], everyStep: true, forecast: 7, report: false } }));
    expect(Object.keys(run.arrays).sort()).toEqual(["forecast", "times", "trajectory"]);
    expect(run.arrays.trajectory?.shape).toEqual([150, 3]);
    expect(run.arrays.forecast?.shape).toEqual([7, 3]);
  });

  it("makes a single 3D-Var analysis of an identity model", async () => {
    const run = await runCase(
      {
        model: { name: "identity", size: 3 },
        initial: { mean: 0, covariance: { variance: 1 } },
        observations: {
          atStart: true,
          count: 1,
          operator: { name: "identity" },
          error: { variance: 1 },
          values: { file: "y.npy" },
        },
        method: { name: "3dvar" },
      },
      { reader: memory({ "y.npy": array([1, 3], [10, 20, 30]) }) },
    );
    expect(Array.from(run.arrays.times!.data)).toEqual([0]);
    [5, 10, 15].forEach((value, i) => {
      expect(run.arrays.analysisMean!.data[i]).toBeCloseTo(value, 8);
    });
    expect(run.summary.cost).toMatchObject({ initial: 700, windows: 1, converged: 1 });
    expect(run.summary.cost!.final).toBeCloseTo(350, 8);
  });

  it("says what the variational methods cost", async () => {
    const run = await runCase(caseWith({ method: { name: "4dvar", window: 4 }, "outputs.save": ["cost"] }));
    expect(run.summary.cost).toMatchObject({ windows: 2, converged: 2 });
    expect(run.summary.cost!.final).toBeLessThan(run.summary.cost!.initial!);
    expect(run.summary.rmse?.windowStart).toBeGreaterThan(0);
    expect(run.summary.rmse?.windowEnd).toBeGreaterThan(0);
    expect(run.arrays.cost?.shape[1]).toBe(6);
    const three = await runCase(caseWith({ method: { name: "3dvar" } }));
    expect(three.summary.cost?.windows).toBe(6);
    expect(three.summary.rmse).not.toHaveProperty("windowStart");
  });
});

describe("runs that end early", () => {
  const boom = (limit: number) => ({
    size: 3,
    dt: 0.01,
    step: (x: Float64Array) => x.map((value) => (Math.abs(value) > limit ? Number.NaN : value * 1.001)),
  });

  it("fails when a member blows up, and says when and which", async () => {
    const value = caseWith({
      model: { name: "module", file: "m.js" },
      "initial.mean": 0,
      "initial.covariance": { variance: 1 },
      truth: { model: { name: "module", file: "calm.js" } },
    });
    const modules = async (file: string): Promise<unknown> => boom(file === "m.js" ? 1.6 : 1e9);
    const run = await runCase(value, { modules });
    expect(run.status).toBe("failed");
    expect(run.summary.status).toBe("failed");
    expect(run.summary.reason).toMatch(/^cycle \d+: .*blew up between times .* of member \d+/);
    expect(run.error?.message).toBe(run.summary.reason);
    expect(run.summary.cycles).toBe(run.arrays.times?.shape[0] ?? 0);
  });

  it("fails when the truth blows up", async () => {
    const run = await runCase(caseWith({ "model.dt": 0.5 }));
    expect(run.status).toBe("failed");
    expect(run.summary).toMatchObject({ status: "failed", cycles: 0 });
    expect(run.summary.reason).toContain("truth: ");
    expect(run.arrays).toEqual({});
  });

  const everything = [
    "analysisMean",
    "forecastMean",
    "spread",
    "ensemble",
    "innovations",
    "truth",
    "observations",
    "cost",
  ];
  const outputs = { save: everything, everyStep: true, forecast: 3, report: false };
  const methods: Json[] = [
    { name: "none" },
    { name: "enkf", members: 5 },
    { name: "extended-kalman" },
    { name: "constant-covariance-kalman" },
    { name: "3dvar" },
    { name: "4dvar", window: 4 },
  ];
  it.each(methods)("$name goes on from where it was stopped to the same bytes", async (method) => {
    const value = caseWith({ method, outputs, "observations.count": 11 });
    const whole = await runCase(value);
    const stop = new AbortController();
    const part = await runCase(value, {
      signal: stop.signal,
      onProgress: ({ cycle }) => {
        if (cycle === 6) stop.abort();
      },
    });
    expect(part.status).toBe("stopped");
    expect(part.summary).toMatchObject({ status: "stopped", reason: "stopped after cycle 6 of 11", cycles: 6 });
    expect(part.arrays.analysisMean?.shape).toEqual([6, 3]);
    const rest = await runCase(value, { resume: part.checkpoint! });
    expect(rest.status).toBe("done");
    expect(bytes(rest.arrays)).toEqual(bytes(whole.arrays));
    const { seconds: _, ...summary } = whole.summary;
    expect(rest.summary).toMatchObject(summary);
  });
});
