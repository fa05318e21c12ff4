import { ShapeError } from "../../engine/errors/index.ts";
import { type CompileOptions, completeOptions } from "../../engine/execute/index.ts";
import { randomStreams } from "../../engine/random/index.ts";
import { type ArrayLike64, shapeText, toNdArray } from "../../engine/tensor/index.ts";
import type { Climatology, Cycle, Method, Problem, RunContext } from "../../methods/method.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { ObservationSeries } from "../../problem/observe/index.ts";
import { compileSeconds } from "../../problem/operators/index.ts";
import { modelClimatology } from "./climatology.ts";
import { modelWith, observationsWith } from "./compute.ts";
import { type Run, RunRecorder } from "./run.ts";
import { type BurnIn, type CycleTruth, checkBurnIn, Scores } from "./scores.ts";
import type { Summary } from "./summary.ts";
import type { Truth } from "./twin.ts";

export interface AssimilateOptions {
  /** The model that assimilates. */
  readonly model: Model;
  readonly observations: ObservationSeries;
  /** Distribution of the initial state, or members of it, [members, n]. */
  readonly background: {
    readonly mean: ArrayLike64;
    readonly covariance: Covariance;
    readonly ensemble?: ArrayLike64;
  };
  /** Model error per unit of time; none when left out. */
  readonly modelError?: Covariance;
  readonly method: Method;
  /** Where and how models, operators and costs with formulas are computed. */
  readonly compute?: CompileOptions;
  /** All randomness comes from it: an integer from 0 to 2^53 − 1. */
  readonly seed: number;
  /** Scores are computed against it. */
  readonly truth?: Truth;
  readonly burnIn?: BurnIn;
  /** Means at every model step too. */
  readonly everyStep?: boolean;
  /** Stops between cycles. */
  readonly signal?: AbortSignal;
  /** Goes on after a cycle of an earlier run, with the state that it gave. */
  readonly resume?: RunContext["resume"];
  /** Long-run statistics of the true model; those of `model` when left out, computed when a method asks for them. */
  readonly climatology?: () => Promise<Climatology>;
}

export interface CollectOptions {
  /** Called with each cycle, for progress. */
  readonly onCycle?: (cycle: Cycle) => void;
  /** Keep the analysed members of all cycles: members · n numbers each. */
  readonly ensemble?: boolean;
  /** Give what there is when the run fails or is stopped, with `status` and `error`, instead of throwing. */
  readonly partial?: boolean;
}

/** A run that begins when it is iterated or collected, anew each time. */
export interface Assimilation extends AsyncIterable<Cycle> {
  /**
   * Runs to the end and scores it.
   * @throws what the method throws, or the signal's reason, unless `partial`
   */
  collect(options?: CollectOptions): Promise<Run>;
}

/** Longest time in ms for which a run keeps timers and signals waiting, one cycle apart. */
const patience = 50;

/**
 * Assimilates observations into a model: an async iterable of cycles, or a collected and scored run. Same seed, same
 * bytes.
 * @throws ArgumentError or ShapeError for a seed, burn-in or truth that doesn't fit
 */
export function assimilate(options: AssimilateOptions): Assimilation {
  const { model, observations, method, seed, truth, burnIn } = options;
  const streams = randomStreams(seed);
  checkTruth(truth, observations.length, model.size);
  if (burnIn !== undefined) checkBurnIn(burnIn);
  if (options.compute !== undefined) completeOptions(options.compute);
  const problem = problemOf(options);
  const context: RunContext = {
    streams,
    everyStep: options.everyStep ?? false,
    ...(options.signal && { signal: options.signal }),
    ...(options.resume && { resume: options.resume }),
  };
  const iterate = (): AsyncGenerator<Cycle, void, undefined> => breathing(method.run(problem, context));
  const collect = async (choices: CollectOptions = {}): Promise<Run> => {
    const scores = new Scores(streams, burnIn);
    const recorder = new RunRecorder(model.size, choices.ensemble ?? false);
    const [begin, compiledBefore] = [performance.now(), compileSeconds()];
    let ended: { readonly error: unknown } | undefined;
    try {
      for await (const cycle of iterate()) {
        scores.add(cycle, truthOf(truth, observations, cycle));
        recorder.add(cycle);
        choices.onCycle?.(cycle);
      }
    } catch (error) {
      if (!choices.partial) throw error;
      ended = { error };
    }
    const { seconds, ...averages } = scores.summary();
    const summary: Summary = {
      method: method.name,
      seed,
      cycles: recorder.cycles,
      ...(ended === undefined
        ? { status: "done" }
        : { status: options.signal?.aborted ? "stopped" : "failed", reason: messageOf(ended.error) }),
      ...averages,
      seconds: {
        total: (performance.now() - begin) / 1000,
        ...seconds,
        compile: compileSeconds() - compiledBefore,
      },
    };
    return { ...recorder.finish(summary, scores, observations, truth?.states), ...ended };
  };
  return { [Symbol.asyncIterator]: iterate, collect };
}

function problemOf(options: AssimilateOptions): Problem {
  const { background, modelError, compute } = options;
  const model = compute === undefined ? options.model : modelWith(options.model, compute);
  const observations = compute === undefined ? options.observations : observationsWith(options.observations, compute);
  const mean = toNdArray(background.mean, "background.mean").data;
  const { ensemble } = background;
  return {
    model,
    observations,
    background: {
      mean,
      covariance: background.covariance,
      ...(ensemble !== undefined && { ensemble: toNdArray(ensemble, "background.ensemble") }),
    },
    ...(modelError && { modelError }),
    ...(compute && { compute }),
    climatology: options.climatology ?? (() => modelClimatology(model, { start: mean })),
  };
}

/** The same cycles, with a pause now and then in which timers and signals are served. */
async function* breathing(cycles: AsyncGenerator<Cycle, void, undefined>): AsyncGenerator<Cycle, void, undefined> {
  let last = performance.now();
  for await (const cycle of cycles) {
    yield cycle;
    if (performance.now() - last < patience) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
  }
}

function checkTruth(truth: Truth | undefined, times: number, n: number): void {
  if (truth === undefined) return;
  const { states, initial } = truth;
  if (states.shape.length !== 2 || states.shape[0] !== times || states.shape[1] !== n)
    throw new ShapeError("truth.states", `expected shape (${times}, ${n}), got ${shapeText(states.shape)}`);
  if (initial !== undefined && initial.length !== n)
    throw new ShapeError("truth.initial", `expected ${n} numbers, got ${initial.length}`);
}

/** The true states of a cycle and, where it opens a window, at that window's start. */
function truthOf(truth: Truth | undefined, observations: ObservationSeries, cycle: Cycle): CycleTruth | undefined {
  if (truth === undefined) return undefined;
  const { data, shape } = truth.states;
  const at = (k: number): Float64Array => data.subarray(k * shape[1]!, (k + 1) * shape[1]!);
  const state = at(cycle.index);
  if (cycle.window === undefined) return { state };
  const { startStep } = cycle.window;
  const start = observations.findIndex(({ step }) => step === startStep);
  return { state, windowStart: start >= 0 ? at(start) : startStep === 0 ? truth.initial : undefined };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
