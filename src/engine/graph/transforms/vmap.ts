import { bodyNodes } from "../builder.ts";
import type { Body, Node, NodeOf, Primitive, RuledName } from "../node.ts";
import { broadcastTo, transpose } from "../ops.ts";
import { primitives } from "../primitives/index.ts";
import { scanNodes, scanOutputs } from "../scan.ts";
import { type Env, lookup, replayNode } from "./replay.ts";

/** Values of a body's outputs, each with or without a leading batch axis, for parameters some of which carry one. */
export interface Batched {
  readonly outputs: Node[];
  readonly batched: boolean[];
}

/** Runs a body on batches: every batched parameter has a leading axis of `size`. */
export function vmapBody(body: Body, values: readonly Node[], batched: readonly boolean[], size: number): Batched {
  const env: Env = new Map();
  const on = new Map<Node, boolean>();
  body.params.forEach((param, i) => {
    env.set(param, values[i]!);
    on.set(param, batched[i]!);
  });
  const loops = new Map<Node, Batched>();
  for (const node of bodyNodes(body)) {
    const own = node.inputs.map((input) => on.get(input) ?? false);
    const inputs = (): Node[] => node.inputs.map((input) => lookup(env, input));
    if (node.op === "get" && loops.has(node.inputs[0]!)) {
      const loop = loops.get(node.inputs[0]!)!;
      env.set(node, loop.outputs[node.attributes.index]!);
      on.set(node, loop.batched[node.attributes.index]!);
    } else if (!own.some(Boolean)) {
      replayNode(env, node);
    } else if (node.op === "scan") {
      loops.set(node, vmapScan(node, inputs(), own, size));
    } else {
      const rule = primitives[node.op as RuledName] as Primitive<RuledName>;
      env.set(node, rule.batch(node as NodeOf<RuledName>, inputs(), own, size));
      on.set(node, true);
    }
  }
  return {
    outputs: body.outputs.map((output) => lookup(env, output)),
    batched: body.outputs.map((output) => on.get(output) ?? false),
  };
}

/** Exchanges the first two axes. */
function swapLeading(x: Node): Node {
  return transpose(
    x,
    x.shape.map((_, axis) => (axis < 2 ? 1 - axis : axis)),
  );
}

function vmapScan(node: NodeOf<"scan">, inputs: readonly Node[], batched: readonly boolean[], size: number): Batched {
  const { body, captures, carries, length, reverse, checkpoint } = node.attributes;
  const outer = inputs.slice(0, captures);
  const init = inputs.slice(captures, captures + carries);
  const xs = inputs.slice(captures + carries).map((x, i) => (batched[captures + carries + i] ? swapLeading(x) : x));
  const active = batched.slice(captures, captures + carries);
  const widen = (x: Node, on: boolean): Node => (on ? x : broadcastTo(x, [size, ...x.shape]));
  for (;;) {
    let grew = false;
    let yBatched: boolean[] = [];
    const before = [...active];
    const result = scanNodes(
      (carry, parts) => {
        const step = vmapBody(
          body,
          [...outer, ...carry, ...parts],
          [...batched.slice(0, captures), ...before, ...batched.slice(captures + carries)],
          size,
        );
        step.batched.slice(0, carries).forEach((on, i) => {
          if (on && !active[i]) {
            active[i] = true;
            grew = true;
          }
        });
        yBatched = step.batched.slice(carries);
        const next = step.outputs.slice(0, carries);
        return {
          carry: grew ? carry : next.map((x, i) => (before[i] ? widen(x, step.batched[i]!) : x)),
          ys: step.outputs.slice(carries),
        };
      },
      init.map((x, i) => (before[i] && !batched[captures + i] ? broadcastTo(x, [size, ...x.shape]) : x)),
      xs,
      { length, reverse, checkpoint },
    );
    if (grew) continue;
    const outputs = scanOutputs(result.scan).map((output, i) =>
      i >= carries && yBatched[i - carries] ? swapLeading(output) : output,
    );
    return { outputs, batched: [...before, ...yBatched] };
  }
}
