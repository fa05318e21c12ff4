import type { Taper } from "./taper.ts";

/** Ascending coefficients of the two pieces in z = distance / c; the second one has −2/(3z) as well. */
const inner = [1, 0, -5 / 3, 5 / 8, 1 / 2, -1 / 4];
const outer = [4, -5, 5 / 3, 5 / 8, -1 / 2, 1 / 12];

function polynomial(coefficients: readonly number[], z: number): number {
  let sum = 0;
  for (let power = coefficients.length - 1; power >= 0; power--) sum = sum * z + coefficients[power]!;
  return sum;
}

/**
 * The fifth-order piecewise rational function: smooth, positive definite in up to three dimensions, zero from 2c on. The radius
 * is c/1.82, where it is 0.634: it looks like a Gaussian of that standard deviation near 0.
 * @see [GaspariCohn1999] equation 4.10
 */
export const gaspariCohn: Taper = {
  name: "gaspari-cohn",
  support: (radius) => 3.64 * radius,
  value(distance, radius) {
    const z = distance / (1.82 * radius);
    if (z >= 2) return 0;
    return z <= 1 ? polynomial(inner, z) : Math.max(0, polynomial(outer, z) - 2 / (3 * z));
  },
};
