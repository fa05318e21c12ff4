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
  { file: "sakov2008-etkf-20", rmse: 0.196, tolerance: 0.006, cycles: 10_000 },
  { file: "sakov2008-etkf-28", rmse: 0.178, tolerance: 0.006, cycles: 10_000 },
  { file: "sakov2008-climatology", rmse: 3.63, tolerance: 0.02, cycles: 5_000 },
  { file: "sakov2012-climatology", rmse: 7.6, tolerance: 0.15, cycles: 8_000 },
  { file: "sakov2012-optimal-interpolation", rmse: 1.25, tolerance: 0.024, cycles: 8_000 },
  { file: "whitaker2012-rtps", rmse: 0.21, tolerance: 0.008, cycles: 10_000 },
  { file: "sakov2008-denkf", rmse: 0.181, tolerance: 0.006, cycles: 10_000 },
  { file: "sakov2008-optimal-interpolation", rmse: 0.947, tolerance: 0.008, cycles: 5_000 },
  { file: "bocquet2011-letkf", rmse: 0.2165, tolerance: 0.008, cycles: 5_000 },
  { file: "sakov2012-etkf", rmse: 0.59, tolerance: 0.06, cycles: 20_000 },
  { file: "sakov2012-unscented-kalman", rmse: 0.55, tolerance: 0.025, cycles: 8_000 },
  { file: "sakov2012-particle", rmse: 0.28, tolerance: 0.04, cycles: 1_500 },
  { file: "bocquet2012-enkf-n", rmse: 0.548, tolerance: 0.02, cycles: 20_000 },
  { file: "bocquet2014-ienks", rmse: 0.316, tolerance: 0.025, cycles: 8_000, smoother: 0.254 },
  { file: "ks-etkf", rmse: 0.1075, tolerance: 0.0075, cycles: 1_500 },
  { file: "anderson2010-rank-histogram", rmse: 0.929, tolerance: 0.045, cycles: 10_000 },
  { file: "sakov2008-enkf-28", rmse: 0.24, tolerance: 0.012, cycles: 8_000 },
  { file: "sakov2008-ensrf", rmse: 0.18, tolerance: 0.008, cycles: 8_000 },
  { file: "sakov2008-eakf", rmse: 0.23, tolerance: 0.012, cycles: 8_000 },
  { file: "sakov2008-extended-kalman", rmse: 0.222, tolerance: 0.006, cycles: 8_000 },
  { file: "hoteit2015-letkf", rmse: 0.2, tolerance: 0.012, cycles: 3_000 },
  { file: "sakov2012-lorenz96-ienks", rmse: 0.46, tolerance: 0.045, cycles: 1_500 },
  { file: "sakov2012-3dvar", rmse: 1.04, tolerance: 0.03, cycles: 8_000 },
  { file: "sakov2012-etkf-3", rmse: 0.8, tolerance: 0.07, cycles: 16_000 },
  { file: "sakov2012-enkf-10", rmse: 0.65, tolerance: 0.11, cycles: 12_000 },
  { file: "sakov2012-enkf-100", rmse: 0.56, tolerance: 0.03, cycles: 5_000 },
  { file: "sakov2012-enkf-n-3", rmse: 0.6, tolerance: 0.03, cycles: 16_000 },
  { file: "bocquet2012-ienks", rmse: 0.22, tolerance: 0.02, cycles: 8_000 },
  { file: "bocquet2012-ienks-3", rmse: 0.13, tolerance: 0.01, cycles: 10_000 },
  { file: "acevedo2017-enkf-n", rmse: 2.5, tolerance: 0.2, cycles: 8_000 },
  { file: "acevedo2017-optimal-interpolation", rmse: 5.4, tolerance: 0.12, cycles: 8_000 },
  { file: "bocquet2010-enkf-n", rmse: 0.31, tolerance: 0.035, cycles: 10_000 },
  { file: "bocquet2010-particle", rmse: 0.36, tolerance: 0.035, cycles: 8_000 },
  { file: "bocquet2019-letkf-6", rmse: 0.14, tolerance: 0.015, cycles: 1_200 },
  { file: "bocquet2019-letkf-16", rmse: 0.11, tolerance: 0.012, cycles: 600 },
];

it.each(scores)("$file: $rmse", async ({ file, rmse, tolerance, cycles, smoother }) => {
  const text = readFileSync(new URL(`${file}.yaml`, folder), "utf8");
  const { summary, status } = await runCase(parseCase(text, file), { base: fileURLToPath(folder) });
  expect(status).toBe("done");
  expect(summary.cycles).toBe(cycles);
  expect(Math.abs(summary.rmse!.analysis! - rmse), `got ${summary.rmse!.analysis}`).toBeLessThan(tolerance);
  if (smoother !== undefined) expect(Math.abs(summary.rmse!.smoother! - smoother)).toBeLessThan(tolerance);
});
