import { constant, isConstant, reach } from "../../graph/builder.ts";
import { evaluateGraph } from "../../graph/index.ts";
import type { DType, Node } from "../../graph/node.ts";
import { cast } from "../../graph/ops.ts";
import { type NdArray, sizeOf } from "../../tensor/index.ts";
import { type ElementType, isFloating } from "../proto/types.ts";

/** A value of a network: its node, and the element type that the network gives it. */
export interface Value {
  readonly node: Node;
  readonly type: ElementType;
}

/** Type of all floating numbers of an imported graph. */
export type FloatType = Extract<DType, "float64" | "float32">;

/** Most elements of a broadcast constant that are written out. */
const WRITTEN_OUT = 2 ** 22;

/** The numbers of a value that is known when the network is read, undefined when it depends on an input or is too large. */
export function literal(node: Node): NdArray | undefined {
  if (node.op === "constant") return { data: node.attributes.data, shape: node.shape };
  if (!isConstant(node) || sizeOf(node.shape) > WRITTEN_OUT) return undefined;
  return evaluateGraph({ inputs: [], outputs: [node] }, [])[0];
}

/** What may still be computed and built while a network is read: a small file shall not take much time or memory. */
export interface Budget {
  /** Elements that may still be computed. */
  left: number;
  /** Elements of index lists, masks and the like that may still be built. */
  built: number;
  /** Most elements of one value. */
  readonly largest: number;
  /** Nodes that may still be read, those of loops and functions each time anew. */
  nodes: number;
  /** What has been. */
  readonly folded: Map<Node, Node>;
}

/** Whether a value depends on constants alone. */
export function isKnown(node: Node): boolean {
  return isConstant(node);
}

/** A value of constants alone as a constant, where the budget allows it; anything else as it is. */
export function fold(node: Node, budget: Budget): Node {
  if (isConstant(node)) return node;
  const found = budget.folded.get(node);
  if (found !== undefined) return found;
  const nodes = reach([node], isConstant);
  if (nodes.some(({ op }) => op === "input")) return node;
  const work = nodes.reduce((total, own) => total + cost(own), 0);
  if (work > budget.left) return node;
  budget.left -= work;
  const result = evaluateGraph({ inputs: [], outputs: [node] }, [])[0];
  if (result === undefined) return node;
  const folded = constant(result.data, node.shape, node.dtype);
  budget.folded.set(node, folded);
  return folded;
}

/** Elements that a node computes; products count their sums in part. */
function cost({ op, shape, inputs }: Node): number {
  if (op === "constant") return 0;
  const read = inputs.reduce((total, input) => total + sizeOf(input.shape), 0);
  if (op === "matmul") return sizeOf(shape) * (1 + inputs[0]!.shape.at(-1)! / 16);
  if (op.startsWith("conv") || op === "rfft" || op === "irfft") return sizeOf(shape) * (1 + read / 16);
  return Math.max(sizeOf(shape), read);
}

/** A constant of a network. */
export function constantValue(
  data: Float64Array,
  shape: readonly number[],
  type: ElementType,
  float: FloatType,
): Value {
  if (!isFloating(type)) return { node: constant(data, shape), type };
  return { node: constant(float === "float32" ? data.map(Math.fround) : data, shape, float), type };
}

/** A floating value in the graph's own floating type. */
export function settle(value: Value, float: FloatType): Value {
  if (!isFloating(value.type)) return value;
  return { node: cast(value.node, float), type: value.type };
}
