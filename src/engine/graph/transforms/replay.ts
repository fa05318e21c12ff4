import { bodyNodes, constant, make, makeGet, reach } from "../builder.ts";
import type { Body, Node, NodeOf, RuledName } from "../node.ts";
import { scanNodes } from "../scan.ts";

/** New values of old nodes. */
export type Env = Map<Node, Node>;

/** The new value of an old node; constants are made anew where they are met. */
export function lookup(env: Env, node: Node): Node {
  const found = env.get(node);
  if (found !== undefined) return found;
  if (node.op !== "constant") throw new Error(`value ${node.op}#${node.id} is used outside of its graph`);
  const copy = constant(node.attributes.data, node.shape, node.dtype);
  env.set(node, copy);
  return copy;
}

/** Makes a primitive's node again on new inputs. */
export function remake(node: Node, inputs: readonly Node[]): Node {
  if (node.op === "input" || node.op === "scan" || node.op === "get") throw new Error(`${node.op} can't be remade`);
  if (node.op === "constant") return constant(node.attributes.data, node.shape, node.dtype);
  return make(node.op as RuledName, inputs, node.attributes as never);
}

/** How the formal parameters of a body divide. */
export function bodyParts(scan: NodeOf<"scan">): {
  readonly captures: readonly Node[];
  readonly carries: readonly Node[];
  readonly xs: readonly Node[];
} {
  const { body, captures, carries } = scan.attributes;
  return {
    captures: body.params.slice(0, captures),
    carries: body.params.slice(captures, captures + carries),
    xs: body.params.slice(captures + carries),
  };
}

/** Rebuilds a body on given values of its parameters. */
export function inline(body: Body, values: readonly Node[]): Node[] {
  const env: Env = new Map();
  body.params.forEach((param, i) => {
    env.set(param, values[i]!);
  });
  for (const node of bodyNodes(body)) replayNode(env, node);
  return body.outputs.map((output) => lookup(env, output));
}

/** Rebuilds one node whose inputs have new values. */
export function replayNode(env: Env, node: Node): void {
  if (env.has(node)) return;
  if (node.op === "get") {
    const scan = lookup(env, node.inputs[0]!);
    if (scan.op !== "scan") throw new Error("a scan was expected");
    env.set(node, makeGet(scan, node.attributes.index));
  } else if (node.op === "scan") {
    env.set(node, replayScan(env, node));
  } else {
    env.set(
      node,
      remake(
        node,
        node.inputs.map((input) => lookup(env, input)),
      ),
    );
  }
}

function replayScan(env: Env, node: NodeOf<"scan">): Node {
  const { captures, carries, length, reverse, checkpoint, body } = node.attributes;
  const inputs = node.inputs.map((input) => lookup(env, input));
  const outer = inputs.slice(0, captures);
  return scanNodes(
    (carry, xs) => {
      const outputs = inline(body, [...outer, ...carry, ...xs]);
      return { carry: outputs.slice(0, carries), ys: outputs.slice(carries) };
    },
    inputs.slice(captures, captures + carries),
    inputs.slice(captures + carries),
    { length, reverse, checkpoint },
  ).scan;
}

/**
 * Rebuilds expressions of the present trace with the substitutions of `env`; values of outer loops (depth below `level`)
 * stay as they are.
 */
export function replayOpen(env: Env, outputs: readonly (Node | null)[], level: number): (Node | null)[] {
  const stop = (node: Node): boolean => env.has(node) || node.depth < level;
  for (const node of reach(
    outputs.filter((output) => output !== null),
    stop,
  )) {
    if (node.depth < level && !env.has(node)) env.set(node, node);
    replayNode(env, node);
  }
  return outputs.map((output) => (output === null ? null : lookup(env, output)));
}
