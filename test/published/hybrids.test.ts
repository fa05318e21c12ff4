// Hybrids against both of their parents, each tuned: their scores, and 95 % intervals that don't touch.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseCase, runCase } from "../../src/study/case/index.ts";

const folder = new URL("../../examples/published/", import.meta.url);

interface Score {
  readonly rmse: number;
  readonly confidence: number;
}

async function scoreOf(file: string): Promise<Score> {
  const text = readFileSync(new URL(`${file}.yaml`, folder), "utf8");
  const { summary, status } = await runCase(parseCase(text, file), { base: fileURLToPath(folder) });
  expect(status).toBe("done");
  if (summary.cost !== undefined) expect(summary.cost.converged).toBe(summary.cost.windows);
  return { rmse: summary.rmse!.analysis!, confidence: summary.rmseConfidence!.analysis! };
}

const groups: readonly { problem: string; parents: Record<string, number>; hybrids: Record<string, number> }[] = [
  {
    problem: "hybrid-wrong-forcing",
    parents: { letkf: 0.591, "3dvar": 0.538 },
    hybrids: { "etkf-3dvar": 0.441, "hybrid-gain": 0.461 },
  },
  { problem: "hybrid-sparse", parents: { letkf: 0.324, "4dvar": 0.291 }, hybrids: { en4dvar: 0.238 } },
];

describe.each(groups)("$problem", ({ problem, parents, hybrids }) => {
  const found = new Map<string, Score>();
  it.each(Object.entries({ ...parents, ...hybrids }))("%s: %d", async (method, rmse) => {
    const score = await scoreOf(`${problem}-${method}`);
    found.set(method, score);
    // Chaos: other last bits are another draw, within the intervals of both.
    expect(Math.abs(score.rmse - rmse), `got ${score.rmse}`).toBeLessThan(3 * score.confidence);
  });
  it.each(Object.keys(hybrids).flatMap((hybrid) => Object.keys(parents).map((parent) => [hybrid, parent])))(
    "%s beats %s",
    (hybrid, parent) => {
      const [a, b] = [found.get(hybrid!)!, found.get(parent!)!];
      expect(a.rmse + a.confidence).toBeLessThan(b.rmse - b.confidence);
    },
  );
});
