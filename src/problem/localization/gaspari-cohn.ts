import type { Taper } from "./taper.ts";

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
    if (z <= 1) return (((-z / 4 + 1 / 2) * z + 5 / 8) * z - 5 / 3) * z * z + 1;
    return Math.max(0, ((((z / 12 - 1 / 2) * z + 5 / 8) * z + 5 / 3) * z - 5) * z + 4 - 2 / (3 * z));
  },
};
