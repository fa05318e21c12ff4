import type { MinimizeResult } from "./contract.ts";
import type { Point, Recorder } from "./recorder.ts";

/** A search that fails counts as convergence if the gradient has become this much smaller. */
const enough = 1e-3;
/** Steps over which neither cost nor gradient falls, at rounding level, before that counts as convergence. */
const patience = 5;
const rounding = 1e-15;

/** Whether the last steps changed the cost by rounding only, and did not halve the gradient. */
function stagnates(recorder: Recorder): boolean {
  const { history } = recorder;
  const now = history[history.length - 1];
  const before = history[history.length - 1 - patience];
  if (now === undefined || before === undefined) return false;
  const level = before.value - now.value <= rounding * Math.abs(now.value);
  return level && now.gradientNorm > 0.5 * before.gradientNorm;
}

/** The end of a search at a point that has been recorded, or nothing: it goes on. */
export function ended(
  recorder: Recorder,
  here: Point,
  iteration: number,
  startNorm: number,
  stop: string | undefined,
  { iterations, tolerance }: { readonly iterations: number; readonly tolerance: number },
): MinimizeResult | undefined {
  if (here.gradientNorm <= tolerance * startNorm)
    return recorder.result(here.x, iteration, "converged", `the gradient fell by ${tolerance}`);
  if (stagnates(recorder))
    return recorder.result(here.x, iteration, "converged", "cost and gradient fall no more: rounding level");
  if (stop !== undefined) return recorder.result(here.x, iteration, "stopped", stop);
  if (iteration === iterations)
    return recorder.result(here.x, iteration, "iteration-limit", `all ${iterations} iterations done`);
  return undefined;
}

/**
 * The end of a search that finds no lower cost downhill: rounding level, or a gradient that doesn't belong to the cost.
 * @param gain how much lower the cost could be by its curvature along the line
 */
export function stuck(
  recorder: Recorder,
  here: Point,
  gain: number,
  startNorm: number,
  iteration: number,
): MinimizeResult {
  if (here.gradientNorm <= enough * startNorm || gain <= 10 * Number.EPSILON * Math.abs(here.value))
    return recorder.result(here.x, iteration, "converged", "no lower cost along the gradient: rounding level");
  return recorder.result(
    here.x,
    iteration,
    "stalled",
    `no lower cost along the gradient, whose norm is ${here.gradientNorm} (${startNorm} at the start): does the gradient belong to the cost?`,
  );
}
