import type { NdArray } from "../../tensor/index.ts";
import { make } from "../builder.ts";
import type { AttributeTypes, Node, Primitive } from "../node.ts";
import { broadcastTo, div, equal, full, mul, reshape, sum, where } from "../ops.ts";

type ReductionName = "sum" | "max" | "min";

/** The reduced shape with extents of 1, as needed to broadcast a result back. */
function kept(shape: readonly number[], axes: readonly number[]): number[] {
  return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
}

function expand(reduced: Node, shape: readonly number[], axes: readonly number[]): Node {
  return broadcastTo(reshape(reduced, kept(shape, axes)), shape);
}

function evaluate(
  x: NdArray,
  axes: readonly number[],
  start: number,
  combine: (total: number, value: number) => number,
): Float64Array {
  const strides: number[] = [];
  let size = 1;
  for (let axis = x.shape.length - 1; axis >= 0; axis--) {
    strides[axis] = axes.includes(axis) ? 0 : size;
    if (!axes.includes(axis)) size *= x.shape[axis]!;
  }
  const out = new Float64Array(size).fill(start);
  const index = x.shape.map(() => 0);
  for (let i = 0; i < x.data.length; i++) {
    let at = 0;
    for (let axis = 0; axis < index.length; axis++) at += index[axis]! * strides[axis]!;
    out[at] = combine(out[at]!, x.data[i]!);
    for (let axis = index.length - 1; axis >= 0 && ++index[axis]! === x.shape[axis]; axis--) index[axis] = 0;
  }
  return out;
}

function reduction(
  op: ReductionName,
  start: number,
  combine: (total: number, value: number) => number,
  rules: Pick<Primitive<ReductionName>, "jvp" | "vjp" | "simplify">,
): Primitive<ReductionName> {
  return {
    infer: ([x], { axes }) => ({
      shape: x!.shape.filter((_, axis) => !axes.includes(axis)),
      dtype: x!.dtype === "bool" ? "float64" : x!.dtype,
    }),
    ...rules,
    batch: (node, [x]) => make(op, [x!], { axes: node.attributes.axes.map((axis) => axis + 1) }),
    evaluate: (node, [x]) => evaluate(x!, node.attributes.axes, start, combine),
  };
}

/** Reduced over no axis, or over axes of extent 1 alone. */
function trivial([x]: readonly Node[], { axes }: AttributeTypes[ReductionName]): Node | undefined {
  return axes.every((axis) => x!.shape[axis] === 1)
    ? reshape(
        x!,
        x!.shape.filter((_, axis) => !axes.includes(axis)),
      )
    : undefined;
}

/** Extremes share their derivative evenly among ties. */
const extreme: Pick<Primitive<ReductionName>, "jvp" | "vjp" | "simplify"> = {
  simplify: trivial,
  jvp: (node, [x], output, [t]) => {
    if (t == null) return null;
    const { axes } = node.attributes;
    const winners = equal(x!, expand(output, x!.shape, axes));
    return div(sum(where(winners, t, full(t.shape, 0)), axes), sum(mul(winners, full(x!.shape, 1)), axes));
  },
  vjp: (node, [x], output, cotangent) => {
    const { axes } = node.attributes;
    const winners = equal(x!, expand(output, x!.shape, axes));
    const share = expand(div(cotangent, sum(mul(winners, full(x!.shape, 1)), axes)), x!.shape, axes);
    return [where(winners, share, full(x!.shape, 0))];
  },
};

export const sumPrimitive: Primitive<ReductionName> = reduction("sum", 0, (total, value) => total + value, {
  simplify: ([x], attributes) => {
    const plain = trivial([x!], attributes);
    if (plain !== undefined) return plain;
    if (x!.op === "sum") {
      const inner = x!.attributes.axes;
      const outer = x!.inputs[0]!.shape.map((_, axis) => axis).filter((axis) => !inner.includes(axis));
      return sum(x!.inputs[0]!, [...inner, ...attributes.axes.map((axis) => outer[axis]!)]);
    }
    return undefined;
  },
  jvp: (node, _inputs, _output, [t]) => (t == null ? null : sum(t, node.attributes.axes)),
  vjp: (node, [x], _output, cotangent) => [expand(cotangent, x!.shape, node.attributes.axes)],
});

export const maxPrimitive: Primitive<ReductionName> = reduction("max", -Infinity, Math.max, extreme);
export const minPrimitive: Primitive<ReductionName> = reduction("min", Infinity, Math.min, extreme);

/** Sums a cotangent over the axes along which its operand was broadcast. */
export function unbroadcast(cotangent: Node, shape: readonly number[]): Node {
  const extra = cotangent.shape.length - shape.length;
  const axes = cotangent.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < extra || (shape[axis - extra] === 1 && cotangent.shape[axis] !== 1));
  return reshape(sum(cotangent, axes), shape);
}
