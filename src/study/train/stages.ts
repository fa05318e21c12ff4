import { ConvergenceError } from "../../engine/errors/index.ts";
import type { CompileOptions } from "../../engine/execute/index.ts";
import { initialize, type Network, type TrainResult, train } from "../../engine/nn/index.ts";
import { randomStreams } from "../../engine/random/index.ts";
import { at, placed } from "../case/tools.ts";
import type { TrainingData } from "./data.ts";
import type { StageEpoch, StageResult, TrainingCheckpoint, TrainProgress } from "./execution.ts";
import { type StageParts, stageParts } from "./stage.ts";
import type { Training } from "./types.ts";

/** What the stages left. */
export interface StagesResult {
  readonly status: "done" | "stopped" | "failed";
  readonly error?: Error;
  /** The best ones of the last stage; missing when a stage failed. */
  readonly parameters?: Float64Array;
  readonly stages: readonly StageResult[];
  readonly history: readonly StageEpoch[];
  readonly checkpoint?: Omit<TrainingCheckpoint, "seconds">;
}

export interface StagesInput {
  readonly config: Training;
  readonly network: Network;
  readonly data: TrainingData;
  readonly execution: CompileOptions;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TrainProgress) => void) | undefined;
  readonly resume?: TrainingCheckpoint | undefined;
}

/**
 * Runs the stages one after the other, each from the best parameters of the one before, with an optimiser and a seed of its
 * own. A stage that diverges is a result with `status: "failed"`.
 * @throws CaseError for a stage that doesn't fit the data
 */
export async function runStages(input: StagesInput): Promise<StagesResult> {
  const { config, network, data, execution, signal, resume } = input;
  const parts: StageParts[] = [];
  for (const [i, stage] of config.training.entries())
    parts.push(await at(`training[${i}]`, () => stageParts(stage, data, `training[${i}]`)));
  const history: StageEpoch[] = [...(resume?.history ?? [])];
  const stages: StageResult[] = [...(resume?.finished ?? [])];
  const report = progress(input);
  let parameters = initialize(network, config.seed);
  for (let i = resume?.stage ?? 0; i < config.training.length; i++) {
    const { epochs, batchSize, clipNorm, earlyStop } = config.training[i]!;
    let result: TrainResult;
    try {
      result = await train({
        network,
        ...parts[i]!,
        epochs,
        batchSize,
        ...(clipNorm !== undefined && { clipNorm }),
        ...(earlyStop && { earlyStop }),
        seed: seedOf(config.seed, i),
        parameters,
        ...(resume?.stage === i && { resume: resume.state }),
        ...(signal && { signal }),
        onEpoch(epoch) {
          history.push({ stage: i, ...epoch });
          report(i, epoch);
        },
        execution,
      });
    } catch (error) {
      if (!(error instanceof ConvergenceError)) throw placed(error, `training[${i}]`);
      return { status: "failed", error, stages, history };
    }
    parameters = result.parameters;
    const ended: StageResult = { epochs: result.history.length, best: result.best, ended: result.status };
    if (result.status === "stopped")
      return {
        status: "stopped",
        parameters,
        stages: [...stages, ended],
        history,
        checkpoint: { stage: i, state: result.checkpoint, finished: stages, history },
      };
    stages.push(ended);
  }
  return { status: "done", parameters, stages, history };
}

function progress({ config, onProgress }: StagesInput): (stage: number, epoch: Omit<StageEpoch, "stage">) => void {
  const begin = performance.now();
  const before = config.training.map((_, i) =>
    config.training.slice(0, i).reduce((sum, { epochs }) => sum + epochs, 0),
  );
  const epochs = config.training.reduce((sum, stage) => sum + stage.epochs, 0);
  return (stage, { epoch, loss, validationLoss }) =>
    onProgress?.({
      epoch: before[stage]! + epoch + 1,
      epochs,
      seconds: (performance.now() - begin) / 1000,
      loss,
      ...(validationLoss !== undefined && { validationLoss }),
    });
}

/** The seed of a stage's order of samples and dropout. */
function seedOf(seed: number, stage: number): number {
  return stage === 0
    ? seed
    : randomStreams(seed)
        .stream("stage", stage)
        .integer(2 ** 53);
}
