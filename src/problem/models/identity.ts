import { type TracedModel, tracedModel } from "./traced.ts";

export interface IdentityOptions {
  readonly size: number;
  /** Time units of a step, 1 by default. */
  readonly dt?: number;
}

/**
 * The model that stands still: for a single analysis, or for constants seen again and again.
 * @throws ArgumentError unless the size is a positive integer
 */
export function identityModel({ size, dt = 1 }: IdentityOptions): TracedModel {
  return tracedModel({ name: "identity", shape: [size], dt, linear: true, options: { size, dt }, step: (x) => x });
}
