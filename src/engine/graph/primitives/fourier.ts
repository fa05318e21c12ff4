import { ShapeError } from "../../errors/index.ts";
import type { NdArray } from "../../tensor/index.ts";
import { shapeText, sizeOf } from "../../tensor/index.ts";
import type { Node, Primitive } from "../node.ts";
import { array, irfft, mul, rfft } from "../ops.ts";
import { linear } from "./linear.ts";

/** 1 for the mean and the Nyquist frequency of an even length, `inner` for those that stand for a conjugate pair. */
function weights(length: number, inner: number): Node {
  const bins = Math.floor(length / 2) + 1;
  const data = new Float64Array(bins).fill(inner);
  data[0] = 1;
  if (length % 2 === 0) data[bins - 1] = 1;
  return array(data, [bins, 1]);
}

/** Number of points of the transformed axes. */
function points(shape: readonly number[], dimensions: 1 | 2): number {
  return sizeOf(shape.slice(-dimensions));
}

/** Sum over the points of the last one or two axes, by definition: O(points · bins). */
function evaluateForward(x: NdArray, dimensions: 1 | 2): Float64Array {
  const n = x.shape.at(-1)!;
  const rows = dimensions === 2 ? x.shape.at(-2)! : 1;
  const bins = Math.floor(n / 2) + 1;
  const batches = sizeOf(x.shape) / (n * rows);
  const out = new Float64Array(batches * rows * bins * 2);
  for (let batch = 0; batch < batches; batch++) {
    for (let p = 0; p < rows; p++) {
      for (let q = 0; q < bins; q++) {
        let [re, im] = [0, 0];
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < n; j++) {
            const angle = -2 * Math.PI * (((p * i) % rows) / rows + ((q * j) % n) / n);
            const value = x.data[(batch * rows + i) * n + j]!;
            re += value * Math.cos(angle);
            im += value * Math.sin(angle);
          }
        }
        const at = ((batch * rows + p) * bins + q) * 2;
        out[at] = re;
        out[at + 1] = im;
      }
    }
  }
  return out;
}

function evaluateInverse(x: NdArray, n: number, dimensions: 1 | 2): Float64Array {
  const bins = x.shape.at(-2)!;
  const rows = dimensions === 2 ? x.shape.at(-3)! : 1;
  const batches = sizeOf(x.shape) / (rows * bins * 2);
  const out = new Float64Array(batches * rows * n);
  for (let batch = 0; batch < batches; batch++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < n; j++) {
        let total = 0;
        for (let p = 0; p < rows; p++) {
          for (let q = 0; q < bins; q++) {
            const angle = 2 * Math.PI * (((p * i) % rows) / rows + ((q * j) % n) / n);
            const at = ((batch * rows + p) * bins + q) * 2;
            const twice = q === 0 || 2 * q === n ? 1 : 2;
            total += twice * (x.data[at]! * Math.cos(angle) - x.data[at + 1]! * Math.sin(angle));
          }
        }
        out[(batch * rows + i) * n + j] = total / (n * rows);
      }
    }
  }
  return out;
}

export const rfftPrimitive: Primitive<"rfft"> = linear<"rfft">({
  shape: (shape, { dimensions }) => {
    if (shape.length < dimensions || shape.slice(-dimensions).includes(0))
      throw new ShapeError("rfft", `expected at least ${dimensions} axes, none of them empty, got ${shapeText(shape)}`);
    return [...shape.slice(0, -1), Math.floor(shape.at(-1)! / 2) + 1, 2];
  },
  apply: (x, { dimensions }) => rfft(x, dimensions),
  transpose: (node, g) => {
    const { dimensions } = node.attributes;
    const shape = node.inputs[0]!.shape;
    const n = shape.at(-1)!;
    return mul(irfft(mul(g, weights(n, 0.5)), n, dimensions), array(Float64Array.of(points(shape, dimensions)), []));
  },
  batch: (x, node) => rfft(x, node.attributes.dimensions),
  evaluate: (node, x) => evaluateForward(x, node.attributes.dimensions),
});

export const irfftPrimitive: Primitive<"irfft"> = linear<"irfft">({
  shape: (shape, { dimensions, length }) => {
    if (!Number.isInteger(length) || length < 1)
      throw new ShapeError("irfft", `expected a number of points ≥ 1, got ${length}`);
    if (
      shape.length < dimensions + 1 ||
      shape.slice(-dimensions - 1).includes(0) ||
      shape.at(-1) !== 2 ||
      shape.at(-2) !== Math.floor(length / 2) + 1
    )
      throw new ShapeError(
        "irfft",
        `expected [..., ${Math.floor(length / 2) + 1}, 2] for ${length} points, got ${shapeText(shape)}`,
      );
    return [...shape.slice(0, -2), length];
  },
  apply: (x, { dimensions, length }) => irfft(x, length, dimensions),
  transpose: (node, g) => {
    const { dimensions, length } = node.attributes;
    return mul(
      mul(rfft(g, dimensions), weights(length, 2)),
      array(Float64Array.of(1 / points(node.shape, dimensions)), []),
    );
  },
  batch: (x, node) => irfft(x, node.attributes.length, node.attributes.dimensions),
  evaluate: (node, x) => evaluateInverse(x, node.attributes.length, node.attributes.dimensions),
});
