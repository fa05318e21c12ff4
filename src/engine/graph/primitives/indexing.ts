import { ShapeError } from "../../errors/index.ts";
import { shapeText, sizeOf } from "../../tensor/index.ts";
import { make } from "../builder.ts";
import type { Node, Primitive } from "../node.ts";
import { array, concat, full, scatterAdd, slice, take } from "../ops.ts";
import { alignBatch, promote } from "./elementwise.ts";
import { gather, linear } from "./linear.ts";
import { joinSlices } from "./shape.ts";

/** Most parts of a concatenation made of concatenations: doubling something forty times shall not write it out. */
const MOST_PARTS = 1024;

/** Start of each part along the axis, the whole extent last. */
function offsets(parts: readonly { readonly shape: readonly number[] }[], axis: number): number[] {
  const starts = [0];
  for (const part of parts) starts.push(starts.at(-1)! + part.shape[axis]!);
  return starts;
}

export const concatPrimitive: Primitive<"concat"> = {
  infer: (parts, { axis }) => {
    const first = parts[0]!;
    for (const part of parts) {
      if (
        part.shape.length !== first.shape.length ||
        part.shape.some((extent, i) => i !== axis && extent !== first.shape[i])
      )
        throw new ShapeError(
          "concat",
          `expected shapes equal but for axis ${axis}, got ${shapeText(first.shape)} and ${shapeText(part.shape)}`,
        );
    }
    return {
      shape: first.shape.map((extent, i) => (i === axis ? offsets(parts, axis).at(-1)! : extent)),
      dtype: parts.every((part) => part.dtype === first.dtype) ? first.dtype : promote(parts),
    };
  },
  simplify: (parts, { axis }) => {
    if (parts.length === 1) return parts[0];
    const filled = parts.filter((part) => part.shape[axis] !== 0);
    if (filled.length > 0 && filled.length < parts.length) return concat(filled, axis);
    const inner = (part: Node): readonly Node[] =>
      part.op === "concat" && part.attributes.axis === axis ? part.inputs : [part];
    const count = parts.reduce((total, part) => total + inner(part).length, 0);
    if (count > parts.length && count <= MOST_PARTS) return concat(parts.flatMap(inner), axis);
    return joinSlices(parts, axis);
  },
  jvp: (node, inputs, _output, tangents) =>
    tangents.every((tangent) => tangent === null)
      ? null
      : concat(
          tangents.map((tangent, i) => tangent ?? full(inputs[i]!.shape, 0)),
          node.attributes.axis,
        ),
  vjp: (node, inputs, _output, cotangent) => {
    const { axis } = node.attributes;
    const starts = offsets(inputs, axis);
    return inputs.map((_, i) =>
      slice(
        cotangent,
        node.shape.map((_, own) => (own === axis ? starts[i]! : 0)),
        node.shape.map((extent, own) => (own === axis ? starts[i + 1]! : extent)),
      ),
    );
  },
  batch: (node, inputs, batched, size) =>
    make("concat", alignBatch(node, inputs, batched, size), { axis: node.attributes.axis + 1 }),
  evaluate: (node, inputs) => {
    const { axis } = node.attributes;
    const out = new Float64Array(sizeOf(node.shape));
    const outer = sizeOf(node.shape.slice(0, axis));
    const row = sizeOf(node.shape.slice(axis));
    let at = 0;
    for (const input of inputs) {
      const width = sizeOf(input.shape.slice(axis));
      for (let i = 0; i < outer; i++) out.set(input.data.subarray(i * width, (i + 1) * width), i * row + at);
      at += width;
    }
    return out;
  },
};

export const takePrimitive: Primitive<"take"> = linear<"take">({
  shape: (shape, { axis, indices }) => shape.map((extent, own) => (own === axis ? indices.length : extent)),
  apply: (x, { axis, indices }) => take(x, indices, axis),
  transpose: (node, g) =>
    scatterAdd(g, node.attributes.indices, node.inputs[0]!.shape[node.attributes.axis]!, node.attributes.axis),
  batch: (x, node) => take(x, node.attributes.indices, node.attributes.axis + 1),
  evaluate: (node, x) => {
    const { axis, indices } = node.attributes;
    return gather(node.shape, x, (index) => index.map((i, own) => (own === axis ? indices[i]! : i)));
  },
  simplify: (x, { axis, indices }) => {
    const step = indices.length > 1 ? indices[1]! - indices[0]! : 1;
    if (indices.length === 0 || step < 1 || indices.some((index, i) => i > 0 && index - indices[i - 1]! !== step))
      return undefined;
    const only = (value: number, other: (extent: number) => number): number[] =>
      x.shape.map((extent, own) => (own === axis ? value : other(extent)));
    return slice(
      x,
      only(indices[0]!, () => 0),
      only(indices[indices.length - 1]! + 1, (extent) => extent),
      only(step, () => 1),
    );
  },
});

export const scatterAddPrimitive: Primitive<"scatterAdd"> = linear<"scatterAdd">({
  shape: (shape, { axis, size }) => shape.map((extent, own) => (own === axis ? size : extent)),
  apply: (x, { axis, indices, size }) => scatterAdd(x, indices, size, axis),
  transpose: (node, g) => take(g, node.attributes.indices, node.attributes.axis),
  batch: (x, node) => scatterAdd(x, node.attributes.indices, node.attributes.size, node.attributes.axis + 1),
  evaluate: (node, x) => {
    const { axis, indices, size } = node.attributes;
    const inner = sizeOf(x.shape.slice(axis + 1));
    const outer = sizeOf(x.shape.slice(0, axis));
    const out = new Float64Array(sizeOf(node.shape));
    for (let o = 0; o < outer; o++) {
      indices.forEach((index, j) => {
        for (let i = 0; i < inner; i++)
          out[(o * size + index) * inner + i]! += x.data[(o * indices.length + j) * inner + i]!;
      });
    }
    return out;
  },
});

/** A constant tensor's rows, as used by transforms that need the identity matrix. */
export function identityMatrix(size: number): Node {
  const data = new Float64Array(size * size);
  for (let i = 0; i < size; i++) data[i * size + i] = 1;
  return array(data, [size, size]);
}
