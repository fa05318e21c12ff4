import type { Taper } from "./taper.ts";

/** All or nothing: one up to the radius, zero beyond. Not a positive definite function. */
export const box: Taper = {
  name: "box",
  support: (radius) => radius,
  value: (distance, radius) => (distance <= radius ? 1 : 0),
};
