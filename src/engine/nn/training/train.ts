import { ConvergenceError } from "../../errors/index.ts";
import { type RandomStreams, randomStreams } from "../../random/index.ts";
import { mse } from "../losses.ts";
import { checkParameters } from "../network.ts";
import { adamw, type Optimizer } from "../optimizers/index.ts";
import { fromCheckpoint, type TrainCheckpoint, type TrainEpoch, type TrainState, toCheckpoint } from "./checkpoint.ts";
import { type Samples, samples } from "./data.ts";
import { supervised } from "./objectives.ts";
import { checkTrainNumbers, type TrainOptions } from "./options.ts";
import { breather } from "./pause.ts";
import { evaluator, freshWeights, type Stepper, stepper } from "./run.ts";
import { constant, type Schedule } from "./schedules.ts";

/** What a training gave. */
export interface TrainResult {
  /** Those after the epoch with the smallest loss watched: the validation's, or the training's where there is none. */
  readonly parameters: Float64Array;
  /** Those after the last step. */
  readonly last: Float64Array;
  readonly best: { readonly epoch: number; readonly loss: number };
  readonly history: readonly TrainEpoch[];
  readonly status: "epoch-limit" | "early-stop" | "stopped";
  /** Where it stands, to go on from. */
  readonly checkpoint: TrainCheckpoint;
}

/** A loss that is not finite, with where it was met. */
export class TrainingError extends ConvergenceError {
  /** 0-based. */
  readonly epoch: number;
  /** 0-based; undefined for the validation after the epoch. */
  readonly batch: number | undefined;

  constructor(epoch: number, batch: number | undefined, message: string) {
    super("train", message, "convergence/diverged");
    this.epoch = epoch;
    this.batch = batch;
  }
}

/**
 * Trains a network by mini-batches. A step (loss, gradient, clipping, optimiser) is one compiled graph. The order of samples
 * and dropout come from streams keyed by epoch and batch, so that a seed gives the same numbers again, also when a training is
 * interrupted and resumed. Lets other tasks run some twenty times a second.
 * @throws ConvergenceError ({@link TrainingError}) for a loss or gradient that is not finite, with the epoch and the batch
 * @throws ArgumentError, ShapeError, NumericalError for options and data that don't fit
 * @example await train({ network, data: [x, y], epochs: 50, optimizer: adam({ learningRate: 3e-3 }) })
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { network, objective = supervised(mse), optimizer = adamw(), epochs = 100, batchSize = 32 } = options;
  const { seed = 0, execution = {}, clipNorm, schedule = constant, resume, signal } = options;
  checkTrainNumbers({ ...options, epochs, batchSize });
  if (options.parameters !== undefined) checkParameters(network.size, options.parameters);
  const data = samples(options.data, "train.data");
  const held = options.validation && samples(options.validation, "train.validation");
  const streams = randomStreams(seed);
  const step = stepper(network, objective, optimizer, clipNorm, data, streams, execution);
  const validate = held && evaluator(network, objective, held, batchSize, execution);
  const state = resume
    ? fromCheckpoint(resume, network, optimizer, seed)
    : startState(freshWeights(network, optimizer, seed, options.parameters));
  const checkpoint = (): TrainCheckpoint => toCheckpoint(state, seed, optimizer);
  const finish = (status: TrainResult["status"]): TrainResult => ({
    parameters: (state.best.epoch < 0 ? state.weights.parameters : state.best.parameters).slice(),
    last: state.weights.parameters.slice(),
    best: { epoch: state.best.epoch, loss: state.best.loss },
    history: [...state.history],
    status,
    checkpoint: checkpoint(),
  });
  const setting = { data, streams, batchSize, epochs, schedule, optimizer, signal, breathe: breather() };
  while (state.epoch < epochs) {
    if (isStale(state, options.earlyStop)) return finish("early-stop");
    const learningRate = await runEpoch(state, step, setting);
    if (learningRate === undefined) return finish("stopped");
    const validationLoss = await validate?.(state.weights.parameters);
    if (validationLoss !== undefined && !Number.isFinite(validationLoss))
      throw new TrainingError(
        state.epoch,
        undefined,
        `expected a finite validation loss, got ${validationLoss} after epoch ${state.epoch}`,
      );
    const entry = closeEpoch(state, data.count, learningRate, validationLoss, options.earlyStop?.tolerance ?? 0);
    if (options.onEpoch?.(entry, checkpoint) === false) return finish("stopped");
  }
  return finish(isStale(state, options.earlyStop) ? "early-stop" : "epoch-limit");
}

interface Setting {
  readonly data: Samples;
  readonly streams: RandomStreams;
  readonly batchSize: number;
  readonly epochs: number;
  readonly schedule: Schedule;
  readonly optimizer: Optimizer;
  readonly signal: AbortSignal | undefined;
  /** One for all epochs: short ones would never let other tasks run. */
  readonly breathe: () => Promise<void>;
}

function startState(weights: TrainState["weights"]): TrainState {
  const best = { epoch: -1, loss: Infinity, parameters: weights.parameters.slice() };
  return { epoch: 0, batch: 0, step: 0, lossSum: 0, normSum: 0, history: [], best, weights };
}

/** The batches of an epoch that are still to do; answers with the last learning rate, or undefined when stopped. */
async function runEpoch(state: TrainState, step: Stepper, setting: Setting): Promise<number | undefined> {
  const { data, streams, batchSize, epochs, schedule, optimizer, signal, breathe } = setting;
  const order = streams.stream("shuffle", state.epoch).permutation(data.count);
  const batches = Math.ceil(data.count / batchSize);
  const losses = state.history.map(({ loss, validationLoss }) => validationLoss ?? loss);
  let rate = optimizer.learningRate;
  while (state.batch < batches) {
    await breathe();
    if (signal?.aborted) return undefined;
    const { epoch, batch } = state;
    const rows = order.subarray(batch * batchSize, (batch + 1) * batchSize);
    rate = optimizer.learningRate * schedule({ step: state.step, steps: epochs * batches, epoch, losses });
    const [loss, norm] = await step(state.weights, rows, { step: state.step, rate, epoch, batch });
    if (!Number.isFinite(loss) || !Number.isFinite(norm))
      throw new TrainingError(
        epoch,
        batch,
        `expected a finite loss and gradient, got ${loss} and a norm of ${norm} in epoch ${epoch}, batch ${batch}: try a smaller learning rate or clipNorm`,
      );
    if (state.batch === batches - 1 && !state.weights.parameters.every(Number.isFinite))
      throw new TrainingError(
        epoch,
        batch,
        `expected finite parameters after epoch ${epoch}, batch ${batch}, got others: try a smaller learning rate`,
      );
    state.lossSum += loss * rows.length;
    state.normSum += norm * rows.length;
    state.step++;
    state.batch++;
  }
  return rate;
}

/** Writes an epoch into the history, notes it as the best if it is and goes on to the next. */
function closeEpoch(
  state: TrainState,
  count: number,
  learningRate: number,
  validationLoss: number | undefined,
  tolerance: number,
): TrainEpoch {
  const entry: TrainEpoch = {
    epoch: state.epoch,
    loss: state.lossSum / count,
    ...(validationLoss === undefined ? {} : { validationLoss }),
    gradientNorm: state.normSum / count,
    learningRate,
  };
  const watched = validationLoss ?? entry.loss;
  if (state.best.epoch < 0 || watched < state.best.loss - tolerance)
    state.best = { epoch: state.epoch, loss: watched, parameters: state.weights.parameters.slice() };
  state.history.push(entry);
  Object.assign(state, { epoch: state.epoch + 1, batch: 0, lossSum: 0, normSum: 0 });
  return entry;
}

function isStale({ epoch, best }: TrainState, earlyStop: TrainOptions["earlyStop"]): boolean {
  return earlyStop !== undefined && best.epoch >= 0 && epoch - 1 - best.epoch >= earlyStop.patience;
}
