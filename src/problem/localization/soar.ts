import type { Taper } from "./taper.ts";

/**
 * The second-order autoregressive function (1 + d/r) e^(−d/r): longer tails. It never vanishes; it is taken for zero from
 * 9.24 r on, where it is below 1e-3.
 * @see [GaspariCohn1999]
 */
export const soar: Taper = {
  name: "soar",
  support: (radius) => 9.24 * radius,
  value: (distance, radius) => (1 + distance / radius) * Math.exp(-distance / radius),
};
