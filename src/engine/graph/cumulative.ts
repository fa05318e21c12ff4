import type { Node } from "./node.ts";
import { add, concat, full, mul, reshape, reverse, slice, transpose } from "./ops.ts";

/** Part of an axis. */
function part(x: Node, axis: number, from: number, to: number): Node {
  return slice(
    x,
    x.shape.map((_, own) => (own === axis ? from : 0)),
    x.shape.map((extent, own) => (own === axis ? to : extent)),
  );
}

function zerosAt(x: Node, axis: number, extent: number): Node {
  return full(
    x.shape.map((other, own) => (own === axis ? extent : other)),
    0,
  );
}

/** Running sums along an axis, in log₂ n passes. `exclusive`: without the element itself; `backward`: from the end. */
export function cumulativeSum(x: Node, axis: number, exclusive = false, backward = false): Node {
  if (backward) return reverse(cumulativeSum(reverse(x, axis), axis, exclusive), axis);
  const extent = x.shape[axis]!;
  let total = x;
  if (exclusive && extent > 0) total = concat([zerosAt(x, axis, 1), part(x, axis, 0, extent - 1)], axis);
  for (let distance = 1; distance < extent; distance *= 2)
    total = add(total, concat([zerosAt(x, axis, distance), part(total, axis, 0, extent - distance)], axis));
  return total;
}

/** Product over axes, by halves, so that its derivative is right at zeros too. */
export function product(x: Node, axes: readonly number[], keepDims = false): Node {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const outer = kept.map((axis) => x.shape[axis]!);
  let extent = axes.reduce((size, axis) => size * x.shape[axis]!, 1);
  let rest = reshape(transpose(x, [...kept, ...axes]), [...outer, extent]);
  const last = outer.length;
  if (extent === 0) rest = full([...outer, 1], 1);
  while (extent > 1) {
    const half = Math.floor(extent / 2);
    const pairs = mul(part(rest, last, 0, half), part(rest, last, half, 2 * half));
    rest = extent % 2 === 0 ? pairs : concat([pairs, part(rest, last, 2 * half, extent)], last);
    extent -= half;
  }
  return reshape(rest, keepDims ? x.shape.map((own, axis) => (axes.includes(axis) ? 1 : own)) : outer);
}
