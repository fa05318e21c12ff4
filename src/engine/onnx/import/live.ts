import type { NodeProto } from "../proto/graph.ts";

/** The nodes that some wanted value depends on, in order. */
export function live(nodes: readonly NodeProto[], wanted: readonly string[]): NodeProto[] {
  const needed = new Set(wanted);
  const result: NodeProto[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (!node.outputs.some((name) => needed.has(name))) continue;
    result.push(node);
    addInputs(node, needed);
  }
  return result.reverse();
}

/** Adds what a node reads, the graphs inside it included. */
function addInputs(node: NodeProto, needed: Set<string>): void {
  for (const name of node.inputs) needed.add(name);
  for (const { graph } of node.attributes.values()) {
    for (const inner of graph?.nodes ?? []) addInputs(inner, needed);
    for (const { name } of graph?.outputs ?? []) needed.add(name);
  }
}
