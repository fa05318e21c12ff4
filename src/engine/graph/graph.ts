import { ArgumentError, ShapeError } from "../errors/index.ts";
import { sameShape, shapeText } from "../tensor/index.ts";
import { foreignTensor, inTrace, parameter, reach } from "./builder.ts";
import type { Node, NodeOf, Spec } from "./node.ts";
import { primitives } from "./primitives/index.ts";
import { prune } from "./transforms/prune.ts";
import { inline } from "./transforms/replay.ts";

/** A closed, immutable computation: what {@link trace} gives, what transforms take and give, what compile() takes. */
export interface Graph {
  readonly inputs: readonly NodeOf<"input">[];
  readonly outputs: readonly Node[];
}

/** Builds a graph in a trace of its own; unused loop outputs are dropped. */
export function buildGraph(
  specs: readonly Spec[],
  build: (inputs: readonly NodeOf<"input">[]) => readonly Node[],
  names?: readonly string[],
): Graph {
  return inTrace(primitives, () => {
    const inputs = specs.map((spec, index) => parameter(spec, index, names?.[index] ?? `x${index}`));
    const outputs = build(inputs);
    const known = new Set<Node>(inputs);
    for (const node of reach(outputs, (node) => known.has(node))) {
      if (node.op === "input" && !known.has(node))
        throw foreignTensor(
          "a tensor of another trace or of a loop's step was used: pass it as an argument or return it",
        );
    }
    return prune({ inputs, outputs });
  });
}

/** The values of a graph's outputs on tensors of the trace under way. */
export function callGraph(graph: Graph, values: readonly Node[]): Node[] {
  checkArguments(graph, values);
  return inline({ params: graph.inputs, outputs: graph.outputs }, values);
}

/** Refuses arguments whose number or shapes are not the graph's. */
export function checkArguments(graph: Graph, values: readonly { readonly shape: readonly number[] }[]): void {
  if (values.length !== graph.inputs.length)
    throw new ArgumentError("graph", `expected ${graph.inputs.length} arguments, got ${values.length}`);
  graph.inputs.forEach((input, i) => {
    if (!sameShape(input.shape, values[i]!.shape))
      throw new ShapeError(
        input.attributes.name,
        `expected shape ${shapeText(input.shape)}, got ${shapeText(values[i]!.shape)}`,
      );
  });
}
