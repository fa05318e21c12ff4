import { ShapeError } from "../../engine/errors/index.ts";
import type { Executable } from "../../engine/execute/index.ts";
import { call, type Graph, jvp, scan, type Tensor, trace, vjp, vmap } from "../../engine/graph/index.ts";
import { type NdArray, shapeText, sizeOf } from "../../engine/tensor/index.ts";
import { checkBatch, checkVector } from "./check.ts";
import { compiled } from "./compiled.ts";
import type { Operator } from "./operator.ts";

/** An operator that has a formula: everything is derived from `traced`. */
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

/**
 * An operator from a formula on symbolic tensors. It is differentiated and compiled when first needed: one executable
 * for the map, its tangent and its adjoint, and one for each size of a batch, all kept. Batches are a loop over members
 * around the map, so that a time loop inside it stays the inner one.
 * @throws ShapeError (at the first use) when `fn` gives another number of elements than `outShape` has
 */
export function tracedOperator(options: TracedOperatorOptions): TracedOperator {
  const { name, inShape, outShape, linear = false, fn } = options;
  const [inSize, outSize] = [sizeOf(inShape), sizeOf(outShape)];
  const executables = new Map<string, Executable>();
  const use = (key: string, build: () => Graph): Executable => {
    const found = executables.get(key);
    if (found !== undefined) return found;
    const made = compiled(build);
    executables.set(key, made);
    return made;
  };
  const flat = (x: Tensor, t: Tensor): Tensor => {
    const y = fn(x.reshape(inShape), t);
    if (sizeOf(y.shape) !== outSize)
      throw new ShapeError(name, `expected a result of shape ${shapeText(outShape)}, got ${shapeText(y.shape)}`);
    return y.reshape([outSize]);
  };
  const graph = (): Graph =>
    trace(flat, [
      { shape: [inSize], name: `${name}: x` },
      { shape: [], name: "t" },
    ]);
  const tangentGraph = (): Graph => {
    const both = jvp(graph(), [0]);
    return trace((x, t, dx) => call(both, [x, t, dx])[1]!, [[inSize], [], [inSize]]);
  };
  const adjointGraph = (): Graph => {
    const both = vjp(graph(), [0]);
    return trace((x, t, dy) => call(both, [x, t, dy])[1]!, [[inSize], [], [outSize]]);
  };
  const batchGraph = (members: number): Graph =>
    trace((X, t) => scan((_, [x]) => ({ ys: [flat(x!, t)] }), [], [X]).ys[0]!, [[members, inSize], []]);
  return Object.freeze({
    name,
    inShape: [...inShape],
    outShape: [...outShape],
    inSize,
    outSize,
    linear,
    apply(x: Float64Array, t = 0): Float64Array {
      checkVector(`${name}: x`, x, inSize);
      return use("apply", graph).runSync([x, t])[0]!.data;
    },
    applyBatch(X: NdArray, t = 0): NdArray {
      const members = checkBatch(`${name}: X`, X, inSize);
      if (members === 0) return { data: new Float64Array(0), shape: [0, outSize] };
      return use(`batch ${members}`, () => batchGraph(members)).runSync([X, t])[0]!;
    },
    tangentBatch(x: Float64Array, dX: NdArray, t = 0): NdArray {
      checkVector(`${name}: x`, x, inSize);
      const rows = checkBatch(`${name}: dX`, dX, inSize);
      if (rows === 0) return { data: new Float64Array(0), shape: [0, outSize] };
      const build = (): Graph => vmap(tangentGraph(), rows, [false, false, true]);
      return use(`tangents ${rows}`, build).runSync([x, t, dX])[0]!;
    },
    tangent(x: Float64Array, dx: Float64Array, t = 0): Float64Array {
      checkVector(`${name}: x`, x, inSize);
      checkVector(`${name}: dx`, dx, inSize);
      return use("tangent", tangentGraph).runSync([x, t, dx])[0]!.data;
    },
    adjoint(x: Float64Array, dy: Float64Array, t = 0): Float64Array {
      checkVector(`${name}: x`, x, inSize);
      checkVector(`${name}: dy`, dy, outSize);
      return use("adjoint", adjointGraph).runSync([x, t, dy])[0]!.data;
    },
    traced: (x: Tensor, t: Tensor): Tensor => fn(x, t),
  });
}
