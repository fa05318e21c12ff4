import { sameShape } from "../../tensor/index.ts";
import type { Node, NodeOf, Primitive } from "../node.ts";
import { broadcastTo, reshape, reverse, roll, slice, transpose, zeroPad } from "../ops.ts";
import { gather, linear } from "./linear.ts";
import { unbroadcast } from "./reduction.ts";

export const reshapePrimitive: Primitive<"reshape"> = linear<"reshape">({
  shape: (_, { shape }) => shape,
  apply: (x, { shape }) => reshape(x, shape),
  transpose: (node, g) => reshape(g, node.inputs[0]!.shape),
  batch: (x, node) => reshape(x, [x.shape[0]!, ...node.shape]),
  evaluate: (_, x) => x.data.slice(),
  simplify: (x, { shape }) => (x.op === "reshape" ? reshape(x.inputs[0]!, shape) : undefined),
});

export const transposePrimitive: Primitive<"transpose"> = linear<"transpose">({
  shape: (shape, { permutation }) => permutation.map((axis) => shape[axis]!),
  apply: (x, { permutation }) => transpose(x, permutation),
  transpose: (node, g) =>
    transpose(
      g,
      node.attributes.permutation.map((_, axis) => node.attributes.permutation.indexOf(axis)),
    ),
  batch: (x, node) => transpose(x, [0, ...node.attributes.permutation.map((axis) => axis + 1)]),
  evaluate: (node, x) =>
    gather(node.shape, x, (index) => {
      const from: number[] = [];
      node.attributes.permutation.forEach((axis, i) => {
        from[axis] = index[i]!;
      });
      return from;
    }),
  simplify: (x, { permutation }) => {
    if (x.op === "transpose")
      return transpose(
        x.inputs[0]!,
        permutation.map((axis) => x.attributes.permutation[axis]!),
      );
    const moved = permutation.filter((axis) => x.shape[axis] !== 1);
    return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)
      ? reshape(
          x,
          permutation.map((axis) => x.shape[axis]!),
        )
      : undefined;
  },
});

export const broadcastPrimitive: Primitive<"broadcast"> = linear<"broadcast">({
  shape: (_, { shape }) => shape,
  apply: (x, { shape }) => broadcastTo(x, shape),
  transpose: (node, g) => unbroadcast(g, node.inputs[0]!.shape),
  batch: (x, node) => {
    const own = node.inputs[0]!.shape;
    const missing = node.shape.length - own.length;
    return broadcastTo(reshape(x, [x.shape[0]!, ...Array<number>(missing).fill(1), ...own]), [
      x.shape[0]!,
      ...node.shape,
    ]);
  },
  evaluate: (node, x) => {
    const extra = node.shape.length - x.shape.length;
    return gather(node.shape, x, (index) => x.shape.map((extent, axis) => (extent === 1 ? 0 : index[axis + extra]!)));
  },
  simplify: (x, { shape }) => {
    if (x.op === "broadcast") return broadcastTo(x.inputs[0]!, shape);
    if (x.op === "reshape" && x.inputs[0]!.shape.length === 0) return broadcastTo(x.inputs[0]!, shape);
    return undefined;
  },
});

/** A slice of a reshape that adds and takes away axes of extent 1 alone, of something joined: the slice first. */
function sliceBefore(
  x: NodeOf<"reshape">,
  starts: readonly number[],
  stops: readonly number[],
  steps: readonly number[],
): Node | undefined {
  const source = x.inputs[0]!;
  const wide = (shape: readonly number[]): number[] => shape.flatMap((extent, axis) => (extent === 1 ? [] : [axis]));
  const [from, to] = [wide(source.shape), wide(x.shape)];
  const same = from.length === to.length && from.every((axis, i) => source.shape[axis] === x.shape[to[i]!]);
  const shape = starts.map((start, axis) => Math.ceil((stops[axis]! - start) / steps[axis]!));
  if (source.op !== "concat" || !same || shape.includes(0)) return undefined;
  const mapped = (list: readonly number[], otherwise: number): number[] =>
    source.shape.map((_, axis) => (from.includes(axis) ? list[to[from.indexOf(axis)]!]! : otherwise));
  return reshape(slice(source, mapped(starts, 0), mapped(stops, 1), mapped(steps, 1)), shape);
}

export const slicePrimitive: Primitive<"slice"> = linear<"slice">({
  shape: (_, { starts, stops, steps }) => starts.map((start, axis) => Math.ceil((stops[axis]! - start) / steps[axis]!)),
  apply: (x, { starts, stops, steps }) => slice(x, starts, stops, steps),
  transpose: (node, g) => {
    const { starts, steps } = node.attributes;
    const shape = node.inputs[0]!.shape;
    const high = shape.map((extent, axis) =>
      node.shape[axis] === 0
        ? extent - starts[axis]!
        : extent - starts[axis]! - ((node.shape[axis]! - 1) * steps[axis]! + 1),
    );
    return zeroPad(
      g,
      starts,
      high,
      steps.map((step) => step - 1),
    );
  },
  batch: (x, node) => {
    const { starts, stops, steps } = node.attributes;
    return slice(x, [0, ...starts], [x.shape[0]!, ...stops], [1, ...steps]);
  },
  evaluate: (node, x) => {
    const { starts, steps } = node.attributes;
    return gather(node.shape, x, (index) => index.map((i, axis) => starts[axis]! + i * steps[axis]!));
  },
  simplify: (x, { starts, stops, steps }) => {
    if (starts.every((start, axis) => start === 0 && stops[axis] === x.shape[axis] && steps[axis] === 1)) return x;
    if (x.op === "slice") {
      const inner = x.attributes;
      const from = starts.map((start, axis) => inner.starts[axis]! + start * inner.steps[axis]!);
      const by = steps.map((step, axis) => step * inner.steps[axis]!);
      const count = starts.map((start, axis) => Math.ceil((stops[axis]! - start) / steps[axis]!));
      return slice(
        x.inputs[0]!,
        from,
        from.map((start, axis) => (count[axis] === 0 ? start : start + (count[axis]! - 1) * by[axis]! + 1)),
        by,
      );
    }
    if (x.op === "reshape") return sliceBefore(x, starts, stops, steps);
    if (x.op === "concat") {
      const { axis } = x.attributes;
      let offset = 0;
      for (const part of x.inputs) {
        const extent = part.shape[axis]!;
        if (starts[axis]! >= offset && stops[axis]! <= offset + extent)
          return slice(
            part,
            starts.map((s, i) => (i === axis ? s - offset : s)),
            stops.map((s, i) => (i === axis ? s - offset : s)),
            steps,
          );
        offset += extent;
      }
    }
    return undefined;
  },
});

export const padPrimitive: Primitive<"pad"> = linear<"pad">({
  shape: (shape, { low, high, interior }) =>
    shape.map((extent, axis) => low[axis]! + high[axis]! + extent + Math.max(0, extent - 1) * interior[axis]!),
  apply: (x, { low, high, interior }) => zeroPad(x, low, high, interior),
  transpose: (node, g) => {
    const { low, high, interior } = node.attributes;
    return slice(
      g,
      low,
      g.shape.map((extent, axis) => extent - high[axis]!),
      interior.map((gap) => gap + 1),
    );
  },
  batch: (x, node) => {
    const { low, high, interior } = node.attributes;
    return zeroPad(x, [0, ...low], [0, ...high], [0, ...interior]);
  },
  evaluate: (node, x) => {
    const { low, interior } = node.attributes;
    return gather(node.shape, x, (index) => {
      const from: number[] = [];
      for (let axis = 0; axis < index.length; axis++) {
        const offset = index[axis]! - low[axis]!;
        const step = interior[axis]! + 1;
        if (offset < 0 || offset % step !== 0 || offset / step >= x.shape[axis]!) return null;
        from.push(offset / step);
      }
      return from;
    });
  },
  simplify: (x, { low, high, interior }) =>
    low.every((width, axis) => width === 0 && high[axis] === 0 && (interior[axis] === 0 || x.shape[axis]! < 2))
      ? x
      : undefined,
});

export const reversePrimitive: Primitive<"reverse"> = linear<"reverse">({
  shape: (shape) => shape,
  apply: (x, { axes }) => reverse(x, axes),
  transpose: (node, g) => reverse(g, node.attributes.axes),
  batch: (x, node) =>
    reverse(
      x,
      node.attributes.axes.map((axis) => axis + 1),
    ),
  evaluate: (node, x) =>
    gather(node.shape, x, (index) =>
      index.map((i, axis) => (node.attributes.axes.includes(axis) ? node.shape[axis]! - 1 - i : i)),
    ),
  simplify: (x, { axes }) => {
    if (axes.every((axis) => x.shape[axis]! <= 1)) return x;
    return x.op === "reverse" && x.attributes.axes.join() === axes.join() ? x.inputs[0] : undefined;
  },
});

export const rollPrimitive: Primitive<"roll"> = linear<"roll">({
  shape: (shape) => shape,
  apply: (x, { shift, axis }) => roll(x, shift, axis),
  transpose: (node, g) => roll(g, -node.attributes.shift, node.attributes.axis),
  batch: (x, node) => roll(x, node.attributes.shift, node.attributes.axis + 1),
  evaluate: (node, x) => {
    const { axis, shift } = node.attributes;
    const extent = node.shape[axis]!;
    return gather(node.shape, x, (index) => index.map((i, own) => (own === axis ? (i - shift + extent) % extent : i)));
  },
  simplify: (x, { shift, axis }) => {
    if (shift === 0) return x;
    return x.op === "roll" && x.attributes.axis === axis
      ? roll(x.inputs[0]!, shift + x.attributes.shift, axis)
      : undefined;
  },
});

/** The parts of a concatenation that are neighbouring slices of one tensor are that tensor's slice. */
export function joinSlices(parts: readonly Node[], axis: number): Node | undefined {
  const [first] = parts;
  if (first === undefined || first.op !== "slice" || first.attributes.steps.some((step) => step !== 1))
    return undefined;
  const source = first.inputs[0]!;
  let end = first.attributes.starts[axis]!;
  for (const part of parts) {
    if (part.op !== "slice" || part.inputs[0] !== source || part.attributes.starts[axis] !== end) return undefined;
    const others = (values: readonly number[]): number[] => values.filter((_, i) => i !== axis);
    if (
      !sameShape(others(part.attributes.starts), others(first.attributes.starts)) ||
      !sameShape(others(part.attributes.stops), others(first.attributes.stops)) ||
      part.attributes.steps.some((step) => step !== 1)
    )
      return undefined;
    end = part.attributes.stops[axis]!;
  }
  return slice(
    source,
    first.attributes.starts,
    first.attributes.stops.map((stop, i) => (i === axis ? end : stop)),
  );
}
