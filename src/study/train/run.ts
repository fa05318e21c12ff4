import { exportNetwork } from "../../engine/nn/index.ts";
import { writeOnnx } from "../../engine/onnx/index.ts";
import { randomStreams } from "../../engine/random/index.ts";
import type { CaseReader } from "../case/reader.ts";
import { type CaseTools, caseTools, type ModuleLoader } from "../case/tools.ts";
import { trainArrays } from "./arrays.ts";
import { makeData } from "./data.ts";
import { checkEvaluation, evaluate } from "./evaluate.ts";
import type { Evaluation, TrainingCheckpoint, TrainProgress } from "./execution.ts";
import { makeNetwork } from "./network.ts";
import { resolveTraining } from "./resolve.ts";
import type { TrainRun } from "./result.ts";
import { runStages } from "./stages.ts";
import { summarizeTraining } from "./summary.ts";

export interface RunTrainingOptions {
  /** Folder that the training's paths are relative to; Node's reader, confined to it, is used when no `reader` is given. */
  readonly base?: string;
  /** Reads the training's files. */
  readonly reader?: CaseReader;
  /** Whether modules may be loaded, that is, run; or what loads them. False by default. */
  readonly modules?: boolean | ModuleLoader;
  /** Stops the training before the next step. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainProgress) => void;
  /** A stopped training to go on with. */
  readonly resume?: TrainingCheckpoint;
  /** Largest memory of the process so far, in bytes. */
  readonly peakMemory?: () => number;
}

/**
 * Runs a training: the object that a training file holds.
 *
 * One that is stopped, or that diverges, is a result too: its `status` says so, `error` why, and the history is there. The
 * same training gives the same bytes again, also when it was stopped and resumed on the way.
 * @throws CaseError, FileError for a training that is wrong, before anything is learned
 */
export async function runTraining(input: unknown, options: RunTrainingOptions = {}): Promise<TrainRun> {
  const begin = performance.now();
  const seconds = (since: number): number => (performance.now() - since) / 1000;
  const config = resolveTraining(input);
  const { executor, dtype, threads } = config.compute;
  const execution = { executor, dtype, threads };
  const data = await makeData(config.data, await toolsOf(options), randomStreams(config.seed), options.signal);
  const network = await makeNetwork(config.network, data);
  checkEvaluation(data, config.evaluation);
  const dataSeconds = seconds(begin);
  const learning = performance.now();
  const { signal, onProgress, resume } = options;
  const result = await runStages({ config, network, data, execution, signal, onProgress, resume });
  const { status, error, history, stages, checkpoint } = result;
  const learned = (resume?.seconds ?? 0) + seconds(learning);
  const evaluating = performance.now();
  const { weights, batch } = config.outputs;
  const parameters = weights === "float32" ? result.parameters?.map(Math.fround) : result.parameters;
  const evaluation: Evaluation =
    status === "done" && parameters !== undefined
      ? await evaluate(network, parameters, data, config.evaluation, execution)
      : {};
  const summary = summarizeTraining({
    config,
    network,
    data,
    status,
    reason: status === "stopped" ? `stopped after ${history.length} epochs` : error?.message,
    stages,
    epochs: history.length,
    ...evaluation,
    seconds: {
      total: (resume?.seconds ?? 0) + seconds(begin),
      data: dataSeconds,
      training: learned,
      evaluation: seconds(evaluating),
    },
    peakMemoryBytes: options.peakMemory?.(),
  });
  return {
    training: config,
    status,
    ...(error && { error }),
    summary,
    arrays: trainArrays(history, evaluation),
    ...(parameters && { model: writeOnnx(exportNetwork(network, parameters, { batch }), { dtype: weights }) }),
    history,
    evaluation,
    ...(checkpoint && { checkpoint: { ...checkpoint, seconds: learned } }),
    notes: evaluation.skill === undefined && evaluation.fit === undefined && status === "done" ? [noTest] : [],
  };
}

const noTest = "There is no test part, or it is too short for a rollout: no skill was measured.";

async function toolsOf({ base, reader, modules = false }: RunTrainingOptions): Promise<CaseTools> {
  const needsNode = base !== undefined && (reader === undefined || modules === true);
  const node = needsNode ? await import("../case/node.ts") : undefined;
  const loader =
    typeof modules === "function" ? modules : modules && base !== undefined ? node?.moduleLoader(base) : undefined;
  return caseTools(reader ?? (base === undefined ? undefined : node?.nodeReader(base)), loader);
}
