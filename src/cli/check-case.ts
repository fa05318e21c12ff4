import { dirname, resolve } from "node:path";
import { conformanceText } from "../diagnostics/testing/index.ts";
import { checkCase, loadCase, setKey } from "../study/case/index.ts";
import { moduleLoader, nodeReader, readCaseFile } from "../study/case/node.ts";
import { UsageError } from "./errors.ts";
import { type CheckFlags, exitCodes } from "./flags.ts";
import type { Io } from "./io.ts";
import { style } from "./style.ts";

/** `onda check CASE`. */
export async function checkCaseFile(file: string, flags: CheckFlags, io: Io): Promise<number> {
  for (const flag of ["input", "cotangent", "tangent", "shape", "dtype", "out"] as const)
    if (flags[flag] !== undefined)
      throw new UsageError(`--${flag}`, "is for networks; a case is checked with what it says itself");
  const path = resolve(io.cwd, file);
  const base = dirname(path);
  const value = await readCaseFile(path, file);
  const loaded = await loadCase(flags.seed === undefined ? value : setKey(value, `seed=${flags.seed}`), {
    reader: nodeReader(base, { anywhere: true }),
    modules: flags.modules ? moduleLoader(base) : false,
  });
  const results = await checkCase(loaded);
  const { red, green, bold } = style(io.colors.out);
  const text = conformanceText(results)
    .replace(/^ {2}passed/gm, `  ${green("passed")}`)
    .replace(/^ {2}FAILED/gm, `  ${red("FAILED")}`)
    .replace(/^\S.*$/gm, (line) => bold(line));
  const failed = results.flatMap(({ checks }) => checks.filter(({ passed }) => !passed)).length;
  const count = results.reduce((sum, { checks }) => sum + checks.length, 0);
  io.out(`${text}\n${count - failed} of ${count} checks passed\n`);
  return failed === 0 ? exitCodes.done : exitCodes.failed;
}
