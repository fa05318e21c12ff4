import { CaseError } from "../../engine/errors/index.ts";
import {
  adam,
  adamw,
  constant,
  cosine,
  huber,
  type Loss,
  mae,
  mse,
  type Objective,
  type Optimizer,
  plateau,
  relativeL2,
  rollout,
  type Schedule,
  sgd,
  stepDecay,
  supervised,
  warmUp,
} from "../../engine/nn/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { TrainingData } from "./data.ts";
import { windows } from "./parts.ts";
import type { LossConfig, OptimizerConfig, ScheduleConfig, StageConfig } from "./stage.schema.ts";

/** What a stage gives `train`. */
export interface StageParts {
  readonly data: readonly [NdArray, NdArray];
  readonly validation?: readonly [NdArray, NdArray];
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
}

/**
 * The parts of a stage.
 * @throws CaseError at `place` for rollouts of samples that are no states, or longer than the runs
 */
export function stageParts(config: StageConfig, data: TrainingData, place: string): StageParts {
  const loss = lossOf(config.loss);
  const [learned, held] = stageData(config, data, place);
  return {
    data: learned,
    ...(held && { validation: held }),
    objective: config.rollout === 1 ? supervised(loss) : rollout(loss, { checkpoint: config.saveMemory }),
    optimizer: optimizerOf(config.optimizer),
    schedule: scheduleOf(config.schedule),
  };
}

function stageData(
  { rollout: steps }: StageConfig,
  data: TrainingData,
  place: string,
): [readonly [NdArray, NdArray], (readonly [NdArray, NdArray])?] {
  if (data.kind === "pairs") {
    if (steps > 1)
      throw new CaseError(
        `${place}.rollout`,
        `expected 1, as data are samples that don't follow one another, got ${steps}`,
      );
    return data.validation === undefined ? [data.train] : [data.train, data.validation];
  }
  const cut = (runs: readonly NdArray[], part: string): readonly [NdArray, NdArray] => {
    const found = windows(runs, steps);
    if (found !== undefined) return found;
    const longest = Math.max(...runs.map((run) => run.shape[0]!));
    throw new CaseError(
      `${place}.rollout`,
      `expected at most ${longest - 1} steps, as the ${part} part has ${longest} states in a row, got ${steps}`,
    );
  };
  const learned = cut(data.train, "training");
  return data.validation === undefined ? [learned] : [learned, cut(data.validation, "validation")];
}

function lossOf(config: LossConfig): Loss {
  if (config.name === "huber") return huber(config.delta);
  return { mse, mae, "relative-l2": relativeL2 }[config.name];
}

function optimizerOf(config: OptimizerConfig): Optimizer {
  if (config.name === "sgd") return sgd(config);
  return config.name === "adam" ? adam(config) : adamw(config);
}

function scheduleOf(config: ScheduleConfig): Schedule {
  const own = (): Schedule => {
    if (config.name === "cosine") return cosine(config.end);
    if (config.name === "step") return stepDecay(config.epochs, config.factor);
    return config.name === "plateau" ? plateau(config) : constant;
  };
  return config.warmUp === 0 ? own() : warmUp(config.warmUp, own());
}
