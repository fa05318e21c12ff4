import { ArgumentError, NumericalError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Observation } from "../../problem/observe/index.ts";
import type { Awaitable } from "../../problem/operators/index.ts";
import type { Cycle, MethodState, Problem, RunContext } from "../method.ts";
import { checkProblem } from "./check-problem.ts";

/** The model steps between two observation times, or from the start to the first. */
export interface Interval {
  /** Number of the observation time at its end. */
  readonly cycle: number;
  readonly steps: number;
  /** Times at both ends. */
  readonly start: number;
  readonly end: number;
}

/** What the cycle of a filter says, apart from what the loop knows. */
export type CycleResult = Omit<Cycle, "index" | "step" | "time" | "trajectory" | "state" | "seconds">;

/** A filter that goes from observation time to observation time; its state S is replaced, never changed. */
export interface SequentialFilter<S> {
  start(): Awaitable<S>;
  /** The state from what `save` gave. */
  restore(saved: MethodState): S;
  save(state: S): MethodState;
  /** To the end of an interval of at least one step. */
  forecast(state: S, interval: Interval): Awaitable<{ state: S; trajectory?: NdArray }>;
  analyse(state: S, observation: Observation, cycle: number): Awaitable<{ state: S; result: CycleResult }>;
}

/**
 * The loop of all sequential filters: forecast, analysis, one cycle given per observation time. An observation at step 0
 * is analysed without a forecast. Stops with the signal's reason between cycles.
 * @throws what `checkProblem` and the filter throw
 */
export async function* sequential<S>(
  problem: Problem,
  context: RunContext,
  filter: SequentialFilter<S>,
): AsyncGenerator<Cycle, void, undefined> {
  checkProblem(problem);
  const { model, observations } = problem;
  const { signal, resume } = context;
  if (resume !== undefined && observations[resume.after] === undefined)
    throw new ArgumentError(
      "resume.after",
      `expected a cycle from 0 to ${observations.length - 1}, got ${resume.after}`,
    );
  let state = resume === undefined ? await filter.start() : filter.restore(resume.state);
  let step = resume === undefined ? 0 : observations[resume.after]!.step;
  for (let index = resume === undefined ? 0 : resume.after + 1; index < observations.length; index++) {
    signal?.throwIfAborted();
    const observation = observations[index]!;
    const begin = performance.now();
    const steps = observation.step - step;
    const interval = { cycle: index, steps, start: step * model.dt, end: observation.step * model.dt };
    const forecast = steps === 0 ? { state } : await filter.forecast(state, interval);
    const middle = performance.now();
    const analysis = await inCycle(index, () => filter.analyse(forecast.state, observation, index));
    const end = performance.now();
    state = analysis.state;
    step = observation.step;
    yield {
      index,
      step,
      time: observation.time,
      ...analysis.result,
      ...("trajectory" in forecast && forecast.trajectory !== undefined && { trajectory: forecast.trajectory }),
      state: filter.save(state),
      seconds: { forecast: (middle - begin) / 1000, analysis: (end - middle) / 1000 },
    };
  }
}

/** Adds the cycle's number to a numerical failure of an analysis. */
async function inCycle<T>(cycle: number, act: () => Awaitable<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof NumericalError) || error.cycle !== undefined) throw error;
    const { code, member, message } = error;
    throw new NumericalError(`cycle ${cycle}`, message, { code, cycle, ...(member !== undefined && { member }) });
  }
}

/**
 * An array of a saved state.
 * @throws ArgumentError when it isn't there or has another shape (`undefined` extents are free)
 */
export function savedArray(saved: MethodState, name: string, shape: readonly (number | undefined)[]): NdArray {
  const array = saved[name];
  if (
    array === undefined ||
    array.shape.length !== shape.length ||
    shape.some((extent, axis) => extent !== undefined && extent !== array.shape[axis])
  )
    throw new ArgumentError(
      `resume.state.${name}`,
      `expected shape (${shape.map((extent) => extent ?? "any").join(", ")}), got ${array === undefined ? "nothing" : `(${array.shape.join(", ")})`}: resume with the same method and problem`,
    );
  return array;
}
