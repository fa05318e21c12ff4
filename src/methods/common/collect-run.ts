import { randomStreams } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";

/** A whole run of a method. */
export interface MethodRun {
  /** One per observation time. */
  readonly cycles: readonly Cycle[];
  /** [cycles, n]. */
  readonly forecastMean: NdArray;
  /** [cycles, n]. */
  readonly analysisMean: NdArray;
  /** ln p(y_1 … y_K) of the cycles that have it. */
  readonly logEvidence: number;
}

export interface RunOptions extends Omit<RunContext, "streams"> {
  /** All randomness comes from it; 0 by default. */
  readonly seed?: number;
}

/** Runs a method over all observation times and keeps every cycle. */
export async function collectRun(method: Method, problem: Problem, options: RunOptions = {}): Promise<MethodRun> {
  const { seed = 0, ...context } = options;
  const cycles: Cycle[] = [];
  for await (const cycle of method.run(problem, { ...context, streams: randomStreams(seed) })) cycles.push(cycle);
  const table = (pick: (cycle: Cycle) => Float64Array): NdArray => {
    const n = problem.model.size;
    const data = new Float64Array(cycles.length * n);
    cycles.forEach((cycle, k) => {
      data.set(pick(cycle), k * n);
    });
    return { data, shape: [cycles.length, n] };
  };
  return {
    cycles,
    forecastMean: table((cycle) => cycle.forecastMean),
    analysisMean: table((cycle) => cycle.analysisMean),
    logEvidence: cycles.reduce((sum, cycle) => sum + (cycle.logEvidence ?? 0), 0),
  };
}
