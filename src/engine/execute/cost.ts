import { bodyNodes } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import type { Body, Node, RuledName } from "../graph/node.ts";
import { primitives } from "../graph/primitives/index.ts";
import { sizeOf } from "../tensor/index.ts";

/** What a graph has to do: counts that don't depend on who does it. */
export interface GraphCost {
  /** Element-operations that are cheap: arithmetic, comparisons, moves. */
  readonly cheap: number;
  /** Elements that go into sums and extrema. */
  readonly reduced: number;
  /** Evaluations of exponentials, sines and the like, each counted by its relative cost (an addition is 1). */
  readonly transcendental: number;
  /** Floating-point operations of matrix products, and the elements of their factors. */
  readonly products: number;
  readonly factors: number;
  /** Convolutions, and their floating-point operations. */
  readonly convolutions: number;
  readonly convolutionProducts: number;
  /** Those of transposed convolutions with strides, which spread their argument out. */
  readonly spreadProducts: number;
  /** Operations that are run, those of loops in every step. */
  readonly operations: number;
  /** Steps of loops. */
  readonly steps: number;
  /** Elements that the values of one run take together, those of a loop's step counted once. */
  readonly elements: number;
}

type Totals = { -readonly [K in keyof GraphCost]: number };

/** Elementwise operations from this relative cost on are counted as transcendental. */
const TRANSCENDENTAL = 12;

/** Counts the work of a graph. Linear in its size; loops are counted, not run. */
export function graphCost(graph: Graph): GraphCost {
  const totals: Totals = {
    cheap: 0,
    reduced: 0,
    transcendental: 0,
    products: 0,
    factors: 0,
    convolutions: 0,
    convolutionProducts: 0,
    spreadProducts: 0,
    operations: 0,
    steps: 0,
    elements: 0,
  };
  add(totals, { params: graph.inputs, outputs: graph.outputs }, 1);
  return totals;
}

function add(totals: Totals, body: Body, times: number): void {
  for (const node of bodyNodes(body)) {
    if (node.op === "constant" || node.op === "input" || node.op === "get") continue;
    if (node.op === "scan") {
      const { length, carries, body: inner } = node.attributes;
      totals.steps += times * length;
      for (const { shape } of inner.outputs.slice(carries)) totals.elements += length * sizeOf(shape);
      add(totals, inner, times * length);
      continue;
    }
    const size = sizeOf(node.shape);
    totals.elements += size;
    if (isView(node)) continue;
    totals.operations += times;
    const sizes = node.inputs.map((input) => sizeOf(input.shape));
    const elementwise = primitives[node.op as RuledName].elementwise;
    if (elementwise !== undefined) {
      totals[elementwise.cost < TRANSCENDENTAL ? "cheap" : "transcendental"] += times * size * elementwise.cost;
      continue;
    }
    switch (node.op) {
      case "sum":
      case "max":
      case "min":
        totals.reduced += times * sizes[0]!;
        break;
      case "matmul":
        totals.products += times * 2 * size * node.inputs[0]!.shape.at(-1)!;
        totals.factors += times * (sizes[0]! + sizes[1]!);
        break;
      case "conv":
      case "convInput":
      case "convWeight":
        totals.convolutions += times;
        totals[isSpread(node) ? "spreadProducts" : "convolutionProducts"] += times * convolutionProducts(node);
        break;
      case "cholesky":
        totals.cheap += times * size * (node.shape.at(-1)! / 3);
        break;
      case "triangularSolve":
        totals.cheap += times * size * node.shape.at(-2)!;
        break;
      case "rfft":
      case "irfft":
        totals.cheap += times * 5 * size * Math.log2(size + 2);
        break;
      default:
        totals.cheap += times * Math.max(size, ...sizes);
    }
  }
}

/** Whether a value is the same numbers seen otherwise. */
function isView({ op }: Node): boolean {
  return op === "reshape" || op === "broadcast";
}

function isSpread(node: Node): boolean {
  return node.op === "convInput" && node.attributes.strides.some((stride) => stride > 1);
}

/** Each element of the result side meets each weight of its own output channel: twice as many operations. */
function convolutionProducts(node: Node): number {
  const [first, second] = node.inputs as [Node, Node];
  const weights = node.op === "convWeight" ? node.shape : second.shape;
  const outputs = node.op === "conv" ? node.shape : node.op === "convInput" ? first.shape : second.shape;
  return 2 * sizeOf(outputs) * sizeOf(weights.slice(1));
}
