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

/** The numbers of a value that is known when the network is read, undefined when it depends on an input. */
export function literal(node: Node): NdArray | undefined {
  if (node.op === "constant") return { data: node.attributes.data, shape: node.shape };
  return isConstant(node) ? evaluateGraph({ inputs: [], outputs: [node] }, [])[0] : undefined;
}

/** What is computed while a network is read. */
export interface Budget {
  /** Elements that may still be computed. */
  left: number;
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
  const work = nodes.reduce((total, { shape, op }) => total + (op === "constant" ? 0 : sizeOf(shape)), 0);
  if (work > budget.left) return node;
  budget.left -= work;
  const result = evaluateGraph({ inputs: [], outputs: [node] }, [])[0];
  if (result === undefined) return node;
  const folded = constant(result.data, node.shape, node.dtype);
  budget.folded.set(node, folded);
  return folded;
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
