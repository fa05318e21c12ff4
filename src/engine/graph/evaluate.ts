import type { ArrayLike64, NdArray } from "../tensor/index.ts";
import { sizeOf, toNdArray } from "../tensor/index.ts";
import { bodyNodes } from "./builder.ts";
import { checkArguments, type Graph } from "./graph.ts";
import type { Body, Node, NodeOf, Primitive, RuledName } from "./node.ts";
import { primitives } from "./primitives/index.ts";

/**
 * Plain evaluation, node by node with a fresh array for each: the reference that executors are tested against. Slow.
 * @throws ShapeError when the arguments' shapes are not the graph's
 */
export function evaluateGraph(graph: Graph, args: readonly ArrayLike64[]): NdArray[] {
  const values = args.map((arg, i) => toNdArray(arg, graph.inputs[i]?.attributes.name));
  checkArguments(graph, values);
  // An output may be an argument or a constant of the graph itself.
  return evaluateBody({ params: graph.inputs, outputs: graph.outputs }, values).map(({ data, shape }) => ({
    data: data.slice(),
    shape,
  }));
}

function evaluateBody(body: Body, args: readonly NdArray[]): NdArray[] {
  const env = new Map<Node, NdArray>();
  const loops = new Map<Node, NdArray[]>();
  body.params.forEach((param, i) => {
    env.set(param, args[i]!);
  });
  const value = (node: Node): NdArray => {
    const found = env.get(node);
    if (found !== undefined) return found;
    if (node.op !== "constant") throw new Error(`no value for ${node.op}#${node.id}`);
    return { data: node.attributes.data, shape: node.shape };
  };
  for (const node of bodyNodes(body)) {
    if (node.op === "constant") continue;
    if (node.op === "scan") loops.set(node, evaluateScan(node, node.inputs.map(value)));
    else if (node.op === "get") env.set(node, loops.get(node.inputs[0]!)![node.attributes.index]!);
    else {
      const rule: Primitive<RuledName> = primitives[node.op as RuledName] as Primitive<RuledName>;
      env.set(node, { data: rule.evaluate(node as NodeOf<RuledName>, node.inputs.map(value)), shape: node.shape });
    }
  }
  return body.outputs.map(value);
}

function evaluateScan(scan: NodeOf<"scan">, inputs: readonly NdArray[]): NdArray[] {
  const { body, captures, carries, length, reverse } = scan.attributes;
  const outer = inputs.slice(0, captures);
  let carry = inputs.slice(captures, captures + carries);
  const xs = inputs.slice(captures + carries);
  const stacked = body.outputs.slice(carries).map((y) => new Float64Array(length * sizeOf(y.shape)));
  for (let step = 0; step < length; step++) {
    const t = reverse ? length - 1 - step : step;
    const parts = xs.map((x) => {
      const size = x.data.length / length;
      return { data: x.data.subarray(t * size, (t + 1) * size), shape: x.shape.slice(1) };
    });
    const outputs = evaluateBody(body, [...outer, ...carry, ...parts]);
    carry = outputs.slice(0, carries);
    outputs.slice(carries).forEach((y, i) => {
      stacked[i]!.set(y.data, t * y.data.length);
    });
  }
  return [...carry, ...stacked.map((data, i) => ({ data, shape: [length, ...body.outputs[carries + i]!.shape] }))];
}
