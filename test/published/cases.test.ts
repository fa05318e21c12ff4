// The cases of examples/published/ at the scores of their papers, as reproduced by other software: mean and standard
// deviation between runs of 10⁴ cycles. A tolerance is about three of these, plus that of a shorter run.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parseCase, runCase } from "../../src/study/case/index.ts";

const folder = new URL("../../examples/published/", import.meta.url);
const scores: readonly { file: string; rmse: number; tolerance: number; cycles: number; smoother?: number }[] = [
  { file: "sakov2008-enkf", rmse: 0.22, tolerance: 0.007, cycles: 10_000 },
  { file: "sakov2008-3dvar", rmse: 0.412, tolerance: 0.009, cycles: 8_000 },
  { file: "sakov2012-extended-kalman", rmse: 0.91, tolerance: 0.08, cycles: 8_000 },
  { file: "sakov2008-etkf", rmse: 0.186, tolerance: 0.004, cycles: 10_000 },
  { file: "sakov2008-denkf", rmse: 0.181, tolerance: 0.006, cycles: 10_000 },
  { file: "sakov2008-optimal-interpolation", rmse: 0.947, tolerance: 0.008, cycles: 5_000 },
  { file: "bocquet2011-letkf", rmse: 0.2165, tolerance: 0.008, cycles: 5_000 },
  { file: "sakov2012-etkf", rmse: 0.59, tolerance: 0.06, cycles: 20_000 },
  { file: "sakov2012-unscented-kalman", rmse: 0.55, tolerance: 0.025, cycles: 8_000 },
  { file: "sakov2012-particle", rmse: 0.28, tolerance: 0.04, cycles: 1_500 },
  { file: "bocquet2012-enkf-n", rmse: 0.548, tolerance: 0.02, cycles: 20_000 },
  { file: "bocquet2014-ienks", rmse: 0.316, tolerance: 0.025, cycles: 8_000, smoother: 0.254 },
  { file: "ks-etkf", rmse: 0.1075, tolerance: 0.0075, cycles: 1_500 },
];

it.each(scores)("$file: $rmse", async ({ file, rmse, tolerance, cycles, smoother }) => {
  const text = readFileSync(new URL(`${file}.yaml`, folder), "utf8");
  const { summary, status } = await runCase(parseCase(text, file), { base: fileURLToPath(folder) });
  expect(status).toBe("done");
  expect(summary.cycles).toBe(cycles);
  expect(Math.abs(summary.rmse!.analysis! - rmse), `got ${summary.rmse!.analysis}`).toBeLessThan(tolerance);
  if (smoother !== undefined) expect(Math.abs(summary.rmse!.smoother! - smoother)).toBeLessThan(tolerance);
});
