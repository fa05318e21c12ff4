import type { CompileOptions } from "../../engine/execute/index.ts";
import type { Tensor } from "../../engine/graph/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";

/** A value or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

/** What is made of a value, when it is there. */
export function whenReady<T, U>(value: Awaitable<T>, make: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(make) : make(value);
}

/**
 * A map from states to states or from states to observations. States are flat vectors here; `inShape` and `outShape` say
 * how they are shaped for `traced` and for pictures. Results are fresh arrays.
 */
export interface Operator {
  readonly name: string;
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  /** Number of elements of `inShape` and of `outShape`. */
  readonly inSize: number;
  readonly outSize: number;
  /** Whether the map is linear (no constant part). */
  readonly linear: boolean;
  /** Which element of the state each element of the result is, for maps that only pick. */
  readonly indices?: readonly number[];
  /** The map at time `t` (default 0; autonomous maps ignore it). */
  apply(x: Float64Array, t?: number): Awaitable<Float64Array>;
  /** The map on each row: [members, inSize] to [members, outSize]. */
  applyBatch(X: NdArray, t?: number): Awaitable<NdArray>;
  /** Tangent-linear map at x on each row of dX: [k, inSize] to [k, outSize]. Missing when there is no derivative. */
  tangentBatch?(x: Float64Array, dX: NdArray, t?: number): Awaitable<NdArray>;
  /** Tangent-linear map at x. */
  tangent?(x: Float64Array, dx: Float64Array, t?: number): Awaitable<Float64Array>;
  /** Adjoint of the tangent-linear map at x. */
  adjoint?(x: Float64Array, dy: Float64Array, t?: number): Awaitable<Float64Array>;
  /** The same map, computed elsewhere or otherwise; missing for plain functions. It may answer with promises. */
  withCompute?(compute: CompileOptions): Operator;
  /** The map on symbolic tensors of `inShape`, for fusion into larger graphs; `t` is a scalar. */
  traced?(x: Tensor, t: Tensor): Tensor;
}
