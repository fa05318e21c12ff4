import { CapabilityError } from "../../engine/errors/index.ts";
import { lbfgs, type MinimizeControl, type MinimizeResult, type Minimizer } from "../../engine/minimize/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Awaitable } from "../../problem/operators/index.ts";
import type { WindowResult } from "../method.ts";
import { type Posterior, type PosteriorOptions, posteriorOf } from "./posterior.ts";
import type { WindowCost, WindowProblem } from "./window.ts";
import type { WindowCosts } from "./window-cost.ts";

/** The analysis of a window. */
export interface WindowAnalysis {
  /** The analysed state at the window's start. */
  readonly state: Float64Array;
  readonly J: number;
  readonly Jb: number;
  readonly Jo: number;
  readonly minimization: MinimizeResult;
  /** The model's error after every step, [steps, n]: weak constraint. */
  readonly errors?: Float64Array;
  /** The coefficients of the observations' bias. */
  readonly bias?: Float64Array;
  /** The control at the minimum. */
  readonly control: Float64Array;
  /**
   * The covariance of the analysis at the window's start, from the Hessian at the minimum.
   * @throws CapabilityError for the state as control, operators without derivatives, or where only promises are given
   */
  posterior(options?: PosteriorOptions): Covariance;
  /** All of it, wherever the cost is computed. */
  posteriorRoot(options?: PosteriorOptions): Awaitable<Posterior>;
}

/** The minimiser used when none is given: L-BFGS. */
export function defaultMinimizer(): Minimizer {
  return lbfgs();
}

/**
 * Minimises a window's cost from its background, at once.
 * @throws CapabilityError when the cost is computed where only promises are given
 */
export function solveWindow(
  costs: WindowCosts,
  problem: WindowProblem,
  minimizer: Minimizer,
  control?: MinimizeControl,
): WindowAnalysis {
  const cost = costs.cost(problem);
  const minimization = minimizer.minimize(cost, cost.start(), control);
  cost.evaluate(minimization.x);
  return analysisOf(problem, cost, minimization);
}

/** As {@link solveWindow}, wherever the cost is computed. */
export async function solveWindowAsync(
  costs: WindowCosts,
  problem: WindowProblem,
  minimizer: Minimizer,
  control?: MinimizeControl,
): Promise<WindowAnalysis> {
  const cost = costs.cost(problem);
  const { size, evaluateAsync, curvatureAsync } = cost;
  if (evaluateAsync === undefined) return solveWindow(costs, problem, minimizer, control);
  const objective = {
    size,
    evaluate: evaluateAsync,
    parts: () => cost.parts(),
    ...(curvatureAsync && { curvature: curvatureAsync }),
  };
  const minimization = await minimizer.minimizeAsync(objective, cost.start(), control);
  await evaluateAsync(minimization.x);
  return analysisOf(problem, cost, minimization);
}

function analysisOf(problem: WindowProblem, cost: WindowCost, minimization: MinimizeResult): WindowAnalysis {
  const { Jb, Jo } = cost.parts();
  const posteriorRoot = (options?: PosteriorOptions): Awaitable<Posterior> =>
    posteriorOf("posterior", problem, cost, minimization.x, options);
  return {
    ...(cost.unknowns?.(minimization.x) ?? { state: cost.state(minimization.x) }),
    J: minimization.value,
    Jb,
    Jo,
    minimization,
    control: minimization.x,
    posterior(options) {
      const found = posteriorRoot(options);
      if (found instanceof Promise) throw new CapabilityError("posterior", "answers with promises here");
      return found.covariance;
    },
    posteriorRoot,
  };
}

/** What a cycle says of its window. */
export function windowResult(
  index: number,
  startStep: number,
  startTime: number,
  { state, bias, minimization }: Pick<WindowAnalysis, "state" | "bias" | "minimization">,
): WindowResult {
  return {
    index,
    start: state,
    startTime,
    startStep,
    history: minimization.history.map(({ iteration, value, parts, gradientNorm }) => [
      iteration,
      value,
      parts?.Jb ?? 0,
      parts?.Jo ?? 0,
      gradientNorm,
    ]),
    converged: minimization.status === "converged" || minimization.status === "early-stop",
    reason: minimization.reason,
    ...(bias !== undefined && { bias }),
  };
}
