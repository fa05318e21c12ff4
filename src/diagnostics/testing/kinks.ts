import { bodyNodes } from "../../engine/graph/builder.ts";
import type { Graph } from "../../engine/graph/index.ts";
import type { Body, PrimitiveName } from "../../engine/graph/node.ts";

const kinked: ReadonlySet<PrimitiveName> = new Set<PrimitiveName>([
  "relu",
  "abs",
  "sign",
  "floor",
  "round",
  "clip",
  "maximum",
  "minimum",
  "less",
  "lessEqual",
  "equal",
  "notEqual",
  "where",
  "max",
  "min",
  "maxPool",
]);

/** Whether a graph has parts that are not differentiable everywhere. */
export function hasKinks(graph: Graph): boolean {
  const inside = (body: Body): boolean =>
    bodyNodes(body).some((node) => kinked.has(node.op) || (node.op === "scan" && inside(node.attributes.body)));
  return inside({ params: graph.inputs, outputs: graph.outputs });
}
