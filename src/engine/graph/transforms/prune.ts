import { bodyNodes, inBody, isConstant, makeGet, makeScan, reach } from "../builder.ts";
import type { Body, Node, NodeOf } from "../node.ts";
import { bodyParts, type Env, lookup, replayNode } from "./replay.ts";

/**
 * Rebuilds a graph without what nothing needs: dead nodes go by themselves (nothing reaches them); of loops the stacked
 * results that nobody reads, the carries that only feed themselves and the sequences that are not read go too.
 */
export function prune<G extends { readonly inputs: readonly NodeOf<"input">[]; readonly outputs: readonly Node[] }>(
  graph: G,
): { readonly inputs: G["inputs"]; readonly outputs: readonly Node[] } {
  const body = { params: graph.inputs, outputs: graph.outputs };
  const env: Env = new Map(graph.inputs.map((input) => [input, input]));
  pruneInto(env, body);
  return { inputs: graph.inputs, outputs: graph.outputs.map((output) => lookup(env, output)) };
}

function pruneInto(env: Env, body: Body): void {
  const used = new Map<Node, Set<number>>();
  const mark = (node: Node): void => {
    if (node.op !== "get") return;
    const indices = used.get(node.inputs[0]!) ?? new Set();
    indices.add(node.attributes.index);
    used.set(node.inputs[0]!, indices);
  };
  const nodes = bodyNodes(body);
  nodes.forEach(mark);
  const loops = new Map<Node, Map<number, Node>>();
  for (const node of nodes) {
    if (node.op === "scan")
      loops.set(
        node,
        pruneScan(
          node,
          node.inputs.map((input) => lookup(env, input)),
          used.get(node)!,
        ),
      );
    else if (node.op === "get") env.set(node, loops.get(node.inputs[0]!)!.get(node.attributes.index)!);
    else replayNode(env, node);
  }
}

/** The loop cut down to the outputs in `wanted`; gives the new node of each. */
function pruneScan(scan: NodeOf<"scan">, inputs: readonly Node[], wanted: ReadonlySet<number>): Map<number, Node> {
  const { body, captures, carries, length, reverse, checkpoint } = scan.attributes;
  const parts = bodyParts(scan);
  const keep = new Set(wanted);
  for (let grew = true; grew; ) {
    grew = false;
    const formal = new Set(body.params);
    const reached = new Set(
      reach(
        [...keep].map((index) => body.outputs[index]!),
        (node) => formal.has(node),
      ),
    );
    parts.carries.forEach((carry, i) => {
      if (reached.has(carry) && !keep.has(i)) {
        keep.add(i);
        grew = true;
      }
    });
  }
  const kept = [...keep].sort((a, b) => a - b);
  const keptCarries = kept.filter((index) => index < carries);
  const formal = new Set(body.params);
  const reached = new Set(
    reach(
      kept.map((index) => body.outputs[index]!),
      (node) => formal.has(node),
    ),
  );
  const xs = parts.xs.flatMap((x, i) => (reached.has(x) ? [i] : []));
  const outer = parts.captures.flatMap((param, i) => (reached.has(param) && !isConstant(inputs[i]!) ? [i] : []));
  // Captured values become parameters of their own: the body is then closed whatever its outer values are.
  const specs = [
    ...outer.map((i) => parts.captures[i]!),
    ...keptCarries.map((i) => parts.carries[i]!),
    ...xs.map((i) => parts.xs[i]!),
  ];
  const { params, result } = inBody(specs, (formals) => {
    const values: Node[] = inputs.slice(0, captures);
    const given = [...outer, ...keptCarries.map((i) => captures + i), ...xs.map((i) => captures + carries + i)];
    given.forEach((i, position) => {
      values[i] = formals[position]!;
    });
    const inner: Env = new Map();
    const open: Body = { params: body.params, outputs: kept.map((index) => body.outputs[index]!) };
    body.params.forEach((param, i) => {
      if (values[i] !== undefined) inner.set(param, values[i]!);
    });
    pruneInto(inner, open);
    return open.outputs.map((output) => lookup(inner, output));
  });
  const next = makeScan(
    [...outer, ...keptCarries.map((i) => captures + i), ...xs.map((i) => captures + carries + i)].map(
      (i) => inputs[i]!,
    ),
    {
      body: { params, outputs: result },
      length,
      captures: outer.length,
      carries: keptCarries.length,
      reverse,
      checkpoint,
    },
  );
  return new Map(kept.map((index, position) => [index, makeGet(next, position)]));
}
