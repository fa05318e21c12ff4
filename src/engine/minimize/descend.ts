import { ConvergenceError } from "../errors/index.ts";
import type { MinimizeControl } from "./contract.ts";
import { Recorder } from "./recorder.ts";
import type { Search } from "./search.ts";
import { count, nonNegative } from "./validate.ts";

/**
 * When to give up: the cost has not fallen by `tolerance` below the best one for more than `patience` iterations in a
 * row. The point at which that is noticed is neither put into the history nor left by a step (the rule of TorchDA).
 */
export interface EarlyStop {
  /** Iterations without progress that are forgiven. */
  readonly patience: number;
  /** How far the cost has to fall to count as progress, absolute. */
  readonly tolerance: number;
}

/** What {@link descend} needs to know of a method's options. */
export interface DescendOptions {
  readonly iterations: number;
  readonly earlyStop?: EarlyStop | undefined;
}

/** Changes x in place by the step that belongs to a gradient; `step` counts from 1. */
export type Update = (x: Float64Array, gradient: Float64Array, step: number) => void;

/**
 * The loop of all methods with steps of given size: evaluate, record, step. The history holds the cost before each
 * step. One evaluation an iteration.
 * @throws NumericalError, ConvergenceError, ShapeError as the contract says
 */
export function* descend(
  size: number,
  x0: Float64Array,
  control: MinimizeControl,
  options: DescendOptions,
  update: Update,
): Search {
  const recorder = new Recorder(size, x0, control);
  const point = recorder.point(x0);
  const { iterations, earlyStop } = options;
  let reference = Infinity;
  let remaining = 0;
  for (let n = 0; n < iterations; n++) {
    if (n === 0) yield* recorder.evaluateStart(point);
    else if (!(yield* recorder.evaluate(point)))
      throw new ConvergenceError(
        "cost",
        `the cost is ${point.value} and its gradient's norm ${point.gradientNorm} at iteration ${n}; try a smaller learning rate`,
        "convergence/diverged",
      );
    recorder.consider(point);
    if (earlyStop !== undefined) {
      if (n === 0 || !(reference - point.value < earlyStop.tolerance)) {
        reference = point.value;
        remaining = earlyStop.patience;
      } else if (remaining === 0) {
        const reason = `no decrease by ${earlyStop.tolerance} in more than ${earlyStop.patience} iterations`;
        return recorder.result(point.x, n, "early-stop", reason);
      } else remaining--;
    }
    const stop = recorder.record(point);
    if (stop !== undefined) return recorder.result(point.x, n, "stopped", stop);
    update(point.x, point.gradient, n + 1);
  }
  return recorder.result(point.x, iterations, "iteration-limit", `all ${iterations} iterations done`);
}

/** Checks and completes the options that all such methods share. */
export function descendOptions(options: Partial<DescendOptions>): DescendOptions {
  const { iterations = 1000, earlyStop } = options;
  count({ iterations }, 1);
  if (earlyStop === undefined) return { iterations };
  count({ "earlyStop.patience": earlyStop.patience }, 0);
  nonNegative({ "earlyStop.tolerance": earlyStop.tolerance });
  return { iterations, earlyStop: Object.freeze({ ...earlyStop }) };
}
