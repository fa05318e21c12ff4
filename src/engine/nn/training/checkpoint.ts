import { ArgumentError } from "../../errors/index.ts";
import { checkParameters, type Network } from "../network.ts";
import type { Optimizer } from "../optimizers/index.ts";
import type { Weights } from "./run.ts";

/** One epoch of the history. */
export interface TrainEpoch {
  /** 0 for the first. */
  readonly epoch: number;
  /** Mean loss of the epoch's batches, each before its step. */
  readonly loss: number;
  /** Loss of the validation data after the epoch. */
  readonly validationLoss?: number;
  /** Mean norm of the gradient, before clipping. */
  readonly gradientNorm: number;
  /** At the epoch's last step. */
  readonly learningRate: number;
}

/** All that a training needs to go on as if it had not been interrupted; plain data, for `structuredClone`. */
export interface TrainCheckpoint {
  /** The epoch and the batch in it that come next. */
  readonly epoch: number;
  readonly batch: number;
  /** Steps done. */
  readonly step: number;
  readonly parameters: Float64Array;
  readonly moments: readonly Float64Array[];
  /** Sums over the batches done of the epoch under way, weighted by their sizes. */
  readonly lossSum: number;
  readonly normSum: number;
  readonly history: readonly TrainEpoch[];
  readonly best: TrainBest;
  readonly seed: number;
  readonly optimizer: string;
}

/** The best epoch so far. */
export interface TrainBest {
  /** −1 before the first epoch's end. */
  readonly epoch: number;
  readonly loss: number;
  readonly parameters: Float64Array;
}

/** State of a training, which its loop changes. */
export interface TrainState {
  epoch: number;
  batch: number;
  step: number;
  lossSum: number;
  normSum: number;
  history: TrainEpoch[];
  best: TrainBest;
  readonly weights: Weights;
}

/** A state's copy. */
export function toCheckpoint(state: TrainState, seed: number, optimizer: Optimizer): TrainCheckpoint {
  const { weights, best, history, ...numbers } = state;
  return {
    ...numbers,
    parameters: weights.parameters.slice(),
    moments: weights.moments.map((moment) => moment.slice()),
    history: [...history],
    best: { ...best, parameters: best.parameters.slice() },
    seed,
    optimizer: optimizer.name,
  };
}

/**
 * The state that a checkpoint was made of.
 * @throws ArgumentError when it is another optimiser's or another seed's; ShapeError when it is another network's
 */
export function fromCheckpoint(
  checkpoint: TrainCheckpoint,
  network: Network,
  optimizer: Optimizer,
  seed: number,
): TrainState {
  if (checkpoint.optimizer !== optimizer.name || checkpoint.moments.length !== optimizer.moments)
    throw new ArgumentError("resume", `expected a checkpoint of ${optimizer.name}, got one of ${checkpoint.optimizer}`);
  if (checkpoint.seed !== seed)
    throw new ArgumentError("resume", `expected a checkpoint of seed ${seed}, got one of seed ${checkpoint.seed}`);
  for (const vector of [checkpoint.parameters, checkpoint.best.parameters, ...checkpoint.moments])
    checkParameters(network.size, vector);
  const { epoch, batch, step, lossSum, normSum } = checkpoint;
  return {
    ...{ epoch, batch, step, lossSum, normSum },
    history: [...checkpoint.history],
    best: { ...checkpoint.best, parameters: checkpoint.best.parameters.slice() },
    weights: {
      parameters: checkpoint.parameters.slice(),
      moments: checkpoint.moments.map((moment) => moment.slice()),
    },
  };
}
