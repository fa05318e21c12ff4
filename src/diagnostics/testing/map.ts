import type { Awaitable } from "../../problem/operators/index.ts";

/** A map with its derivatives, on flat vectors; it may answer with promises. */
export interface DifferentiableMap {
  apply(x: Float64Array): Awaitable<Float64Array>;
  /** The tangent-linear map at x. */
  tangent(x: Float64Array, dx: Float64Array): Awaitable<Float64Array>;
  /** The adjoint of the tangent-linear map at x. */
  adjoint(x: Float64Array, dy: Float64Array): Awaitable<Float64Array>;
}
