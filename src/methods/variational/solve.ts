import { lbfgs, type MinimizeControl, type MinimizeResult, type Minimizer } from "../../engine/minimize/index.ts";
import type { WindowResult } from "../method.ts";
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
  return analysisOf(cost, minimization);
}

/** As {@link solveWindow}, wherever the cost is computed. */
export async function solveWindowAsync(
  costs: WindowCosts,
  problem: WindowProblem,
  minimizer: Minimizer,
  control?: MinimizeControl,
): Promise<WindowAnalysis> {
  const cost = costs.cost(problem);
  const { size, evaluateAsync } = cost;
  if (evaluateAsync === undefined) return solveWindow(costs, problem, minimizer, control);
  const objective = { size, evaluate: evaluateAsync, parts: () => cost.parts() };
  const minimization = await minimizer.minimizeAsync(objective, cost.start(), control);
  await evaluateAsync(minimization.x);
  return analysisOf(cost, minimization);
}

function analysisOf(cost: WindowCost, minimization: MinimizeResult): WindowAnalysis {
  const { Jb, Jo } = cost.parts();
  return { state: cost.state(minimization.x), J: minimization.value, Jb, Jo, minimization };
}

/** What a cycle says of its window. */
export function windowResult(
  index: number,
  startStep: number,
  startTime: number,
  { state, minimization }: Pick<WindowAnalysis, "state" | "minimization">,
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
  };
}
