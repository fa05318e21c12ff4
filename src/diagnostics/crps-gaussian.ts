import { ArgumentError } from "../engine/errors/index.ts";
import { type ArrayLike64, toNdArray } from "../engine/tensor/index.ts";
import { toVector } from "./check.ts";
import { gammaP } from "./gamma.ts";

/**
 * Continuous ranked probability score of the normal distributions `N(mean_i, std_i²)`, averaged over the variables, in
 * closed form `σ (z (2Φ(z) − 1) + 2φ(z) − 1/√π)`, `z = (truth − mean)/σ` [Gneiting2007]. `std = 0` gives the absolute
 * error.
 *
 * A NaN in `truth` means unknown: that variable is left out; NaN elsewhere makes the result NaN. Cost `O(n)`.
 * @param mean `[n]` @param std `[n]`, not negative @param truth `[n]`
 * @throws ShapeError if the sizes differ
 * @throws ArgumentError for a negative standard deviation
 */
export function crpsGaussian(mean: ArrayLike64, std: ArrayLike64, truth: ArrayLike64): number {
  const centre = toNdArray(mean, "mean").data;
  const deviation = toVector(std, "std", centre.length);
  const y = toVector(truth, "truth", centre.length);
  let sum = 0;
  let known = 0;
  for (let i = 0; i < y.length; i++) {
    const sigma = deviation[i]!;
    if (sigma < 0) throw new ArgumentError("std", `expected standard deviations of at least 0, got ${sigma}`);
    if (Number.isNaN(y[i]!)) continue;
    const error = Math.abs(y[i]! - centre[i]!);
    const z = error / sigma;
    // erf(z/√2) = P(1/2, z²/2). Far out (or at σ = 0) the score is |error| − σ/√π to the last bit.
    const score =
      sigma === 0 || z > 40
        ? error - sigma / Math.sqrt(Math.PI)
        : error * gammaP(0.5, (z * z) / 2) + (sigma * (Math.SQRT2 * Math.exp((-z * z) / 2) - 1)) / Math.sqrt(Math.PI);
    sum += score;
    known++;
  }
  return sum / known;
}
