// Variational cases of examples/published/ at their scores.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parseCase, runCase } from "../../src/study/case/index.ts";

const folder = new URL("../../examples/published/", import.meta.url);

it("sakov2008-4dvar: 0.292 at the end of windows, 0.247 at their start", async () => {
  const file = "sakov2008-4dvar";
  const text = readFileSync(new URL(`${file}.yaml`, folder), "utf8");
  const { summary, status } = await runCase(parseCase(text, file), { base: fileURLToPath(folder) });
  expect(status).toBe("done");
  const { windowStart, windowEnd } = summary.rmse!;
  expect(Math.abs(windowEnd! - 0.292), `got ${windowEnd}`).toBeLessThan(0.006);
  expect(Math.abs(windowStart! - 0.247), `got ${windowStart}`).toBeLessThan(0.006);
  expect(summary.cost!.windows).toBe(2000);
});
