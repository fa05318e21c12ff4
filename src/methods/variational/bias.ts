import { ArgumentError } from "../../engine/errors/index.ts";
import { full } from "../../engine/graph/index.ts";
import { scalarCovariance } from "../../problem/covariance/index.ts";
import type { WindowBias } from "./window.ts";

export interface ConstantBiasOptions {
  /** Background variance of the bias. */
  readonly variance: number;
  /** Background of the bias at the start of a run; 0 by default. */
  readonly mean?: number;
}

/**
 * One bias that all observations share: y = H(x) + β + error. What each analysis finds is the background of the next, with the same variance.
 * @throws ArgumentError unless the variance is positive
 * @see [Dee2005]
 */
export function constantBias({ variance, mean = 0 }: ConstantBiasOptions): WindowBias {
  if (!(variance > 0 && variance < Number.POSITIVE_INFINITY))
    throw new ArgumentError("bias.variance", `expected a positive number, got ${variance}`);
  if (!Number.isFinite(mean)) throw new ArgumentError("bias.mean", `expected a finite number, got ${mean}`);
  return Object.freeze({
    mean: Float64Array.of(mean),
    covariance: scalarCovariance(1, variance),
    predictors: (_x, _t, operator) => full([1, operator.outSize], 1),
  } satisfies WindowBias);
}
