import { CapabilityError, ShapeError } from "../../engine/errors/index.ts";
import type { CompileOptions, Executable } from "../../engine/execute/index.ts";
import { call, type Graph, jvp, type Tensor, trace, vjp, vmap } from "../../engine/graph/index.ts";
import { type NdArray, shapeText, sizeOf } from "../../engine/tensor/index.ts";
import { batchedGraph } from "./batch.ts";
import { checkBatch, checkVector } from "./check.ts";
import { compiled, firstResult } from "./compiled.ts";
import { type Awaitable, type Operator, whenReady } from "./operator.ts";

/** An operator that has a formula and answers at once: everything is derived from `traced`. */
export interface TracedOperator extends Operator {
  apply(x: Float64Array, t?: number): Float64Array;
  applyBatch(X: NdArray, t?: number): NdArray;
  tangentBatch(x: Float64Array, dX: NdArray, t?: number): NdArray;
  tangent(x: Float64Array, dx: Float64Array, t?: number): Float64Array;
  adjoint(x: Float64Array, dy: Float64Array, t?: number): Float64Array;
  traced(x: Tensor, t: Tensor): Tensor;
}

export interface TracedOperatorOptions {
  readonly name: string;
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  /** Whether `fn` is linear in x, without a constant part; false by default. */
  readonly linear?: boolean;
  /** The map on symbolic tensors: x of `inShape` and the scalar time to a result of `outShape` (or as many elements). */
  fn(x: Tensor, t: Tensor): Tensor;
}

/** An operator with all of its derivatives, some of which may answer with promises. */
export type ComputedOperator = Required<Omit<Operator, "indices">>;

/**
 * An operator from a formula on symbolic tensors. It is differentiated and compiled when first needed: one executable
 * for the map, its tangent and its adjoint, and one for each size of a batch, all kept. Batches of cheap formulas are a loop
 * over members around the map, so that a time loop inside it stays the inner one; those with matrix products or convolutions
 * of some size go through it as one batch.
 * @throws ShapeError (at the first use) when `fn` gives another number of elements than `outShape` has
 */
export function tracedOperator(options: TracedOperatorOptions): TracedOperator {
  const base = computedOperator(options, {});
  const { name } = options;
  return Object.freeze({
    ...base,
    apply: (x: Float64Array, t?: number): Float64Array => now(name, base.apply(x, t)),
    applyBatch: (X: NdArray, t?: number): NdArray => now(name, base.applyBatch(X, t)),
    tangentBatch: (x: Float64Array, dX: NdArray, t?: number): NdArray => now(name, base.tangentBatch(x, dX, t)),
    tangent: (x: Float64Array, dx: Float64Array, t?: number): Float64Array => now(name, base.tangent(x, dx, t)),
    adjoint: (x: Float64Array, dy: Float64Array, t?: number): Float64Array => now(name, base.adjoint(x, dy, t)),
  });
}

/** As {@link tracedOperator}, computed as `compute` says: with promises where that can't answer at once. */
export function computedOperator(options: TracedOperatorOptions, compute: CompileOptions): ComputedOperator {
  const { name, inShape, outShape, linear = false, fn } = options;
  const [inSize, outSize] = [sizeOf(inShape), sizeOf(outShape)];
  const executables = new Map<string, Executable>();
  const use = (key: string, build: () => Graph): Executable => {
    const made = executables.get(key) ?? compiled(build, compute);
    executables.set(key, made);
    return made;
  };
  const flat = (x: Tensor, t: Tensor): Tensor => {
    const y = fn(x.reshape(inShape), t);
    if (sizeOf(y.shape) !== outSize)
      throw new ShapeError(name, `expected a result of shape ${shapeText(outShape)}, got ${shapeText(y.shape)}`);
    return y.reshape([outSize]);
  };
  let known: Graph | undefined;
  const graph = (): Graph => {
    known ??= trace(flat, [
      { shape: [inSize], name: `${name}: x` },
      { shape: [], name: "t" },
    ]);
    return known;
  };
  const tangentGraph = (): Graph => {
    const both = jvp(graph(), [0]);
    return trace((x, t, dx) => call(both, [x, t, dx])[1]!, [[inSize], [], [inSize]]);
  };
  const adjointGraph = (): Graph => {
    const both = vjp(graph(), [0]);
    return trace((x, t, dy) => call(both, [x, t, dy])[1]!, [[inSize], [], [outSize]]);
  };
  return Object.freeze({
    name,
    inShape: [...inShape],
    outShape: [...outShape],
    inSize,
    outSize,
    linear,
    apply(x: Float64Array, t = 0): Awaitable<Float64Array> {
      checkVector(`${name}: x`, x, inSize);
      return whenReady(firstResult(use("apply", graph), [x, t]), dataOf);
    },
    applyBatch(X: NdArray, t = 0): Awaitable<NdArray> {
      const members = checkBatch(`${name}: X`, X, inSize);
      if (members === 0) return { data: new Float64Array(0), shape: [0, outSize] };
      return batchedGraph(graph(), compute, X, t, outSize, (rows, build) => use(`batch ${rows}`, build));
    },
    tangentBatch(x: Float64Array, dX: NdArray, t = 0): Awaitable<NdArray> {
      checkVector(`${name}: x`, x, inSize);
      const rows = checkBatch(`${name}: dX`, dX, inSize);
      if (rows === 0) return { data: new Float64Array(0), shape: [0, outSize] };
      const build = (): Graph => vmap(tangentGraph(), rows, [false, false, true]);
      return firstResult(use(`tangents ${rows}`, build), [x, t, dX]);
    },
    tangent(x: Float64Array, dx: Float64Array, t = 0): Awaitable<Float64Array> {
      checkVector(`${name}: x`, x, inSize);
      checkVector(`${name}: dx`, dx, inSize);
      return whenReady(firstResult(use("tangent", tangentGraph), [x, t, dx]), dataOf);
    },
    adjoint(x: Float64Array, dy: Float64Array, t = 0): Awaitable<Float64Array> {
      checkVector(`${name}: x`, x, inSize);
      checkVector(`${name}: dy`, dy, outSize);
      return whenReady(firstResult(use("adjoint", adjointGraph), [x, t, dy]), dataOf);
    },
    withCompute: (other: CompileOptions): Operator => computedOperator(options, other),
    traced: (x: Tensor, t: Tensor): Tensor => fn(x, t),
  });
}

function dataOf({ data }: NdArray): Float64Array {
  return data;
}

/** @throws CapabilityError for a promise */
function now<T>(name: string, value: Awaitable<T>): T {
  if (value instanceof Promise) throw new CapabilityError(name, "answers with promises here: use withCompute");
  return value;
}
