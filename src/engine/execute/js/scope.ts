import { bodyNodes } from "../../graph/builder.ts";
import type { Body, Node, Primitive, RuledName } from "../../graph/node.ts";
import { primitives } from "../../graph/primitives/index.ts";
import { sizeOf } from "../../tensor/index.ts";
import { type Access, ownMaps, resolve, squeeze } from "./access.ts";
import type { Buffer } from "./buffers.ts";
import { RULES } from "./rules.ts";

/** Where a value is: in variables or literals (one per element), in a buffer in C order, or both. */
export interface Place {
  readonly scalars?: readonly string[];
  readonly buffer?: Buffer;
}

/** What must become of an output of a body: variables, or a buffer to be filled. */
export interface Destination {
  readonly buffer?: Buffer;
}

/** Facts about the values of one body that planning and emission share. */
export interface Scope {
  readonly body: Body;
  readonly params: ReadonlySet<Node>;
  /** Values to compute, operands first. */
  readonly nodes: readonly Node[];
  /** Largest tensor that is taken apart into variables. */
  readonly tiny: number;
  readonly scalars: Map<Node, readonly string[]>;
  readonly memory: Map<Node, Buffer>;
  /** Expressions that have a buffer, from which every reader loads them. */
  readonly stored: Set<Node>;
  /** Expressions that have a buffer for readers at their own position in later stages; others compute them again. */
  readonly kept: Set<Node>;
}

export function makeScope(body: Body, tiny: number, params: ReadonlyMap<Node, Place>): Scope {
  const scalars = new Map<Node, readonly string[]>();
  const memory = new Map<Node, Buffer>();
  for (const [node, place] of params) {
    if (place.scalars !== undefined) scalars.set(node, place.scalars);
    if (place.buffer !== undefined) memory.set(node, place.buffer);
  }
  return {
    body,
    params: new Set(body.params),
    nodes: bodyNodes(body),
    tiny,
    scalars,
    memory,
    stored: new Set(),
    kept: new Set(),
  };
}

/** Relative cost of an elementwise primitive, 0 for others. */
export function elementwiseCost(node: Node): number {
  if (node.op === "clip" || node.op === "cast") return 1;
  const rule = primitives[node.op as RuledName] as Primitive<RuledName> | undefined;
  return rule?.elementwise?.cost ?? 0;
}

/** Constants of one value are literals wherever they are read. */
export function uniformValue(node: Node): number | undefined {
  if (node.op === "broadcast") return uniformValue(node.inputs[0]!);
  if (node.op !== "constant" || node.attributes.data.length === 0) return undefined;
  const { data } = node.attributes;
  const first = data[0]!;
  if (data.length > 1 && !data.every((entry) => Object.is(entry, first))) return undefined;
  return first;
}

/** Whether a value is taken apart into one variable per element. */
export function isTiny(scope: Scope, node: Node): boolean {
  if (sizeOf(node.shape) > scope.tiny) return false;
  if (scope.params.has(node)) return true;
  const small = (): boolean => node.inputs.every((input) => sizeOf(input.shape) <= scope.tiny);
  switch (RULES[node.op]) {
    case "leaf":
    case "result":
    case "elementwise":
    case "view":
      return true;
    case "region":
    case "reduction":
      return small();
    case "call":
      return node.op === "take" || ((node.op === "matmul" || node.op === "scatterAdd") && small());
    default:
      return false;
  }
}

/** Larger values that are expressions in loops. */
export function isExpression(scope: Scope, node: Node): boolean {
  return RULES[node.op] === "elementwise" && !isTiny(scope, node) && !scope.params.has(node);
}

/** The shape of the loop that computes a node: the operand's for a reduction. */
export function loopShape(node: Node): number[] {
  return squeeze(RULES[node.op] === "reduction" ? node.inputs[0]!.shape : node.shape);
}

/** What an expression or reduction reads, element by element of its loop. */
export function readsOf(node: Node): Access[] {
  const loop = loopShape(node);
  return node.inputs.map((input) => resolve(input, ownMaps(input.shape), loop));
}

/** A value read whole, in its own order. */
export function readWhole(node: Node): Access {
  return resolve(node, ownMaps(node.shape), squeeze(node.shape));
}

/** Whether a read is of one element alone. */
export function isSingle(access: Access): boolean {
  return access.maps.every((map) => map.axis < 0);
}

/** Whether a loop computes what it reads through an access itself, instead of loading it. */
export function isInlined(scope: Scope, access: Access): boolean {
  const { root } = access;
  if (!isExpression(scope, root) || scope.stored.has(root)) return false;
  return !(access.pointwise && scope.kept.has(root));
}

/** Reads of an expression that is itself read through an access. */
export function innerReads(access: Access): Access[] {
  return readsOf(access.root).map((inner) => (access.pointwise ? inner : { ...inner, pointwise: false }));
}
