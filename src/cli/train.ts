import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { CaseError } from "../engine/errors/index.ts";
import { caseText } from "../study/case/index.ts";
import {
  checkOutput,
  moduleLoader,
  nodeReader,
  peakMemory,
  readCaseFile,
  rebase,
  writeOutput,
} from "../study/case/node.ts";
import {
  resolveTraining,
  runTraining,
  type TrainingCheckpoint,
  type TrainRun,
  trainFiles,
  trainOutputFiles,
  trainSummaryText,
} from "../study/train/index.ts";
import { readTrainingCheckpoint } from "../study/train/node.ts";
import { reportError } from "./errors.ts";
import { exitCodes, type RunFlags } from "./flags.ts";
import type { Io } from "./io.ts";
import { progressBar } from "./progress.ts";
import { usesModules, withFlags } from "./run.ts";
import { style } from "./style.ts";
import { trainResultTable } from "./train-table.ts";

/** `onda train`. */
export async function train(file: string, flags: RunFlags, io: Io): Promise<number> {
  const path = resolve(io.cwd, file);
  const base = dirname(path);
  const name = basename(file, extname(file));
  const config = resolveTraining(withFlags(await readCaseFile(path, file), name, flags));
  const folder = flags.out ?? join("runs", name);
  const out = resolve(io.cwd, folder);
  await checkOutput(out, folder, trainFiles);
  const change = rebase(base, out);
  const resume = flags.resume ? await stoppedTraining(out, folder, caseText(config, change)) : undefined;
  if (usesModules(config) && flags.modules && !flags.quiet)
    io.err(`onda: this training runs code of its own (name: module); --no-modules refuses that\n`);
  const bar = progressBar(io, config.title, io.interactive && flags.quiet !== true, "epochs");
  const stop = new AbortController();
  const release = io.onInterrupt(() => {
    if (stop.signal.aborted) process.exit(130);
    bar.clear();
    if (!flags.quiet) io.err("onda: stopping after this step; Ctrl-C again quits at once and writes nothing\n");
    stop.abort();
  });
  let result: TrainRun;
  try {
    result = await runTraining(config, {
      reader: nodeReader(base, { anywhere: true }),
      modules: flags.modules ? moduleLoader(base) : false,
      signal: stop.signal,
      onProgress: ({ epoch, epochs, seconds, loss, validationLoss }) =>
        bar.update({
          cycle: epoch,
          cycles: epochs,
          seconds,
          note: `loss ${short(loss)}${validationLoss === undefined ? "" : `, validation ${short(validationLoss)}`}`,
        }),
      peakMemory,
      ...(resume && { resume }),
    });
    await writeOutput(out, await trainOutputFiles(result, change), folder);
  } catch (error) {
    if (!stop.signal.aborted || error !== stop.signal.reason) throw error;
    if (!flags.quiet) io.err(`onda: ${folder}: stopped before the first step; nothing is written\n`);
    return exitCodes.failed;
  } finally {
    bar.clear();
    release();
  }
  if (flags.json) io.out(trainSummaryText(result));
  else if (!flags.quiet) io.out(trainResultTable(result, relative(io.cwd, out) || ".", style(io.colors.out)));
  if (!flags.quiet) for (const note of result.notes) io.err(`onda: ${note}\n`);
  return ending(result, folder, flags, io);
}

function ending(result: TrainRun, folder: string, flags: RunFlags, io: Io): number {
  if (result.status === "done") return exitCodes.done;
  if (result.error !== undefined) reportError(result.error, io);
  else if (!flags.quiet)
    io.err(`onda: ${folder}: ${result.summary.reason ?? "stopped"}; the same command with --resume goes on\n`);
  return exitCodes.failed;
}

async function stoppedTraining(out: string, folder: string, text: string): Promise<TrainingCheckpoint> {
  const { checkpoint, config } = await readTrainingCheckpoint(out, folder);
  if (caseText(resolveTraining(config)) !== text)
    throw new CaseError(
      "--resume",
      `the training is not the one that was stopped in ${folder}; run it anew without --resume`,
    );
  return checkpoint;
}

function short(value: number): string {
  return value >= 1e-3 && value < 1e5 ? value.toPrecision(3) : value.toExponential(2);
}
