import type { Node } from "../../graph/node.ts";
import { sizeOf } from "../../tensor/index.ts";
import { type Access, isView } from "./access.ts";
import { exchanged } from "./calls.ts";
import { RULES } from "./rules.ts";
import {
  elementwiseCost,
  innerReads,
  isExpression,
  isTiny,
  loopShape,
  readsOf,
  readWhole,
  type Scope,
} from "./scope.ts";

/** Expressions of at most this many operations are computed again where they are read at other positions. */
const INLINE_OPERATIONS = 2;
const TRANSCENDENTAL = 15;
/** Longest expression that is computed where it is read once at another position. */
const LONGEST_INLINE = 200;

/** When everything of a body runs; see {@link schedule}. */
export interface Schedule {
  /** Stage in which the loop, routine or copies of a node run. */
  readonly time: ReadonlyMap<Node, number>;
  /** Stage in which a read can be done by a loop. */
  ready(access: Access): number;
  /** First stage in which a routine may read a value as a buffer. */
  operandReady(node: Node): number;
}

/** The value behind views. */
export function rootOf(node: Node): Node {
  return isView(node) ? rootOf(node.inputs[0]!) : node;
}

/** Routines, loops over steps and reshapes read their operands as buffers. */
export function readsBuffers(scope: Scope, node: Node): boolean {
  if (isTiny(scope, node) || isView(node)) return false;
  const rule = RULES[node.op];
  return rule === "call" || rule === "loop" || rule === "view";
}

/**
 * Decides which expressions get a buffer and in which stage everything runs. Stages are passes over the arrays: an
 * expression runs in the stage of its operands when it reads them at its own position, one stage later when it reads them
 * elsewhere. Expressions then sink to the stage of their first reader, so that they need not be stored on the way.
 */
export function schedule(scope: Scope): Schedule {
  const expressions = scope.nodes.filter((node) => isExpression(scope, node));
  chooseStored(scope, expressions);
  const time = new Map<Node, number>();
  /** Stages of small values, which share much of what they are made of. */
  const known = new Map<Node, number>();
  const available = (node: Node): number => {
    if (scope.params.has(node) || RULES[node.op] === "leaf") return 0;
    if (node.op === "get") return time.get(node.inputs[0]!)! + 1;
    if (isTiny(scope, node)) {
      const stage =
        known.get(node) ??
        Math.max(0, ...node.inputs.map((input) => available(isTiny(scope, input) ? input : rootOf(input))));
      known.set(node, stage);
      return stage;
    }
    if (isView(node)) return available(rootOf(node));
    return time.get(node)! + 1;
  };
  const ready = (access: Access): number => {
    const { root } = access;
    if (!isExpression(scope, root)) return available(root);
    if (access.pointwise) return time.get(root)!;
    if (scope.stored.has(root)) return time.get(root)! + 1;
    return Math.max(0, ...innerReads(access).map(ready));
  };
  const operandReady = (node: Node): number =>
    isView(node) && !isTiny(scope, node) ? ready(readWhole(node)) + 1 : available(node);
  for (const node of scope.nodes) {
    const rule = RULES[node.op];
    if (isTiny(scope, node)) available(node);
    if (rule === "leaf" || rule === "result" || isTiny(scope, node) || isView(node)) continue;
    const stages = readsBuffers(scope, node)
      ? node.inputs.map(operandReady)
      : (rule === "region" ? node.inputs.map(readWhole) : readsOf(node)).map(ready);
    time.set(node, Math.max(0, ...stages));
  }
  sink(scope, expressions, time);
  known.clear();
  for (const node of scope.nodes) if (isTiny(scope, node)) available(node);
  for (const node of scope.nodes) {
    const rule = RULES[node.op];
    if ((rule !== "elementwise" && rule !== "reduction") || !time.has(node)) continue;
    for (const read of readsOf(node)) keepAcross(scope, read, time.get(node)!, time);
  }
  return { time, ready, operandReady };
}

/** Keeps expressions that are read at their own position in a later stage than theirs. */
function keepAcross(scope: Scope, read: Access, at: number, time: ReadonlyMap<Node, number>): void {
  const { root } = read;
  if (read.pointwise && isExpression(scope, root) && !scope.stored.has(root) && time.get(root)! < at)
    scope.kept.add(root);
}

/** Marks expressions that need a buffer: outputs, operands of routines, and longer ones that are read at other positions. */
function chooseStored(scope: Scope, expressions: readonly Node[]): void {
  const uses = new Map<Node, { count: number; shifted: boolean; expanding: boolean }>();
  const use = (access: Access, loopSize: number): void => {
    const { root } = access;
    if (!isExpression(scope, root)) return;
    const entry = uses.get(root) ?? { count: 0, shifted: false, expanding: false };
    uses.set(root, {
      count: entry.count + 1,
      shifted: entry.shifted || !access.pointwise,
      expanding: entry.expanding || loopSize > sizeOf(root.shape),
    });
  };
  const force = (node: Node): void => {
    if (isExpression(scope, node)) scope.stored.add(node);
  };
  for (const node of scope.nodes) {
    const rule = RULES[node.op];
    if (isTiny(scope, node)) {
      for (const input of node.inputs) if (!isTiny(scope, input)) force(rootOf(input));
    } else if (readsBuffers(scope, node)) {
      for (const input of node.inputs) {
        const behind = node.op === "matmul" ? exchanged(input) : undefined;
        const inner = behind !== undefined && !isView(behind) ? behind : undefined;
        force(inner ?? input);
        if (isView(input) && inner === undefined) use(readWhole(input), sizeOf(input.shape));
      }
    } else if (rule === "elementwise" || rule === "reduction") {
      const size = sizeOf(loopShape(node));
      for (const read of readsOf(node)) use(read, size);
    } else if (rule === "region") for (const input of node.inputs) use(readWhole(input), sizeOf(input.shape));
  }
  for (const output of scope.body.outputs) {
    force(output);
    if (isView(output)) use(readWhole(output), sizeOf(output.shape));
  }
  const operations = new Map<Node, number>();
  const lengths = new Map<Node, number>();
  for (const node of expressions) {
    let count = elementwiseCost(node) >= TRANSCENDENTAL ? 1000 : 1;
    let length = 1;
    for (const { root } of readsOf(node)) {
      if (!isExpression(scope, root) || scope.stored.has(root)) continue;
      count += operations.get(root)!;
      length += lengths.get(root)!;
    }
    operations.set(node, count);
    lengths.set(node, length);
    const own = uses.get(node);
    const once = own !== undefined && own.count === 1 && !own.expanding;
    if (own?.shifted && count > INLINE_OPERATIONS && (!once || length > LONGEST_INLINE)) scope.stored.add(node);
  }
}

/** Moves expressions to the stage of their first reader. Outputs stay: what they read is free after them. */
function sink(scope: Scope, expressions: readonly Node[], time: Map<Node, number>): void {
  const latest = new Map<Node, number>();
  const atMost = (node: Node, stage: number): void => {
    latest.set(node, Math.min(latest.get(node) ?? stage, stage));
  };
  const demand = (access: Access, at: number): void => {
    const { root } = access;
    if (!isExpression(scope, root)) return;
    if (access.pointwise) atMost(root, at);
    else if (scope.stored.has(root)) atMost(root, at - 1);
    else for (const inner of innerReads(access)) demand(inner, at);
  };
  for (const node of scope.nodes) {
    const rule = RULES[node.op];
    if (isTiny(scope, node)) {
      // Variables may be read in any stage from their own on.
      for (const input of node.inputs) {
        const root = rootOf(input);
        if (!isTiny(scope, input) && isExpression(scope, root)) atMost(root, time.get(root)!);
      }
    } else if (readsBuffers(scope, node)) {
      // A view is copied in a stage of its own before, in the loop of what it shows if it reads that at its own position.
      for (const input of node.inputs) {
        const read = readWhole(input);
        if (isView(input)) demand(read, time.get(node)! - 1);
        else demand({ ...read, pointwise: false }, time.get(node)!);
      }
    } else if (rule === "reduction") for (const read of readsOf(node)) demand(read, time.get(node)!);
    else if (rule === "region") for (const input of node.inputs) demand(readWhole(input), time.get(node)!);
  }
  for (const output of scope.body.outputs) {
    const root = rootOf(output);
    if (isExpression(scope, root)) atMost(root, time.get(root)!);
  }
  for (let i = expressions.length - 1; i >= 0; i--) {
    const node = expressions[i]!;
    const stage = latest.get(node);
    if (stage !== undefined) time.set(node, Math.max(time.get(node)!, stage));
    for (const read of readsOf(node)) demand(read, time.get(node)!);
  }
}
