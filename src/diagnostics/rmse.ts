import { type ArrayLike64, toNdArray } from "../engine/tensor/index.ts";
import { toVector } from "./check.ts";

/**
 * Root mean square error `sqrt(mean_i (estimate_i − truth_i)²)` over all the entries of two arrays of one size.
 *
 * A NaN in `truth` means unknown: that entry is left out. A NaN in `estimate` makes the result NaN, because a missing
 * estimate is a failure. Without any known entry the result is NaN. Cost `O(n)`.
 * @throws ShapeError if the sizes differ
 */
export function rmse(estimate: ArrayLike64, truth: ArrayLike64): number {
  const a = toNdArray(estimate, "estimate").data;
  const b = toVector(truth, "truth", a.length);
  let sum = 0;
  let known = 0;
  for (let i = 0; i < a.length; i++) {
    const expected = b[i]!;
    if (Number.isNaN(expected)) continue;
    const error = a[i]! - expected;
    sum += error * error;
    known++;
  }
  return Math.sqrt(sum / known);
}
