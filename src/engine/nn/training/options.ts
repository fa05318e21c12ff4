import { ArgumentError } from "../../errors/index.ts";
import type { CompileOptions } from "../../execute/index.ts";
import type { ArrayLike64 } from "../../tensor/index.ts";
import type { Network } from "../network.ts";
import type { Optimizer } from "../optimizers/index.ts";
import type { TrainCheckpoint, TrainEpoch } from "./checkpoint.ts";
import type { Objective } from "./objectives.ts";
import type { Schedule } from "./schedules.ts";

/** What a training is of and how it goes. */
export interface TrainOptions {
  readonly network: Network;
  /** Arrays of one row per sample, as the objective takes them: `[inputs, targets]`. Must be finite. */
  readonly data: readonly ArrayLike64[];
  /** Arrays as `data`, evaluated after every epoch. None by default; the training loss then stands for theirs. */
  readonly validation?: readonly ArrayLike64[];
  /** The mean squared error of `[inputs, targets]` by default. */
  readonly objective?: Objective;
  /** AdamW with PyTorch's defaults by default. */
  readonly optimizer?: Optimizer;
  /** 100 by default. */
  readonly epochs?: number;
  /** 32 by default; the last batch of an epoch may be smaller. */
  readonly batchSize?: number;
  /** Factor of the optimiser's learning rate; constant by default. */
  readonly schedule?: Schedule;
  /** Longest gradient; longer ones are shortened to it. No limit by default. */
  readonly clipNorm?: number;
  /** Stops when the loss watched has not fallen by `tolerance` (0) below the best in `patience` epochs. Never by default. */
  readonly earlyStop?: { readonly patience: number; readonly tolerance?: number };
  /** Of the parameters, the order of samples and dropout; 0 by default. */
  readonly seed?: number;
  /** Parameters to begin with, instead of random ones. */
  readonly parameters?: Float64Array;
  /** Goes on from a checkpoint, with the other options as they were: the result is the same to the bit. */
  readonly resume?: TrainCheckpoint;
  /** Called after every epoch; `false` stops. `checkpoint` copies the state. */
  onEpoch?(epoch: TrainEpoch, checkpoint: () => TrainCheckpoint): unknown;
  /** Stops before the next batch, with the result so far. */
  readonly signal?: AbortSignal;
  /**
   * How the graphs run; generated JavaScript in float64 by default. `executor: "ort"` is several times faster from some 10⁴
   * weights or with convolutions.
   */
  readonly execution?: CompileOptions;
}

/** Refuses numbers out of range. */
export function checkTrainNumbers(
  options: TrainOptions & { readonly epochs: number; readonly batchSize: number },
): void {
  const { epochs, batchSize, clipNorm, earlyStop } = options;
  for (const [name, value] of Object.entries({ epochs, batchSize, ...(earlyStop && { patience: earlyStop.patience }) }))
    if (!Number.isInteger(value) || value < 1)
      throw new ArgumentError(`train.${name}`, `expected a positive integer, got ${value}`);
  if (clipNorm !== undefined && !(clipNorm > 0))
    throw new ArgumentError("train.clipNorm", `expected a positive number, got ${clipNorm}`);
  if (earlyStop?.tolerance !== undefined && !(earlyStop.tolerance >= 0))
    throw new ArgumentError("train.earlyStop.tolerance", `expected a non-negative number, got ${earlyStop.tolerance}`);
}
