import { bodyNodes } from "./builder.ts";
import type { Graph } from "./graph.ts";
import type { Body, Node } from "./node.ts";

/** A graph as text, a line a value; bodies of loops are indented. */
export function printGraph(graph: Graph): string {
  const lines: string[] = [];
  const counter = { next: 0 };
  printBody({ params: graph.inputs, outputs: graph.outputs }, "", lines, counter);
  return lines.join("\n");
}

function printBody(body: Body, indent: string, lines: string[], counter: { next: number }): void {
  const names = new Map<Node, string>();
  const name = (node: Node): string => {
    const found = names.get(node);
    if (found !== undefined) return found;
    const value =
      node.op === "constant" && node.attributes.data.length === 1
        ? String(node.attributes.data[0])
        : `%${counter.next++}`;
    names.set(node, value);
    return value;
  };
  lines.push(`${indent}(${body.params.map((param) => `${name(param)}: ${typeText(param)}`).join(", ")}) =>`);
  for (const node of bodyNodes(body)) {
    if (node.op === "constant" && node.attributes.data.length === 1) continue;
    const inputs = node.inputs.map(name).join(", ");
    if (node.op === "scan") {
      const { length, captures, carries, reverse, checkpoint } = node.attributes;
      const flags = `${reverse ? " reverse" : ""}${checkpoint ? " checkpoint" : ""}`;
      lines.push(
        `${indent}  ${name(node)} = scan ${length}${flags} captures ${captures} carries ${carries} (${inputs})`,
      );
      printBody(node.attributes.body, `${indent}    `, lines, counter);
      continue;
    }
    const attributes = Object.entries(node.attributes)
      .map(
        ([key, value]) =>
          ` ${key}=${node.op === "constant" ? `[${node.attributes.data.length} numbers]` : ArrayBuffer.isView(value) ? `[${String(value)}]` : JSON.stringify(value)}`,
      )
      .join("");
    lines.push(`${indent}  ${name(node)}: ${typeText(node)} = ${node.op}(${inputs})${attributes}`);
  }
  lines.push(`${indent}  return ${body.outputs.map(name).join(", ")}`);
}

function typeText(node: Node): string {
  return `${node.dtype}[${node.shape.join(",")}]`;
}
