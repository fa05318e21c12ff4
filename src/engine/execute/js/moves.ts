import type { Node } from "../../graph/node.ts";
import { sizeOf } from "../../tensor/index.ts";
import { isTiny, type Scope } from "./scope.ts";

function unravel(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = flat % shape[axis]!;
    flat = Math.floor(flat / shape[axis]!);
  }
  return index;
}

function ravel(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((flat, i, axis) => flat * shape[axis]! + i, 0);
}

/** Where an element of a value that only moves elements comes from: an operand and a position in it, or a zero. */
export function origin(node: Node, flat: number): { readonly node: Node; readonly flat: number } | null {
  const index = unravel(flat, node.shape);
  const source = node.inputs[0]!;
  const from = (own: readonly number[]): { node: Node; flat: number } => ({
    node: source,
    flat: ravel(own, source.shape),
  });
  switch (node.op) {
    case "reshape":
      return { node: source, flat };
    case "transpose": {
      const own: number[] = [];
      node.attributes.permutation.forEach((axis, i) => {
        own[axis] = index[i]!;
      });
      return from(own);
    }
    case "broadcast":
      return from(
        source.shape.map((extent, axis) => (extent === 1 ? 0 : index[axis + index.length - source.shape.length]!)),
      );
    case "slice":
      return from(index.map((i, axis) => node.attributes.starts[axis]! + i * node.attributes.steps[axis]!));
    case "reverse":
      return from(index.map((i, axis) => (node.attributes.axes.includes(axis) ? node.shape[axis]! - 1 - i : i)));
    case "roll": {
      const { axis, shift } = node.attributes;
      const extent = node.shape[axis]!;
      return from(index.map((i, own) => (own === axis ? (i - shift + extent) % extent : i)));
    }
    case "take":
      return from(index.map((i, own) => (own === node.attributes.axis ? node.attributes.indices[i]! : i)));
    case "concat": {
      const { axis } = node.attributes;
      let at = index[axis]!;
      for (const input of node.inputs) {
        const extent = input.shape[axis]!;
        if (at < extent)
          return {
            node: input,
            flat: ravel(
              index.map((i, own) => (own === axis ? at : i)),
              input.shape,
            ),
          };
        at -= extent;
      }
      throw new Error("a position outside of a concatenation");
    }
    case "pad": {
      const own: number[] = [];
      for (let axis = 0; axis < index.length; axis++) {
        const offset = index[axis]! - node.attributes.low[axis]!;
        const step = node.attributes.interior[axis]! + 1;
        if (offset < 0 || offset % step !== 0 || offset / step >= source.shape[axis]!) return null;
        own.push(offset / step);
      }
      return from(own);
    }
    default:
      throw new Error(`${node.op} computes`);
  }
}

const MOVES: ReadonlySet<string> = new Set([
  "reshape",
  "transpose",
  "broadcast",
  "slice",
  "reverse",
  "roll",
  "take",
  "concat",
  "pad",
]);

export function isMove(node: Node): boolean {
  return MOVES.has(node.op);
}

/** The names of a small value's elements when all of them are elements of small operands. */
export function movedElements(scope: Scope, node: Node): string[] | undefined {
  if (!isMove(node) || !node.inputs.every((input) => isTiny(scope, input))) return undefined;
  return Array.from({ length: sizeOf(node.shape) }, (_, flat) => {
    const source = origin(node, flat);
    return source === null ? "0" : scope.scalars.get(source.node)![source.flat]!;
  });
}
