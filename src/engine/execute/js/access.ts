import type { Node } from "../../graph/node.ts";

/** A stretch of an axis on which a source index is `scale · i + offset`. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly offset: number;
}

/** How one axis of a source is indexed by one axis of a loop (-1: not at all), piece by piece over the loop's range. */
export interface AxisMap {
  readonly axis: number;
  readonly pieces: readonly Piece[];
}

/** Where a loop reads: a value that is no view, and a map for each of its axes. */
export interface Access {
  readonly root: Node;
  readonly maps: readonly AxisMap[];
  /** The loop's own index: element by element. */
  readonly pointwise: boolean;
}

export function identityMap(axis: number, extent: number): AxisMap {
  return { axis, pieces: [{ from: 0, to: extent, scale: 1, offset: 0 }] };
}

export function constantMap(index: number): AxisMap {
  return { axis: -1, pieces: [{ from: 0, to: 1, scale: 0, offset: index }] };
}

/** i ↦ scale · i + offset after a map. */
function affine(map: AxisMap, scale: number, offset: number): AxisMap {
  return {
    axis: map.axis,
    pieces: map.pieces.map((piece) => ({
      ...piece,
      scale: piece.scale * scale,
      offset: piece.offset * scale + offset,
    })),
  };
}

/** i ↦ (i + shift) mod extent after a map whose values lie in [0, extent). */
function wrap(map: AxisMap, shift: number, extent: number): AxisMap {
  const pieces: Piece[] = [];
  for (const piece of map.pieces) {
    if (piece.scale === 0 || map.axis < 0) {
      pieces.push({ ...piece, offset: (piece.offset + shift) % extent });
      continue;
    }
    // The value passes extent − shift at most once on a piece.
    const before = (i: number): boolean => piece.scale * i + piece.offset + shift < extent;
    let cut = piece.from;
    if (piece.scale > 0) {
      while (cut < piece.to && before(cut)) cut++;
      if (cut > piece.from) pieces.push({ ...piece, to: cut, offset: piece.offset + shift });
      if (cut < piece.to) pieces.push({ ...piece, from: cut, offset: piece.offset + shift - extent });
    } else {
      while (cut < piece.to && !before(cut)) cut++;
      if (cut > piece.from) pieces.push({ ...piece, to: cut, offset: piece.offset + shift - extent });
      if (cut < piece.to) pieces.push({ ...piece, from: cut, offset: piece.offset + shift });
    }
  }
  return { axis: map.axis, pieces: merge(pieces) };
}

function merge(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (last !== undefined && last.scale === piece.scale && last.offset === piece.offset)
      result[result.length - 1] = { ...last, to: piece.to };
    else result.push(piece);
  }
  return result;
}

/** Whether a reshape only adds or removes axes of extent 1. */
export function isUnitReshape(from: readonly number[], to: readonly number[]): boolean {
  return from.filter((extent) => extent !== 1).join() === to.filter((extent) => extent !== 1).join();
}

/** Whether a node is a pure change of indices of its operand. */
export function isView(node: Node): boolean {
  switch (node.op) {
    case "transpose":
    case "broadcast":
    case "slice":
    case "reverse":
    case "roll":
      return true;
    case "reshape":
      return isUnitReshape(node.inputs[0]!.shape, node.shape);
    default:
      return false;
  }
}

/** The maps of a view's operand, given those of the view. */
function throughView(node: Node, maps: readonly AxisMap[]): AxisMap[] {
  const shape = node.inputs[0]!.shape;
  switch (node.op) {
    case "transpose": {
      const result: AxisMap[] = [];
      node.attributes.permutation.forEach((axis, i) => {
        result[axis] = maps[i]!;
      });
      return result;
    }
    case "broadcast": {
      const extra = node.shape.length - shape.length;
      return shape.map((extent, axis) =>
        extent === 1 && node.shape[axis + extra] !== 1 ? constantMap(0) : maps[axis + extra]!,
      );
    }
    case "slice":
      return maps.map((map, axis) => affine(map, node.attributes.steps[axis]!, node.attributes.starts[axis]!));
    case "reverse":
      return maps.map((map, axis) => (node.attributes.axes.includes(axis) ? affine(map, -1, shape[axis]! - 1) : map));
    case "roll": {
      const { axis, shift } = node.attributes;
      const extent = shape[axis]!;
      return maps.map((map, own) => (own === axis ? wrap(map, extent - shift, extent) : map));
    }
    case "reshape": {
      const rest = node.shape.flatMap((extent, axis) => (extent === 1 ? [] : [maps[axis]!]));
      let next = 0;
      return shape.map((extent) => (extent === 1 ? constantMap(0) : rest[next++]!));
    }
    default:
      throw new Error(`${node.op} is no view`);
  }
}

/** Follows views down to the value they show. */
export function resolve(node: Node, maps: readonly AxisMap[], loop: readonly number[]): Access {
  let root = node;
  let current = maps;
  while (isView(root)) {
    current = throughView(root, current);
    root = root.inputs[0]!;
  }
  return { root, maps: current, pointwise: isPointwise(root.shape, current, loop) };
}

/** Maps of a node read at a loop's own index; axes of extent 1 don't count. `loop` is the shape without them. */
export function ownMaps(shape: readonly number[]): AxisMap[] {
  let next = 0;
  return shape.map((extent) => (extent === 1 ? constantMap(0) : identityMap(next++, extent)));
}

/** A shape without its axes of extent 1. */
export function squeeze(shape: readonly number[]): number[] {
  return shape.filter((extent) => extent !== 1);
}

function isPointwise(shape: readonly number[], maps: readonly AxisMap[], loop: readonly number[]): boolean {
  let next = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] === 1) continue;
    const { axis: source, pieces } = maps[axis]!;
    const [piece] = pieces;
    if (
      source !== next ||
      pieces.length !== 1 ||
      piece!.scale !== 1 ||
      piece!.offset !== 0 ||
      shape[axis] !== loop[next]
    )
      return false;
    next++;
  }
  return next === loop.length;
}

/** Maps applied after maps: those of a value's operand, for the value read through `outer`. */
export function compose(inner: readonly AxisMap[], outer: readonly AxisMap[]): AxisMap[] {
  return inner.map((map) => {
    if (map.axis < 0) return map;
    const through = outer[map.axis]!;
    if (through.axis < 0) {
      const [{ offset }] = through.pieces as [Piece];
      const piece = map.pieces.find(({ from, to }) => offset >= from && offset < to)!;
      return constantMap(piece.scale * offset + piece.offset);
    }
    const pieces: Piece[] = [];
    for (const out of through.pieces) {
      if (out.scale === 0) {
        const piece = map.pieces.find(({ from, to }) => out.offset >= from && out.offset < to)!;
        pieces.push({ ...out, scale: 0, offset: piece.scale * out.offset + piece.offset });
        continue;
      }
      const ordered = out.scale > 0 ? map.pieces : [...map.pieces].reverse();
      for (const piece of ordered) {
        // i with piece.from ≤ out.scale·i + out.offset < piece.to
        const [first, last] = out.scale > 0 ? [piece.from, piece.to - 1] : [piece.to - 1, piece.from];
        const from = Math.max(out.from, Math.ceil((first - out.offset) / out.scale));
        const to = Math.min(out.to, Math.floor((last - out.offset) / out.scale) + 1);
        if (from < to)
          pieces.push({ from, to, scale: piece.scale * out.scale, offset: piece.scale * out.offset + piece.offset });
      }
    }
    return { axis: through.axis, pieces: merge(pieces) };
  });
}

/** A text that is the same for equal maps. */
export function mapsKey(maps: readonly AxisMap[]): string {
  return maps
    .map(({ axis, pieces }) => `${axis}:${pieces.map((p) => `${p.from},${p.scale},${p.offset}`).join("|")}`)
    .join(";");
}
