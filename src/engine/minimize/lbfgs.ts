import { NumericalError } from "../errors/index.ts";
import { alongLine } from "./alongLine.ts";
import type { MinimizeControl, Minimizer } from "./contract.ts";
import type { LineSearchResult } from "./lineSearch.ts";
import { ended, stuck } from "./progress.ts";
import { norm, type Point, Recorder } from "./recorder.ts";
import { minimizerOf, type Search } from "./search.ts";
import { dot, emptyMemory, type Memory, quasiNewtonDirection, remember } from "./twoLoop.ts";
import { count, nonNegative } from "./validate.ts";

/** Hyper-parameters of {@link lbfgs}. */
export interface LbfgsOptions {
  /** The most steps to take. */
  readonly iterations: number;
  /** Converged when the gradient's norm is at most this times that at the start. */
  readonly tolerance: number;
  /** Pairs of steps and gradient changes that are kept. */
  readonly memory: number;
}

/**
 * The limited-memory BFGS method with a line search for the strong Wolfe conditions: the choice for smooth costs. One
 * to two evaluations an iteration, O(4 n memory) besides; memory 2 n memory numbers.
 *
 * It converges when the gradient has fallen by `tolerance`, or when rounding allows no further progress. A line search
 * that fails from a gradient that has not fallen ends with the status "stalled": the gradient is then not that of the
 * cost, as a rule.
 * @param options `iterations` 500, `tolerance` 1e-10, `memory` 10 by default
 * @throws ArgumentError for an option outside its range
 * @see [LiuNocedal1989] [NocedalWright2006]
 */
export function lbfgs(options: Partial<LbfgsOptions> = {}): Minimizer {
  const { iterations = 500, tolerance = 1e-10, memory = 10 } = options;
  count({ iterations }, 1);
  nonNegative({ tolerance });
  count({ memory }, 1);
  const complete: LbfgsOptions = Object.freeze({ iterations, tolerance, memory });
  return minimizerOf("lbfgs", complete, (size, x0, control) => run(size, x0, control, complete));
}

function* run(size: number, x0: Float64Array, control: MinimizeControl, options: LbfgsOptions): Search {
  const recorder = new Recorder(size, x0, control);
  let here = recorder.point(x0);
  let next = recorder.point(x0);
  const direction = new Float64Array(x0.length);
  let memory = emptyMemory();
  yield* recorder.evaluateStart(here);
  const startNorm = here.gradientNorm;
  for (let iteration = 0; ; iteration++) {
    recorder.consider(here);
    const stop = recorder.record(here);
    const end = ended(recorder, here, iteration, startNorm, stop, options);
    if (end !== undefined) return end;
    let found = yield* search(recorder, here, next, direction, memory);
    if (!found.ok && memory.steps.length > 0) {
      memory = emptyMemory();
      found = yield* search(recorder, here, next, direction, memory);
    }
    if (!found.ok) {
      if (found.cause === "not-finite")
        throw new NumericalError("cost", `no finite cost along the search direction at iteration ${iteration}`);
      return stuck(recorder, here, found.gain, startNorm, iteration);
    }
    const s = next.x.map((value, i) => value - here.x[i]!);
    const y = next.gradient.map((value, i) => value - here.gradient[i]!);
    remember(memory, s, y, options.memory);
    [here, next] = [next, here];
  }
}

/** Goes from `here` along the quasi-Newton direction, or downhill if that isn't a descent direction, to `next`. */
function* search(
  recorder: Recorder,
  here: Point,
  next: Point,
  direction: Float64Array,
  memory: Memory,
): Search<LineSearchResult> {
  quasiNewtonDirection(memory, here.gradient, direction);
  const slope = dot(direction, here.gradient);
  let first = 1;
  if (memory.steps.length === 0 || !(slope < -1e-14 * norm(direction) * here.gradientNorm)) {
    for (let i = 0; i < direction.length; i++) direction[i] = -here.gradient[i]! / here.gradientNorm;
    first = Math.min(1, here.gradientNorm);
  }
  return yield* alongLine(recorder, here, next, direction, first);
}
