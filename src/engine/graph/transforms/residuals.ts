import { reach } from "../builder.ts";
import type { Node, Primitive, PrimitiveName, RuledName } from "../node.ts";
import { primitives } from "../primitives/index.ts";

/** An expression of more operations than this is kept when it is read at shifted positions in the backward loop. */
const CHEAP_OPERATIONS = 3;
/** Elementwise operations from this cost on are kept. */
const TRANSCENDENTAL = 15;

const VIEWS: ReadonlySet<PrimitiveName> = new Set(["roll", "reverse", "take", "transpose"]);
const HEAVY: ReadonlySet<PrimitiveName> = new Set([
  "get",
  "matmul",
  "sum",
  "max",
  "min",
  "rfft",
  "irfft",
  "cholesky",
  "triangularSolve",
  "scatterAdd",
  "conv",
  "convInput",
  "convWeight",
  "maxPool",
  "maxPoolPick",
  "maxPoolScatter",
]);

function isHeavy(node: Node): boolean {
  if (HEAVY.has(node.op)) return true;
  if (node.op === "input" || node.op === "constant" || node.op === "scan") return false;
  const rule: Primitive<RuledName> = primitives[node.op as RuledName];
  return (rule.elementwise?.cost ?? 0) >= TRANSCENDENTAL;
}

/** Number of elementwise operations until values that are at hand, counted to just above the limit. */
function operations(node: Node, atHand: (node: Node) => boolean): number {
  let count = 0;
  const stack = [node];
  while (stack.length > 0 && count <= CHEAP_OPERATIONS) {
    const top = stack.pop()!;
    if (atHand(top)) continue;
    if ((primitives[top.op as RuledName] as Primitive<RuledName> | undefined)?.elementwise !== undefined) count++;
    stack.push(...top.inputs);
  }
  return count;
}

/**
 * The values of a forward step that its transpose `back` (in terms of the cotangents `probes`) takes from the forward loop:
 * carries, results of loops, products, reductions and transcendental functions, and operands of shifts that are longer
 * expressions. Everything else is cheaper to compute again than to store and load.
 */
export function residuals(
  back: readonly Node[],
  probes: readonly Node[],
  carry: readonly Node[],
  xs: readonly Node[],
  level: number,
): Node[] {
  const late = new Set<Node>(probes);
  const order = reach(back, (node) => late.has(node) || node.depth < level);
  for (const node of order) if (node.depth >= level && node.inputs.some((input) => late.has(input))) late.add(node);
  const free = (node: Node): boolean => node.depth < level || node.op === "constant" || xs.includes(node);
  const stored = new Set<Node>();
  const atHand = (node: Node): boolean => free(node) || carry.includes(node) || isHeavy(node);
  const visited = new Set<Node>();
  const stack = [...order.filter((node) => late.has(node)).flatMap((node) => node.inputs), ...back].filter(
    (node) => !late.has(node),
  );
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (visited.has(node) || free(node)) continue;
    visited.add(node);
    if (carry.includes(node) || isHeavy(node)) stored.add(node);
    else if (VIEWS.has(node.op) && operations(node.inputs[0]!, atHand) > CHEAP_OPERATIONS) stored.add(node.inputs[0]!);
    else stack.push(...node.inputs);
  }
  return [...stored].sort((a, b) => a.id - b.id);
}
