import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { writeNpy } from "../engine/tensor/index.ts";
import { type CaseEstimate, estimateCase, resolveCase } from "../study/case/index.ts";
import { checkOutput, moduleLoader, nodeReader, readCaseFile, writeOutput } from "../study/case/node.ts";
import { estimateTable } from "./estimate-table.ts";
import { exitCodes, type RunFlags } from "./flags.ts";
import type { Io } from "./io.ts";
import { progressBar } from "./progress.ts";
import { usesModules, withFlags } from "./run.ts";
import { style } from "./style.ts";

/** What `onda estimate` writes. */
const ours: readonly string[] = [
  "summary.json",
  "case-part.yaml",
  ...["R", "RVariances", "HBHt", "B", "BMembers", "innovations", "residuals"].map((name) => `${name}.npy`),
];

/** `onda estimate`. */
export async function estimate(file: string, flags: RunFlags, io: Io): Promise<number> {
  const path = resolve(io.cwd, file);
  const base = dirname(path);
  const name = basename(file, extname(file));
  const config = resolveCase(withFlags(await readCaseFile(path, file), name, flags));
  const folder = flags.out ?? join("estimates", name);
  const out = resolve(io.cwd, folder);
  await checkOutput(out, folder, ours);
  if (usesModules(config) && flags.modules && !flags.quiet)
    io.err(`onda: this case runs code of its own (name: module); --no-modules refuses that\n`);
  const bar = progressBar(io, config.title, io.interactive && flags.quiet !== true);
  let result: CaseEstimate;
  try {
    result = await estimateCase(config, {
      reader: nodeReader(base, { anywhere: true }),
      modules: flags.modules ? moduleLoader(base) : false,
      onProgress: bar.update,
    });
  } finally {
    bar.clear();
  }
  const summary = `${JSON.stringify(result.summary, null, 2)}\n`;
  const files = new Map<string, string | Uint8Array>([
    ["summary.json", summary],
    ["case-part.yaml", result.snippet],
    ...Object.entries(result.arrays).map(([key, array]): [string, Uint8Array] => [`${key}.npy`, writeNpy(array)]),
  ]);
  await writeOutput(out, files, folder);
  const where = relative(io.cwd, out) || ".";
  if (flags.json) io.out(summary);
  else if (!flags.quiet) io.out(estimateTable(result, where, style(io.colors.out)));
  if (!flags.quiet) for (const warning of result.summary.warnings) io.err(`onda: ${warning}\n`);
  return exitCodes.done;
}
