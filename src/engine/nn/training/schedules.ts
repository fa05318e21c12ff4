import { ArgumentError } from "../../errors/index.ts";

/** Where a training stands. */
export interface SchedulePlace {
  /** Steps done so far. */
  readonly step: number;
  /** Steps of the whole training. */
  readonly steps: number;
  /** 0 for the first. */
  readonly epoch: number;
  /** Losses watched after each epoch done: the validation's, or the training's where there is none. */
  readonly losses: readonly number[];
}

/** The factor of the learning rate at a step. */
export type Schedule = (at: SchedulePlace) => number;

/** The learning rate as it is. */
export const constant: Schedule = () => 1;

/**
 * Half a period of the cosine from 1 to `end` over the whole training, step by step.
 * @see [LoshchilovHutter2017]
 */
export function cosine(end = 0): Schedule {
  if (!(end >= 0 && end <= 1)) throw new ArgumentError("cosine.end", `expected a factor from 0 to 1, got ${end}`);
  return ({ step, steps }) => end + ((1 - end) / 2) * (1 + Math.cos((Math.PI * step) / steps));
}

/** Times `factor` after every `epochs` epochs, as `torch.optim.lr_scheduler.StepLR`. */
export function stepDecay(epochs: number, factor = 0.1): Schedule {
  if (!Number.isInteger(epochs) || epochs < 1)
    throw new ArgumentError("stepDecay.epochs", `expected a positive integer, got ${epochs}`);
  if (!(factor > 0)) throw new ArgumentError("stepDecay.factor", `expected a positive number, got ${factor}`);
  return ({ epoch }) => factor ** Math.floor(epoch / epochs);
}

/**
 * Times `factor` whenever the loss watched has not fallen by more than `tolerance` below its smallest for more than
 * `patience` epochs, as `torch.optim.lr_scheduler.ReduceLROnPlateau` with an absolute threshold. O(epochs) a call.
 * @throws ArgumentError for numbers out of range
 */
export function plateau(
  options: { readonly patience?: number; readonly factor?: number; readonly tolerance?: number } = {},
): Schedule {
  const { patience = 10, factor = 0.1, tolerance = 0 } = options;
  if (!Number.isInteger(patience) || patience < 0)
    throw new ArgumentError("plateau.patience", `expected a non-negative integer, got ${patience}`);
  if (!(factor > 0)) throw new ArgumentError("plateau.factor", `expected a positive number, got ${factor}`);
  if (!(tolerance >= 0))
    throw new ArgumentError("plateau.tolerance", `expected a non-negative number, got ${tolerance}`);
  return ({ losses }) => {
    let [best, waited, rate] = [Infinity, 0, 1];
    for (const loss of losses) {
      if (loss < best - tolerance) [best, waited] = [loss, 0];
      else if (++waited > patience) [waited, rate] = [0, rate * factor];
    }
    return rate;
  };
}

/** Rises in a line over the first `steps` steps, then follows another schedule over those that remain. */
export function warmUp(steps: number, then: Schedule = constant): Schedule {
  if (!Number.isInteger(steps) || steps < 1)
    throw new ArgumentError("warmUp.steps", `expected a positive integer, got ${steps}`);
  return (at) =>
    at.step < steps
      ? (at.step + 1) / steps
      : then({ ...at, step: at.step - steps, steps: Math.max(1, at.steps - steps) });
}
