// Estimates from cases: known errors found again from observations that were made with them.
import { describe, expect, it } from "vitest";
import { randomStreams } from "../../../src/engine/random/index.ts";
import { estimateCase, runCase } from "../../../src/study/case/index.ts";
import { array, caseWith, type Json, memory, messageOf } from "./cases.ts";

const n = 10;
const count = 3000;
/** A linear model that forgets slowly, with errors of its own. */
const matrix = Array.from({ length: n }, (_, i) =>
  Array.from({ length: n }, (_, j) => (i === j ? 0.8 : (j - i + n) % n === 1 ? 0.1 : 0)),
);
const linear = (changes: Json): Json =>
  caseWith({
    model: { name: "linear", matrix },
    "initial.mean": 0,
    "initial.covariance": { variance: 1 },
    modelError: { name: "spectral", kind: "soar", length: 1, variance: 0.5 },
    observations: { every: 1, count, operator: { name: "identity" }, error: { std: 0.6 } },
    burnIn: { cycles: 20 },
    method: { name: "kalman" },
    ...changes,
  });
const observations = runCase(linear({ "outputs.save": ["observations"] })).then(({ arrays }) => ({
  "y.npy": arrays.observations!,
}));

describe("estimates", () => {
  it("confirm right covariances", async () => {
    const { summary, arrays, snippet } = await estimateCase(linear({}));
    expect(summary.cycles).toEqual({ all: count, used: count - 20, complete: count - 20 });
    const { assumed, desroziers } = summary.observationError;
    expect(assumed!.value).toBeCloseTo(0.6, 12);
    expect(Math.abs(desroziers!.value - 0.6)).toBeLessThan(0.012);
    expect(arrays.R!.shape).toEqual([n, n]);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < i; j++) expect(Math.abs(arrays.R!.data[i * n + j]!)).toBeLessThan(0.03);
    expect(snippet).toMatch(/^observations:\n {2}error: \{ std: 0\.(59|60|61)\d* \}/);
    expect(snippet).not.toContain("method:");
    expect(summary.warnings).toEqual([]);
  });

  it("correct wrong ones: a factor of 9 on R, a constant B of the right shape and wrong size", async () => {
    const files = await observations;
    const { arrays } = await estimateCase(linear({}));
    const wrong = linear({
      observations: { every: 1, count, operator: { name: "identity" }, error: { std: 1.8 }, values: { file: "y.npy" } },
      method: {
        name: "constant-covariance-kalman",
        covariance: { name: "scaled", factor: 0.25, covariance: { file: "B.npy" } },
      },
    });
    const { summary, snippet } = await estimateCase(wrong, { reader: memory({ ...files, "B.npy": arrays.HBHt! }) });
    const { desroziers, desroziersIterated, maximumLikelihood } = summary.observationError;
    expect(desroziers!.value).toBeLessThan(1.3);
    expect(Math.abs(desroziersIterated!.value - 0.6)).toBeLessThan(0.12);
    expect(Math.abs(maximumLikelihood!.value - 0.6)).toBeLessThan(0.12);
    expect(maximumLikelihood!.error).toBeLessThan(0.02);
    expect(summary.factors!.R.value).toBeLessThan(0.2);
    expect(summary.factors!.B.value).toBeGreaterThan(3);
    expect(summary.innovation.chi2).toBeLessThan(0.6);
    expect(snippet).toContain("covariance: { name: ensemble, file: BMembers.npy }");
  });

  it("make covariances that a case can use", async () => {
    const files = await observations;
    const base = {
      observations: { every: 1, count, operator: { name: "identity" }, error: { std: 0.6 }, values: { file: "y.npy" } },
      method: { name: "3dvar", covariance: { std: 2 } },
    };
    const { arrays, summary } = await estimateCase(linear(base), { reader: memory(files) });
    const all = {
      ...files,
      ...Object.fromEntries(Object.entries(arrays).map(([name, value]) => [`${name}.npy`, value])),
    };
    expect(arrays.BMembers!.shape).toEqual([100, n]);
    expect(arrays.B!.shape).toEqual([n, n]);
    expect(summary.cost).toBeDefined();
    for (const covariance of [{ file: "B.npy" }, { name: "ensemble", file: "BMembers.npy" }])
      for (const error of [{ file: "R.npy" }, { diagonal: { file: "RVariances.npy" } }]) {
        const run = await runCase(
          linear({
            ...base,
            "observations.count": 50,
            observations: { every: 1, count: 50, operator: { name: "identity" }, error },
            method: { name: "3dvar", covariance },
          }),
          { reader: memory(all) },
        );
        expect(run.status).toBe("done");
      }
  });

  it("of an ensemble method use the forecast ensemble, with missing observations left out", async () => {
    const files = await observations;
    const y = files["y.npy"].data.slice();
    y[30 * n + 2] = Number.NaN;
    const kase = linear({
      observations: { every: 1, count, operator: { name: "identity" }, error: { std: 0.6 }, values: { file: "y.npy" } },
      // Of 30 members the sampling error alone makes χ² 1.05.
      method: { name: "etkf", members: 150 },
    });
    const { summary } = await estimateCase(kase, { reader: memory({ "y.npy": array([count, n], y) }) });
    expect(summary.cycles.complete).toBe(count - 21);
    expect(Math.abs(summary.observationError.maximumLikelihood!.value - 0.6)).toBeLessThan(0.02);
    expect(Math.abs(summary.factors!.B.value - 1)).toBeLessThan(0.1);
    expect(Math.abs(summary.innovation.chi2! - 1)).toBeLessThan(0.03);
    expect(summary.degreesOfFreedom).toBeGreaterThan(1);
  });

  it("say when R and B can't be told apart", async () => {
    const kase = linear({ method: { name: "constant-covariance-kalman", covariance: { variance: 1 } } });
    const { summary } = await estimateCase(kase);
    expect(summary.warnings.join("\n")).toContain("maximum likelihood: not identifiable");
    expect(summary.warnings.join("\n")).toContain("Desroziers, iterated: not identifiable");
  });

  it("say when the run has lost the truth", async () => {
    const seen = randomStreams(1)
      .stream("y")
      .normals(100 * n)
      .map((value) => 30 * value);
    const kase = linear({
      observations: {
        every: 1,
        count: 100,
        operator: { name: "identity" },
        error: { std: 0.6 },
        values: { file: "y.npy" },
      },
      method: { name: "3dvar" },
    });
    const { summary } = await estimateCase(kase, { reader: memory({ "y.npy": array([100, n], seen) }) });
    expect(summary.warnings[0]).toMatch(/^χ² is \d+\.\d: errors are far larger than assumed/);
  });

  it("refuse what has no common covariance, and too few cycles", async () => {
    const operator = [{ name: "identity" }, { name: "every", step: 2 }];
    const two = linear({ observations: { every: 1, count: 2, operator, error: { std: 1 } }, burnIn: { cycles: 0 } });
    expect(await messageOf(() => estimateCase(two))).toContain(
      "observations.operator: expected one operator for all times",
    );
    const few = linear({ burnIn: { cycles: count - 1 } });
    expect(await messageOf(() => estimateCase(few))).toContain("burnIn: expected at least 2 cycles after it, got 1");
  });
});
