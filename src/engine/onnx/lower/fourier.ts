import type { NodeOf } from "../../graph/node.ts";
import { sizeOf } from "../../tensor/index.ts";
import type { Emitter, Value } from "./emitter.ts";

/** Cosines and sines of 2π jk/n. */
function angles(
  rows: number,
  columns: number,
  n: number,
  entry: (cos: number, sin: number, j: number, k: number) => number,
): Float64Array {
  const data = new Float64Array(rows * columns);
  for (let j = 0; j < rows; j++) {
    for (let k = 0; k < columns; k++) {
      const angle = (2 * Math.PI * ((j * k) % n)) / n;
      data[j * columns + k] = entry(Math.cos(angle), Math.sin(angle), j, k);
    }
  }
  return data;
}

/** Products with the matrices of the transform: O(n²), exact in any type and any length. */
export function lowerFourier(e: Emitter, x: Value, node: NodeOf<"rfft"> | NodeOf<"irfft">): Value {
  return node.op === "rfft" ? forward(e, x, node) : inverse(e, x, node);
}

/** Real and imaginary parts apart, [..., m, n] each, through a complex transform of the axis before the last. */
function alongRows(e: Emitter, re: Value, im: Value, sign: 1 | -1): [Value, Value] {
  const n = re.shape.at(-2)!;
  const cos = e.constant(
    angles(n, n, n, (c) => c),
    [n, n],
  );
  const sin = e.constant(
    angles(n, n, n, (_, s) => sign * s),
    [n, n],
  );
  return [e.binary("Sub", e.matmul(cos, re), e.matmul(sin, im)), e.binary("Add", e.matmul(sin, re), e.matmul(cos, im))];
}

function forward(e: Emitter, x: Value, node: NodeOf<"rfft">): Value {
  const n = x.shape.at(-1)!;
  const bins = node.shape.at(-2)!;
  const flat = x.shape.length === 1 ? e.reshape(x, [1, n]) : x;
  let re = e.matmul(
    flat,
    e.constant(
      angles(n, bins, n, (c) => c),
      [n, bins],
    ),
  );
  let im = e.matmul(
    flat,
    e.constant(
      angles(n, bins, n, (_, s) => -s),
      [n, bins],
    ),
  );
  if (node.attributes.dimensions === 2) [re, im] = alongRows(e, re, im, -1);
  const open = [...re.shape, 1];
  const both = e.concat([e.reshape(re, open), e.reshape(im, open)], open.length - 1);
  return e.reshape(both, node.shape);
}

function inverse(e: Emitter, x: Value, node: NodeOf<"irfft">): Value {
  const { length: n, dimensions } = node.attributes;
  const bins = x.shape.at(-2)!;
  const last = x.shape.length - 1;
  const lead = x.shape.length === 2 ? [1, bins] : x.shape.slice(0, -1);
  let re = e.reshape(e.cut(x, last, 0, 1), lead);
  let im = e.reshape(e.cut(x, last, 1, 2), lead);
  if (dimensions === 2) [re, im] = alongRows(e, re, im, 1);
  const points = dimensions === 2 ? n * node.shape.at(-2)! : n;
  const weight = (k: number): number => (k === 0 || 2 * k === n ? 1 : 2) / points;
  const cos = e.constant(
    angles(bins, n, n, (c, _s, k) => weight(k) * c),
    [bins, n],
  );
  const sin = e.constant(
    angles(bins, n, n, (_c, s, k) => -weight(k) * s),
    [bins, n],
  );
  const sum = e.binary("Add", e.matmul(re, cos), e.matmul(im, sin));
  return sizeOf(sum.shape) === sizeOf(node.shape) ? e.reshape(sum, node.shape) : sum;
}
