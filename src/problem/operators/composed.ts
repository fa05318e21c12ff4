import { ShapeError } from "../../engine/errors/index.ts";
import type { CompileOptions } from "../../engine/execute/index.ts";
import type { Tensor } from "../../engine/graph/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { type Awaitable, type Operator, whenReady } from "./operator.ts";
import { tracedOperator } from "./traced.ts";

/**
 * One operator after another, x ↦ outer(inner(x)) at the same time: an observation operator on decoded states, say. One graph
 * when both have formulas; else with as many derivatives as both have, by the chain rule.
 * @throws ShapeError when the inner one's result isn't what the outer one takes
 */
export function composedOperator(outer: Operator, inner: Operator): Operator {
  const name = `${outer.name} ∘ ${inner.name}`;
  if (inner.outSize !== outer.inSize)
    throw new ShapeError(
      name,
      `expected "${outer.name}" to take the ${inner.outSize} numbers that "${inner.name}" gives, but it takes ${outer.inSize}`,
    );
  const { inShape, inSize } = inner;
  const { outShape, outSize } = outer;
  const linear = outer.linear && inner.linear;
  const [first, second] = [inner.traced?.bind(inner), outer.traced?.bind(outer)];
  if (first !== undefined && second !== undefined)
    return tracedOperator({
      name,
      inShape,
      outShape,
      linear,
      fn: (x: Tensor, t: Tensor) => second(first(x, t).reshape(outer.inShape), t),
    });
  const before = (x: Float64Array, t: number): Awaitable<Float64Array> => inner.apply(x, t);
  return Object.freeze({
    name,
    inShape,
    outShape,
    inSize,
    outSize,
    linear,
    apply: (x: Float64Array, t = 0) => whenReady(before(x, t), (z) => outer.apply(z, t)),
    applyBatch: (X: NdArray, t = 0) => whenReady(inner.applyBatch(X, t), (Z) => outer.applyBatch(Z, t)),
    ...(inner.tangentBatch &&
      outer.tangentBatch && {
        tangentBatch: (x: Float64Array, dX: NdArray, t = 0) =>
          whenReady(before(x, t), (z) =>
            whenReady(inner.tangentBatch!(x, dX, t), (dZ) => outer.tangentBatch!(z, dZ, t)),
          ),
      }),
    ...(inner.tangent &&
      outer.tangent && {
        tangent: (x: Float64Array, dx: Float64Array, t = 0) =>
          whenReady(before(x, t), (z) => whenReady(inner.tangent!(x, dx, t), (dz) => outer.tangent!(z, dz, t))),
      }),
    ...(inner.adjoint &&
      outer.adjoint && {
        adjoint: (x: Float64Array, dy: Float64Array, t = 0) =>
          whenReady(before(x, t), (z) => whenReady(outer.adjoint!(z, dy, t), (dz) => inner.adjoint!(x, dz, t))),
      }),
    withCompute: (compute: CompileOptions): Operator =>
      composedOperator(outer.withCompute?.(compute) ?? outer, inner.withCompute?.(compute) ?? inner),
  });
}
