import { bodyNodes, level, parameter } from "../builder.ts";
import type { Body, Node, NodeOf, Primitive, RuledName } from "../node.ts";
import { add, cast, concat, full } from "../ops.ts";
import { isFloat } from "../primitives/elementwise.ts";
import { primitives } from "../primitives/index.ts";
import { scanNodes, scanOutputs } from "../scan.ts";
import { like } from "./jvp.ts";
import { type Env, inline, lookup, replayNode, replayOpen } from "./replay.ts";
import { residuals } from "./residuals.ts";

/** A loop run forward so that it can be run backward: its outputs, and its cotangents from those of the outputs. */
interface ReversibleLoop {
  readonly outputs: readonly Node[];
  backward(cotangents: readonly (Node | null)[]): (Node | null)[];
}

/** A body run forward, ready to be run backward. */
export interface Reversible {
  readonly outputs: readonly Node[];
  /** Cotangents of the parameters (`null`: zero) from those of the outputs. */
  backward(cotangents: readonly (Node | null)[]): (Node | null)[];
}

/**
 * Reverse-mode derivative of a body: runs it forward on `values` (loops that the derivative needs keep what their backward
 * loop needs) and gives the function that runs it backward for the parameters in `wanted`.
 */
export function vjpBody(body: Body, values: readonly Node[], wanted: readonly boolean[]): Reversible {
  const env: Env = new Map();
  const active = new Set<Node>();
  body.params.forEach((param, i) => {
    env.set(param, values[i]!);
    if (wanted[i] && isFloat(param.dtype)) active.add(param);
  });
  const nodes = bodyNodes(body);
  const loops = new Map<Node, ReversibleLoop>();
  for (const node of nodes) {
    const on = node.inputs.some((input) => active.has(input));
    if (on && (node.op === "scan" || isFloat(node.dtype))) active.add(node);
    if (node.op === "scan" && on) {
      const inputs = node.inputs.map((input) => lookup(env, input));
      loops.set(
        node,
        reversibleScan(
          node,
          inputs,
          node.inputs.map((input) => active.has(input)),
        ),
      );
    } else if (node.op === "get" && loops.has(node.inputs[0]!)) {
      env.set(node, loops.get(node.inputs[0]!)!.outputs[node.attributes.index]!);
    } else replayNode(env, node);
  }
  return {
    outputs: body.outputs.map((output) => lookup(env, output)),
    backward: (cotangents) => {
      const parts = new Map<Node, Node[]>();
      const give = (node: Node, cotangent: Node | null): void => {
        if (cotangent === null || !active.has(node)) return;
        const list = parts.get(node);
        if (list === undefined) parts.set(node, [cotangent]);
        else list.push(cotangent);
      };
      const total = (node: Node): Node | null => {
        const list = parts.get(node);
        return list === undefined ? null : cast(accumulate(list), node.dtype);
      };
      body.outputs.forEach((output, i) => {
        give(output, cotangents[i]!);
      });
      const loopCotangents = new Map<Node, (Node | null)[]>();
      for (let i = nodes.length - 1; i >= 0; i--) {
        const node = nodes[i]!;
        if (!active.has(node)) continue;
        if (node.op === "scan") {
          const own = loopCotangents.get(node);
          if (own === undefined) continue;
          const back = loops.get(node)!.backward(own);
          node.inputs.forEach((input, j) => {
            give(input, back[j]!);
          });
          continue;
        }
        const cotangent = total(node);
        if (cotangent === null) continue;
        if (node.op === "get") {
          const loop = node.inputs[0]!;
          if (loop.op !== "scan") throw new Error("a scan was expected");
          const list = loopCotangents.get(loop) ?? loop.attributes.body.outputs.map(() => null);
          list[node.attributes.index] = cotangent;
          loopCotangents.set(loop, list);
          continue;
        }
        const rule = primitives[node.op as RuledName] as Primitive<RuledName>;
        const back = rule.vjp(
          node as NodeOf<RuledName>,
          node.inputs.map((input) => lookup(env, input)),
          lookup(env, node),
          cotangent,
        );
        node.inputs.forEach((input, j) => {
          give(input, back[j]!);
        });
      }
      return body.params.map((param) => (active.has(param) ? total(param) : null));
    },
  };
}

/** Sum of the contributions to a cotangent; those that fill disjoint slices of an axis are joined instead of added. */
function accumulate(parts: readonly Node[]): Node {
  const rest: Node[] = [];
  const slabs = new Map<number, NodeOf<"pad">[]>();
  for (const part of parts) {
    const axis = part.op === "pad" ? slabAxis(part) : undefined;
    if (axis === undefined || part.op !== "pad") rest.push(part);
    else slabs.set(axis, [...(slabs.get(axis) ?? []), part]);
  }
  for (const [axis, pads] of slabs) {
    const layers: NodeOf<"pad">[][] = [];
    for (const pad of [...pads].sort((a, b) => a.attributes.low[axis]! - b.attributes.low[axis]!)) {
      const fits = layers.find((layer) => {
        const last = layer.at(-1)!;
        return last.attributes.low[axis]! + last.inputs[0]!.shape[axis]! <= pad.attributes.low[axis]!;
      });
      if (fits === undefined) layers.push([pad]);
      else fits.push(pad);
    }
    for (const layer of layers) rest.push(layer.length === 1 ? layer[0]! : joinSlabs(layer, axis));
  }
  return rest.reduce((total, part) => add(total, part));
}

/** The one axis along which a zero padding extends its operand, if it is one and leaves no gaps. */
function slabAxis(pad: NodeOf<"pad">): number | undefined {
  const { low, high, interior } = pad.attributes;
  const axes = low.flatMap((width, axis) => (width !== 0 || high[axis] !== 0 || interior[axis] !== 0 ? [axis] : []));
  return axes.length === 1 && interior[axes[0]!] === 0 ? axes[0] : undefined;
}

function joinSlabs(layer: readonly NodeOf<"pad">[], axis: number): Node {
  const { shape } = layer[0]!;
  const gap = (extent: number): Node =>
    full(
      shape.map((own, i) => (i === axis ? extent : own)),
      0,
    );
  const pieces: Node[] = [];
  let at = 0;
  for (const pad of layer) {
    const from = pad.attributes.low[axis]!;
    if (from > at) pieces.push(gap(from - at));
    pieces.push(pad.inputs[0]!);
    at = from + pad.inputs[0]!.shape[axis]!;
  }
  if (at < shape[axis]!) pieces.push(gap(shape[axis]! - at));
  return concat(pieces, axis);
}

/** Which carries have derivatives, given which inputs have: a fixed point over the body. */
function activeCarries(scan: NodeOf<"scan">, wanted: readonly boolean[]): boolean[] {
  const { body, captures, carries } = scan.attributes;
  const flags = wanted.slice(captures, captures + carries);
  for (;;) {
    const active = new Set<Node>();
    body.params.forEach((param, i) => {
      const on = i < captures || i >= captures + carries ? wanted[i] : flags[i - captures];
      if (on && isFloat(param.dtype)) active.add(param);
    });
    for (const node of bodyNodes(body)) {
      if ((node.op === "scan" || isFloat(node.dtype)) && node.inputs.some((input) => active.has(input)))
        active.add(node);
    }
    let grew = false;
    for (let i = 0; i < carries; i++) {
      if (active.has(body.outputs[i]!) && !flags[i]) {
        flags[i] = true;
        grew = true;
      }
    }
    if (!grew) return flags;
  }
}

/**
 * The loop's forward run with what its backward run needs, and that backward run. The transpose of a step is traced on the
 * forward step's own values; `residuals` decides which of them are kept as stacked results, the rest is computed again from
 * those in the backward loop. Carries' cotangents are carries of the backward loop, captured values' cotangents are summed
 * in further carries, those of `xs` are stacked.
 */
function reversibleScan(scan: NodeOf<"scan">, inputs: readonly Node[], wanted: readonly boolean[]): ReversibleLoop {
  const { body, captures, carries, length, reverse, checkpoint } = scan.attributes;
  const outer = inputs.slice(0, captures);
  const init = inputs.slice(captures, captures + carries);
  const xs = inputs.slice(captures + carries);
  const carryOn = activeCarries(scan, wanted);
  const bodyWanted = [...wanted.slice(0, captures), ...carryOn, ...wanted.slice(captures + carries)];
  const stacked = body.outputs.length - carries;

  const traceStep = (carry: readonly Node[], parts: readonly Node[]): ForwardStep => {
    const values = [...outer, ...carry, ...parts];
    const reversible = vjpBody(body, values, bodyWanted);
    if (checkpoint) return { reversible, parts, outputs: inline(body, values), stored: [...carry] };
    const seeds = body.outputs.map((output, i) =>
      (i >= carries || carryOn[i]) && isFloat(output.dtype) ? parameter(output, i, "cotangent") : null,
    );
    const back = reversible.backward(seeds).filter((node) => node !== null);
    const probes = seeds.filter((seed) => seed !== null);
    return { reversible, parts, outputs: reversible.outputs, stored: residuals(back, probes, carry, parts, level()) };
  };
  let traced: ForwardStep | undefined;
  const forward = scanNodes(
    (carry, parts) => {
      traced = traceStep(carry, parts);
      const { outputs, stored } = traced;
      return { carry: outputs.slice(0, carries), ys: [...outputs.slice(carries), ...stored] };
    },
    init,
    xs,
    { length, reverse, checkpoint },
  );
  if (traced === undefined) throw new Error("the step was not traced");
  const step: ForwardStep = traced;
  const outputs = scanOutputs(forward.scan);
  const kept = outputs.slice(carries + stacked);

  const backward = (cotangents: readonly (Node | null)[]): (Node | null)[] => {
    const carried = carryOn.flatMap((on, i) => (on ? [i] : []));
    const summed = outer.flatMap((value, i) => (wanted[i] && isFloat(value.dtype) ? [i] : []));
    const given = cotangents.slice(carries).flatMap((cotangent, i) => (cotangent === null ? [] : [i]));
    let stackedX: number[] = [];
    const result = scanNodes(
      (bars, slices) => {
        const seeds: (Node | null)[] = body.outputs.map(() => null);
        carried.forEach((i, position) => {
          seeds[i] = bars[position]!;
        });
        given.forEach((i, position) => {
          seeds[carries + i] = slices[kept.length + xs.length + position]!;
        });
        const env: Env = new Map([...bars, ...slices].map((formal) => [formal, formal]));
        [...step.stored, ...step.parts].forEach((formal, i) => {
          env.set(formal, slices[i]!);
        });
        const back = replayOpen(env, step.reversible.backward(seeds), level());
        stackedX = xs.flatMap((_, i) => (back[captures + carries + i] === null ? [] : [i]));
        const carryBars = carried.map((i) => like(back[captures + i]!, init[i]!));
        const sums = summed.map((i, position) => {
          const sum = bars[carried.length + position]!;
          const part = back[i]!;
          return part === null ? sum : add(sum, cast(part, sum.dtype));
        });
        return { carry: [...carryBars, ...sums], ys: stackedX.map((i) => back[captures + carries + i]!) };
      },
      [...carried.map((i) => like(cotangents[i]!, init[i]!)), ...summed.map((i) => full(outer[i]!.shape, 0))],
      [...kept, ...xs, ...given.map((i) => cotangents[carries + i]!)],
      { length, reverse: !reverse },
    );
    const back: (Node | null)[] = inputs.map(() => null);
    carried.forEach((i, position) => {
      if (wanted[captures + i]) back[captures + i] = result.carry[position]!;
    });
    summed.forEach((i, position) => {
      back[i] = result.carry[carried.length + position]!;
    });
    stackedX.forEach((i, position) => {
      back[captures + carries + i] = result.ys[position]!;
    });
    return back;
  };
  return { outputs: outputs.slice(0, carries + stacked), backward };
}

/** A step of a forward loop as traced: its transpose, its outputs and what it keeps. */
interface ForwardStep {
  readonly reversible: Reversible;
  readonly parts: readonly Node[];
  readonly outputs: readonly Node[];
  readonly stored: readonly Node[];
}
