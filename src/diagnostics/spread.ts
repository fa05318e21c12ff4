import type { ArrayLike64, NdArray } from "../engine/tensor/index.ts";
import { toEnsemble } from "./check.ts";

/**
 * Standard deviation of each variable over the members of `E` `[members, n]`, with the divisor `members − 1`.
 *
 * A NaN in a member makes that variable's result NaN. Two passes, so that a large mean costs no digits:
 * `O(members · n)`.
 * @returns shape `[n]`
 * @throws ShapeError unless `E` is `[members, n]` (or one variable's list) with at least two members
 */
export function standardDeviations(E: ArrayLike64): NdArray {
  const { data, shape } = toEnsemble(E, "E", 2);
  const [members, n] = [shape[0]!, shape[1]!];
  const mean = new Float64Array(n);
  const out = new Float64Array(n);
  for (let k = 0; k < members; k++) for (let i = 0; i < n; i++) mean[i]! += data[k * n + i]!;
  for (let i = 0; i < n; i++) mean[i]! /= members;
  for (let k = 0; k < members; k++)
    for (let i = 0; i < n; i++) {
      const anomaly = data[k * n + i]! - mean[i]!;
      out[i]! += anomaly * anomaly;
    }
  for (let i = 0; i < n; i++) out[i] = Math.sqrt(out[i]! / (members - 1));
  return { data: out, shape: [n] };
}

/**
 * Spread of an ensemble `[members, n]`: the root mean square over the variables of their standard deviations
 * (divisor `members − 1`). In a reliable ensemble its square agrees on average with the squared RMSE of the mean,
 * but for a factor `(members + 1) / members` [Fortin2014]. NaN members make it NaN. Cost `O(members · n)`.
 * @throws ShapeError as {@link standardDeviations}
 */
export function ensembleSpread(E: ArrayLike64): number {
  const { data } = standardDeviations(E);
  let sum = 0;
  for (const deviation of data) sum += deviation * deviation;
  return Math.sqrt(sum / data.length);
}
