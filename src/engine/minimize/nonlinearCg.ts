import { NumericalError } from "../errors/index.ts";
import { alongLine } from "./alongLine.ts";
import type { MinimizeControl, Minimizer } from "./contract.ts";
import { ended, stuck } from "./progress.ts";
import { Recorder } from "./recorder.ts";
import { minimizerOf, type Search } from "./search.ts";
import { dot } from "./twoLoop.ts";
import { count, nonNegative } from "./validate.ts";

/** Hyper-parameters of {@link nonlinearCg}. */
export interface NonlinearCgOptions {
  /** The most steps to take. */
  readonly iterations: number;
  /** Converged when the gradient's norm is at most this times that at the start. */
  readonly tolerance: number;
}

/** Lower bound of β, relative to the directions: keeps convergence global. */
const eta = 0.01;

/**
 * Nonlinear conjugate gradients: d ← −g + β d with Hager and Zhang's β, whose directions descend whatever the line search (strong Wolfe
 * conditions). One to two evaluations an iteration, five vectors of memory; `lbfgs` needs fewer iterations as a rule. Ends as `lbfgs` does.
 * @param options `iterations` 500, `tolerance` 1e-10 by default
 * @throws ArgumentError for an option outside its range
 * @see [HagerZhang2005]
 */
export function nonlinearCg(options: Partial<NonlinearCgOptions> = {}): Minimizer {
  const { iterations = 500, tolerance = 1e-10 } = options;
  count({ iterations }, 1);
  nonNegative({ tolerance });
  const complete: NonlinearCgOptions = Object.freeze({ iterations, tolerance });
  return minimizerOf("cg", complete, (size, x0, control) => run(size, x0, control, complete));
}

function* run(size: number, x0: Float64Array, control: MinimizeControl, options: NonlinearCgOptions): Search {
  const recorder = new Recorder(size, x0, control);
  let here = recorder.point(x0);
  let next = recorder.point(x0);
  yield* recorder.evaluateStart(here);
  const startNorm = here.gradientNorm;
  const direction = here.gradient.map((value) => -value);
  let first = Math.min(1, 1 / startNorm);
  let fresh = true;
  for (let iteration = 0; ; iteration++) {
    recorder.consider(here);
    const stop = recorder.record(here);
    const end = ended(recorder, here, iteration, startNorm, stop, options);
    if (end !== undefined) return end;
    let found = yield* alongLine(recorder, here, next, direction, first);
    if (!found.ok && !fresh) {
      here.gradient.forEach((value, i) => {
        direction[i] = -value;
      });
      found = yield* alongLine(recorder, here, next, direction, Math.min(1, 1 / here.gradientNorm));
    }
    if (!found.ok) {
      if (found.cause === "not-finite")
        throw new NumericalError("cost", `no finite cost along the search direction at iteration ${iteration}`);
      return stuck(recorder, here, found.gain, startNorm, iteration);
    }
    const slope = dot(direction, here.gradient);
    turn(direction, here.gradient, next.gradient);
    // The same first-order change as in the step before.
    first = (found.step * slope) / dot(direction, next.gradient);
    fresh = false;
    [here, next] = [next, here];
  }
}

/** d ← −g + β d, β = max((y − 2 d |y|²/dᵀy)ᵀ g / dᵀy, −1/(|d| min(η, |g_before|))). */
function turn(d: Float64Array, before: Float64Array, g: Float64Array): void {
  const y = g.map((value, i) => value - before[i]!);
  const dy = dot(d, y);
  const beta = (dot(y, g) - (2 * dot(y, y) * dot(d, g)) / dy) / dy;
  const bound = -1 / (Math.sqrt(dot(d, d)) * Math.min(eta, Math.sqrt(dot(before, before))));
  const factor = dy > 0 ? Math.max(beta, bound) : 0;
  for (let i = 0; i < d.length; i++) d[i] = -g[i]! + factor * d[i]!;
}
