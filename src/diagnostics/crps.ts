import type { ArrayLike64 } from "../engine/tensor/index.ts";
import { toEnsemble, toVector } from "./check.ts";

/**
 * Continuous ranked probability score `∫ (F(z) − 1[z ≥ truth])² dz` of an ensemble, averaged over the variables.
 *
 * `F` is the step function of the members (the plain, not the fair, score): for one member it is the absolute error.
 * Lower is better; the unit is that of the variable. Computed as the sum over the gaps between ordered members
 * [Hersbach2000], in which all terms are positive: `O(n · members · log members)`.
 *
 * A NaN in `truth` means unknown: that variable is left out, and without any known variable the result is NaN. A NaN
 * in a member of a known variable makes the result NaN.
 * @param E `[members, n]`, or a list of members of one variable
 * @param truth `[n]`
 * @throws ShapeError if the shapes don't fit
 */
export function crps(E: ArrayLike64, truth: ArrayLike64): number {
  const { data, shape } = toEnsemble(E, "E", 1);
  const [members, n] = [shape[0]!, shape[1]!];
  const y = toVector(truth, "truth", n);
  const sorted = new Float64Array(members);
  let sum = 0;
  let known = 0;
  for (let i = 0; i < n; i++) {
    if (Number.isNaN(y[i]!)) continue;
    for (let k = 0; k < members; k++) sorted[k] = data[k * n + i]!;
    sum += crpsSorted(sorted.sort(), y[i]!);
    known++;
  }
  return sum / known;
}

function crpsSorted(members: Float64Array, truth: number): number {
  const size = members.length;
  const [lowest, highest] = [members[0]!, members[size - 1]!];
  if (Number.isNaN(highest)) return Number.NaN;
  let sum = Math.max(lowest - truth, 0) + Math.max(truth - highest, 0);
  for (let k = 1; k < size; k++) {
    const [left, right] = [members[k - 1]!, members[k]!];
    const split = Math.min(Math.max(truth, left), right);
    const below = k / size;
    sum += (split - left) * below * below + (right - split) * (1 - below) * (1 - below);
  }
  return sum;
}
