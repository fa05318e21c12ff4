import {
  CaseError,
  ConvergenceError,
  FileError,
  NumericalError,
  OndaError,
  ShapeError,
} from "../../engine/errors/index.ts";
import type { CompileOptions } from "../../engine/execute/index.ts";
import { type RandomStreams, randomStreams } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Cycle } from "../../methods/method.ts";
import { compileSeconds } from "../../problem/operators/index.ts";
import { assimilate, modelWith } from "../cycle/index.ts";
import { caseCompute } from "./compute.ts";
import type { CaseRun, Checkpoint, Execution } from "./execution.ts";
import { forecastBeyond } from "./forecast.ts";
import { decodeCycle, decodeRows } from "./latent.ts";
import { type LoadCaseOptions, loadProblem } from "./load.ts";
import { moduleFailed } from "./modules.ts";
import type { CaseProblem } from "./problem.ts";
import { RunRecord } from "./record.ts";
import { resolveCase } from "./resolve.ts";
import { finish } from "./result.ts";
import { cycleScores } from "./scores.ts";
import { placed } from "./tools.ts";
import { observe } from "./truth.ts";
import type { Case } from "./types.ts";

export interface Progress {
  /** Finished cycles. */
  readonly cycle: number;
  readonly cycles: number;
  readonly seconds: number;
}

export interface RunCaseOptions extends LoadCaseOptions {
  /** Stops the run after the current cycle. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** A stopped run to go on with. */
  readonly resume?: Checkpoint;
  /** Threads to compute with instead of the case's number; they change nothing in the results. */
  readonly threads?: number;
  /** Largest memory of the process so far, in bytes. */
  readonly peakMemory?: () => number;
}

/**
 * Runs a case: the object that a case file holds.
 *
 * A run that is stopped, or in which the model or a minimisation fails, is a result too: its `status` says so, `error` why,
 * and the finished cycles are there.
 * @throws CaseError, FileError for a case that is wrong, before anything is run
 */
export async function runCase(input: unknown, options: RunCaseOptions = {}): Promise<CaseRun> {
  const [begin, compiled] = [performance.now(), compileSeconds()];
  const config = resolveCase(input);
  const problem = await loadProblem(config, options);
  const observations = problem.network.reduce((most, { operator }) => Math.max(most, operator.outSize), 0);
  const ensembles = config.outputs.save.includes("ensemble");
  const record = new RunRecord({ observations, ensembles }, options.resume?.record);
  if (options.resume !== undefined) record.truncate(options.resume.after + 1);
  const earlier = options.resume?.seconds ?? 0;
  const streams = randomStreams(config.seed);
  const { compute, notes } = await caseCompute(config.compute, options.threads ?? config.compute.threads);
  const run = await execute(config, problem, streams, record, { ...options, ...(compute && { compute }) });
  return finish({
    notes,
    ...run,
    config,
    problem,
    record,
    seconds: earlier + (performance.now() - begin) / 1000,
    compileSeconds: compileSeconds() - compiled,
    peakMemoryBytes: options.peakMemory?.(),
  });
}

async function execute(
  config: Case,
  problem: CaseProblem,
  streams: RandomStreams,
  record: RunRecord,
  { signal, onProgress, resume, compute }: RunCaseOptions & { readonly compute?: CompileOptions },
): Promise<Execution> {
  let known: Pick<Execution, "truth" | "observations" | "saved"> = {};
  try {
    const { truth, series } = await observe(problem, config.seed);
    known = { ...(truth && { truth }), observations: series.map(({ values }) => values) };
    const begin = performance.now();
    const { model, background, modelError, method, climatology } = problem;
    const cycles = assimilate({
      model,
      background,
      modelError,
      method,
      climatology,
      observations: series,
      seed: config.seed,
      everyStep: config.outputs.everyStep,
      ...(compute && { compute }),
      ...(signal && { signal }),
      ...(resume && { resume }),
    });
    let last: Cycle | undefined;
    try {
      for await (const own of cycles) {
        const cycle = model.latent === undefined ? own : await decodeCycle(own, model.latent);
        const { index } = cycle;
        record.add(cycle, truth && cycleScores(cycle, rowOf(truth.states, index), streams));
        if (cycle.state !== undefined) known = { ...known, saved: { after: index, state: cycle.state } };
        last = own;
        onProgress?.({ cycle: index + 1, cycles: series.length, seconds: (performance.now() - begin) / 1000 });
        if (signal?.aborted && index + 1 < series.length) return { ...known, status: "stopped" };
      }
    } catch (error) {
      if (signal?.aborted && error === signal.reason) return { ...known, status: "stopped" };
      throw error;
    }
    if (last === undefined || config.outputs.forecast === 0) return { ...known, status: "done" };
    const computed = compute === undefined ? model : modelWith(model, compute);
    const { analysisMean: mean, analysisEnsemble: ensemble, step } = last;
    const forecast = await forecastBeyond(
      computed,
      { mean, ...(ensemble && { ensemble }) },
      { step },
      config.outputs.forecast,
    );
    return {
      ...known,
      status: "done",
      forecast: model.latent === undefined ? forecast : await decodeRows(model.latent, forecast),
    };
  } catch (error) {
    if (isInputError(error)) throw placed(error, error instanceof ShapeError ? "model" : "method");
    return { ...known, status: "failed", error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** Whether the case is to blame, not the run. */
function isInputError(error: unknown): boolean {
  if (error instanceof CaseError || error instanceof FileError) return true;
  if (error instanceof OndaError && error.code === moduleFailed) return false;
  return error instanceof OndaError && !(error instanceof NumericalError) && !(error instanceof ConvergenceError);
}

function rowOf({ data, shape }: NdArray, k: number): Float64Array {
  const n = shape[1]!;
  return data.subarray(k * n, (k + 1) * n);
}
