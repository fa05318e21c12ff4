import { ArgumentError } from "../../engine/errors/index.ts";
import type { Tensor } from "../../engine/graph/index.ts";
import { type NdArray, sizeOf } from "../../engine/tensor/index.ts";
import { checkBatch, checkVector } from "./check.ts";
import type { TracedOperator } from "./traced.ts";

/** A linear operator that picks elements of the state; `indices` says which. O(m), nothing is multiplied. */
export interface PickingOperator extends TracedOperator {
  readonly indices: readonly number[];
}

/** All elements as they are. */
export function identityOperator(shape: number | readonly number[]): PickingOperator {
  const inShape = typeof shape === "number" ? [shape] : [...shape];
  const size = sizeOf(inShape);
  const all = Array.from({ length: size }, (_, i) => i);
  return picking("identity", inShape, inShape, all, (x) => x);
}

/**
 * The elements at `indices` of a state of n, in that order; an index may come again.
 * @throws ArgumentError for an index outside 0 … n − 1, or none at all
 */
export function indicesOperator(n: number, indices: ArrayLike<number>): PickingOperator {
  const list = Array.from(indices);
  if (list.length === 0) throw new ArgumentError("indices", "expected at least one index, got none");
  list.forEach((index, i) => {
    if (!Number.isInteger(index) || index < 0 || index >= n)
      throw new ArgumentError(`indices[${i}]`, `expected an integer from 0 to ${n - 1}, got ${index}`);
  });
  return picking("indices", [n], [list.length], list, (x) => x.reshape([n]).take(list));
}

/**
 * Every `step`-th element of a state of n, from `offset` on.
 * @throws ArgumentError unless step is a positive integer and offset an index
 */
export function everyOperator(n: number, step: number, offset = 0): PickingOperator {
  if (!Number.isInteger(step) || step < 1) throw new ArgumentError("step", `expected a positive integer, got ${step}`);
  if (!Number.isInteger(offset) || offset < 0 || offset >= n)
    throw new ArgumentError("offset", `expected an integer from 0 to ${n - 1}, got ${offset}`);
  const count = Math.ceil((n - offset) / step);
  const list = Array.from({ length: count }, (_, i) => offset + i * step);
  return picking("every", [n], [count], list, (x) => x.reshape([n]).slice([offset], [undefined], [step]));
}

function picking(
  name: string,
  inShape: readonly number[],
  outShape: readonly number[],
  indices: readonly number[],
  traced: (x: Tensor) => Tensor,
): PickingOperator {
  const [n, m] = [sizeOf(inShape), indices.length];
  const apply = (x: Float64Array): Float64Array => {
    checkVector(`${name}: x`, x, n);
    const out = new Float64Array(m);
    for (let i = 0; i < m; i++) out[i] = x[indices[i]!]!;
    return out;
  };
  const applyBatch = (X: NdArray): NdArray => {
    const rows = checkBatch(`${name}: X`, X, n);
    const out = new Float64Array(rows * m);
    for (let row = 0; row < rows; row++) for (let i = 0; i < m; i++) out[row * m + i] = X.data[row * n + indices[i]!]!;
    return { data: out, shape: [rows, m] };
  };
  return Object.freeze({
    name,
    inShape,
    outShape,
    inSize: n,
    outSize: m,
    linear: true,
    indices,
    apply,
    applyBatch,
    tangentBatch: (_: Float64Array, dX: NdArray): NdArray => applyBatch(dX),
    tangent: (_: Float64Array, dx: Float64Array): Float64Array => apply(dx),
    adjoint: (_: Float64Array, dy: Float64Array): Float64Array => {
      checkVector(`${name}: dy`, dy, m);
      const out = new Float64Array(n);
      for (let i = 0; i < m; i++) out[indices[i]!]! += dy[i]!;
      return out;
    },
    traced,
  });
}
