import { bodyNodes } from "../builder.ts";
import type { Body, Node, NodeOf, Primitive, RuledName } from "../node.ts";
import { cast, full } from "../ops.ts";
import { isFloat } from "../primitives/elementwise.ts";
import { primitives } from "../primitives/index.ts";
import { scanNodes, scanOutputs } from "../scan.ts";
import { type Env, lookup, replayNode } from "./replay.ts";

/** Values and tangents (`null` for zero) of a body's outputs for values and tangents of its parameters. */
export function jvpBody(
  body: Body,
  values: readonly Node[],
  tangents: readonly (Node | null)[],
): { outputs: Node[]; tangents: (Node | null)[] } {
  const env: Env = new Map();
  const tangentOf = new Map<Node, Node | null>();
  body.params.forEach((param, i) => {
    env.set(param, values[i]!);
    tangentOf.set(param, tangents[i] ?? null);
  });
  const loops = new Map<Node, { outputs: Node[]; tangents: (Node | null)[] }>();
  for (const node of bodyNodes(body)) {
    const own = node.inputs.map((input) => tangentOf.get(input) ?? null);
    if (node.op === "scan") {
      if (own.some((tangent) => tangent !== null)) {
        loops.set(
          node,
          jvpScan(
            node,
            node.inputs.map((input) => lookup(env, input)),
            own,
          ),
        );
      } else replayNode(env, node);
    } else if (node.op === "get") {
      const loop = loops.get(node.inputs[0]!);
      if (loop === undefined) replayNode(env, node);
      else {
        env.set(node, loop.outputs[node.attributes.index]!);
        tangentOf.set(node, loop.tangents[node.attributes.index]!);
      }
    } else {
      replayNode(env, node);
      if (own.some((tangent) => tangent !== null)) tangentOf.set(node, tangentRule(env, node, own));
    }
  }
  return {
    outputs: body.outputs.map((output) => lookup(env, output)),
    tangents: body.outputs.map((output) => tangentOf.get(output) ?? null),
  };
}

function tangentRule(env: Env, node: Node, tangents: readonly (Node | null)[]): Node | null {
  const rule = primitives[node.op as RuledName] as Primitive<RuledName>;
  const inputs = node.inputs.map((input) => lookup(env, input));
  return isFloat(node.dtype) ? rule.jvp(node as NodeOf<RuledName>, inputs, lookup(env, node), tangents) : null;
}

/** The loop that carries tangents along with values; tangents of carries that stay zero are left out. */
function jvpScan(
  node: NodeOf<"scan">,
  inputs: readonly Node[],
  tangents: readonly (Node | null)[],
): { outputs: Node[]; tangents: (Node | null)[] } {
  const { body, captures, carries, length, reverse, checkpoint } = node.attributes;
  const outer = inputs.slice(0, captures);
  const init = inputs.slice(captures, captures + carries);
  const xs = inputs.slice(captures + carries);
  const outerDots = tangents.slice(0, captures);
  const xDots = tangents.slice(captures + carries);
  const activeX = xDots.flatMap((dot, i) => (dot === null ? [] : [i]));
  const active = init.map((carry, i) => isFloat(carry.dtype) && tangents[captures + i] !== null);
  for (;;) {
    const carried = active.flatMap((on, i) => (on ? [i] : []));
    const grew = { any: false };
    let activeYs: number[] = [];
    const result = scanNodes(
      (carry, parts) => {
        const dots: (Node | null)[] = active.map(() => null);
        carried.forEach((i, position) => {
          dots[i] = carry[carries + position]!;
        });
        const partDots: (Node | null)[] = xs.map(() => null);
        activeX.forEach((i, position) => {
          partDots[i] = parts[xs.length + position]!;
        });
        const step = jvpBody(
          body,
          [...outer, ...carry.slice(0, carries), ...parts.slice(0, xs.length)],
          [...outerDots, ...dots, ...partDots],
        );
        const carryDots = step.tangents.slice(0, carries);
        carryDots.forEach((dot, i) => {
          if (dot !== null && !active[i]) {
            active[i] = true;
            grew.any = true;
          }
        });
        const ys = step.outputs.slice(carries);
        const yDots = step.tangents.slice(carries);
        activeYs = yDots.flatMap((dot, i) => (dot === null ? [] : [i]));
        return {
          carry: [...step.outputs.slice(0, carries), ...carried.map((i) => like(carryDots[i] ?? null, init[i]!))],
          ys: [...ys, ...activeYs.map((i) => yDots[i]!)],
        };
      },
      [...init, ...carried.map((i) => like(tangents[captures + i] ?? null, init[i]!))],
      [...xs, ...activeX.map((i) => xDots[i]!)],
      { length, reverse, checkpoint },
    );
    if (grew.any) continue;
    const outputs = scanOutputs(result.scan);
    const stacked = body.outputs.length - carries;
    const first = carries + carried.length;
    const dots: (Node | null)[] = body.outputs.map(() => null);
    carried.forEach((i, position) => {
      dots[i] = outputs[carries + position]!;
    });
    activeYs.forEach((i, position) => {
      dots[carries + i] = outputs[first + stacked + position]!;
    });
    return { outputs: [...outputs.slice(0, carries), ...outputs.slice(first, first + stacked)], tangents: dots };
  }
}

/** A tangent, or zeros of a value's shape. */
export function like(tangent: Node | null, value: Node): Node {
  return tangent === null ? full(value.shape, 0) : cast(tangent, value.dtype);
}
