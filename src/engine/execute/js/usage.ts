import type { Node } from "../../graph/node.ts";
import type { Access } from "./access.ts";
import type { Buffer } from "./buffers.ts";
import type { LargeCarry, ScopePlan, Step } from "./plan-types.ts";
import { rootOf } from "./schedule.ts";
import { innerReads, isInlined, readsOf, readWhole, type Scope } from "./scope.ts";

/** Buffers that a step reads, and whether only at the loop's own position. */
export function readsOfStep(scope: Scope, step: Step): { buffer: Buffer; pointwise: boolean }[] {
  const reads: { buffer: Buffer; pointwise: boolean }[] = [];
  const add = (node: Node, pointwise: boolean): void => {
    const buffer = scope.memory.get(node);
    if (buffer !== undefined) reads.push({ buffer, pointwise });
  };
  const seen = new Set<Node>();
  const follow = (first: Access, pointwiseFirst: boolean): void => {
    const stack = [{ access: first, pointwise: pointwiseFirst }];
    while (stack.length > 0) {
      const { access, pointwise } = stack.pop()!;
      if (!isInlined(scope, access)) add(access.root, pointwise);
      else if (!pointwise || !seen.has(access.root)) {
        if (pointwise) seen.add(access.root);
        for (const inner of innerReads(access)) stack.push({ access: inner, pointwise: pointwise && inner.pointwise });
      }
    }
  };
  switch (step.kind) {
    case "kernel":
      for (const entry of step.items) {
        for (const read of entry.kind === "copy" ? [readWhole(entry.source)] : readsOf(entry.node))
          follow(read, read.pointwise);
      }
      break;
    case "scalars":
      add(step.node, false);
      for (const input of step.node.inputs) add(rootOf(input), false);
      break;
    case "call":
      for (const buffer of step.operands) reads.push({ buffer, pointwise: false });
      break;
    case "loop": {
      for (const { memory } of step.loop.streams) reads.push({ buffer: memory, pointwise: false });
      for (const { slots } of step.loop.large) reads.push({ buffer: slots, pointwise: false });
      for (const input of step.loop.node.inputs.slice(0, step.loop.node.attributes.captures)) add(input, false);
      break;
    }
    default:
      break;
  }
  return reads;
}

/** Buffers that a step writes. */
export function writesOfStep(step: Step): Buffer[] {
  switch (step.kind) {
    case "kernel":
      return step.items.map((entry) => entry.target.buffer);
    case "fill":
      return [step.buffer];
    case "store":
      return [step.target.buffer];
    case "call":
      return [step.result];
    case "loop":
      return [
        ...step.loop.large.map(({ slots }) => slots),
        ...step.loop.streams.map(({ memory }) => memory),
        step.loop.body.frame,
        step.loop.exit,
      ];
    default:
      return [];
  }
}

/** A carry that is read only until it is written, and there at the same position, needs one slot. */
export function settle(carry: LargeCarry, param: Node, output: Node, inner: ScopePlan): LargeCarry {
  if (carry.kind !== "ping-pong" || !canUpdateInPlace(carry, param, output, inner)) return carry;
  for (const view of [carry.current, carry.next]) {
    delete view.variable;
    view.inside = { buffer: carry.slots, offset: 0 };
  }
  return { ...carry, kind: "in-place" };
}

function canUpdateInPlace(carry: LargeCarry, param: Node, output: Node, inner: ScopePlan): boolean {
  if (output === param) return true;
  const at = inner.steps.findIndex(
    (step) =>
      step.kind === "kernel" &&
      step.items.some(
        (entry) => entry.kind === "compute" && entry.node === output && entry.target.buffer === carry.next,
      ),
  );
  return (
    at >= 0 &&
    inner.steps.every((step, i) => {
      const reads = readsOfStep(inner.scope, step).filter(({ buffer }) => buffer === carry.current);
      return reads.length === 0 || i < at || (i === at && reads.every(({ pointwise }) => pointwise));
    })
  );
}
