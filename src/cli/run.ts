import { access } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { CaseError } from "../engine/errors/index.ts";
import {
  type CaseRun,
  type Checkpoint,
  caseText,
  outputFiles,
  resolveCase,
  runCase,
  setKey,
  summaryText,
} from "../study/case/index.ts";
import {
  checkOutput,
  moduleLoader,
  nodeReader,
  peakMemory,
  readCaseFile,
  readCheckpoint,
  rebase,
  writeOutput,
} from "../study/case/node.ts";
import { reportError } from "./errors.ts";
import { exitCodes, type RunFlags } from "./flags.ts";
import type { Io } from "./io.ts";
import { progressBar } from "./progress.ts";
import { style } from "./style.ts";
import { resultTable } from "./table.ts";

/** `onda run`. */
export async function run(file: string, flags: RunFlags, io: Io): Promise<number> {
  const path = resolve(io.cwd, file);
  const base = dirname(path);
  const name = basename(file, extname(file));
  const given = withFlags(await readCaseFile(path, file), name, flags);
  const config = resolveCase(given);
  const folder = flags.out ?? join("runs", name);
  const out = resolve(io.cwd, folder);
  await checkOutput(out, folder);
  const change = rebase(base, out);
  const resume = flags.resume ? await stoppedRun(out, folder, caseText(config, change)) : undefined;
  if (usesModules(config) && flags.modules && !flags.quiet)
    io.err(`onda: this case runs code of its own (name: module); --no-modules refuses that\n`);
  const bar = progressBar(io, config.title, io.interactive && flags.quiet !== true);
  const stop = new AbortController();
  const release = io.onInterrupt(() => {
    if (stop.signal.aborted) process.exit(130);
    bar.clear();
    if (!flags.quiet) io.err("onda: stopping after this cycle; Ctrl-C again quits at once and writes nothing\n");
    stop.abort();
  });
  let result: CaseRun;
  try {
    result = await runCase(config, {
      reader: nodeReader(base, { anywhere: true }),
      modules: flags.modules ? moduleLoader(base) : false,
      signal: stop.signal,
      onProgress: bar.update,
      peakMemory,
      ...(!saysThreads(given) && { threads: availableParallelism() }),
      ...(resume && { resume }),
    });
    await writeOutput(out, await outputFiles(result, change), folder);
  } finally {
    bar.clear();
    release();
  }
  if (flags.json) io.out(summaryText(result));
  else if (!flags.quiet) io.out(resultTable(result, relative(io.cwd, out) || ".", style(io.colors.out)));
  if (!flags.quiet) for (const note of result.notes) io.err(`onda: ${note}\n`);
  return ending(result, folder, flags, io);
}

function ending(result: CaseRun, folder: string, flags: RunFlags, io: Io): number {
  if (result.status === "done") return exitCodes.done;
  if (result.error !== undefined) reportError(result.error, io);
  else if (!flags.quiet) {
    const again = result.checkpoint === undefined ? "" : `; the same command with --resume goes on`;
    io.err(`onda: ${folder}: ${result.summary.reason ?? "stopped"}${again}\n`);
  }
  return exitCodes.failed;
}

/** A case or a training with what the flags change. */
export function withFlags(value: unknown, name: string, flags: RunFlags): unknown {
  let config = value;
  if (isMapping(config) && config.title === undefined) config = { title: name, ...config };
  if (flags.seed !== undefined) config = setKey(config, `seed=${flags.seed}`);
  for (const key of ["executor", "dtype", "device", "threads"] as const)
    if (flags[key] !== undefined) config = setKey(config, `compute.${key}=${flags[key]}`);
  for (const assignment of flags.set ?? []) config = setKey(config, assignment);
  return config;
}

/** Whether a case says how many threads it wants; all cores else. */
function saysThreads(value: unknown): boolean {
  return isMapping(value) && isMapping(value.compute) && value.compute.threads !== undefined;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a case or a training brings code of its own. */
export function usesModules(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(usesModules);
  if (!isMapping(value)) return false;
  return value.name === "module" || Object.values(value).some(usesModules);
}

async function stoppedRun(out: string, folder: string, text: string): Promise<Checkpoint> {
  const { checkpoint, config } = await readCheckpoint(out, folder);
  if (caseText(resolveCase(config)) !== text)
    throw new CaseError(
      "--resume",
      `the case is not the one that was stopped in ${folder}; run it anew without --resume`,
    );
  return checkpoint;
}

/** Whether a path is there. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
