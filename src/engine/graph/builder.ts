import { ArgumentError } from "../errors/index.ts";
import type { NdArray } from "../tensor/index.ts";
import { sizeOf } from "../tensor/index.ts";
import type {
  AttributeTypes,
  Body,
  DType,
  Node,
  NodeOf,
  Primitive,
  PrimitiveName,
  Primitives,
  RuledName,
  Spec,
} from "./node.ts";

/** One trace: the primitives' rules and the nodes made so far, so that equal values become one node. */
interface Table {
  readonly primitives: Primitives;
  readonly nodes: Map<string, Node>;
  /** Depth of the loop body that is being traced. */
  level: number;
}

let current: Table | undefined;
let nextId = 0;

/** Largest result that is computed while tracing when all operands are constants. */
const FOLD_LIMIT = 4096;
/** Largest operand of such a result: broadcast constants are written out for it. */
const OPERAND_LIMIT = 2 ** 22;

/** Runs `build` in a fresh trace; traces may nest, their nodes may not mix. */
export function inTrace<T>(primitives: Primitives, build: () => T): T {
  const outer = current;
  current = { primitives, nodes: new Map(), level: 0 };
  try {
    return build();
  } finally {
    current = outer;
  }
}

function table(): Table {
  if (current === undefined)
    throw new ArgumentError("tensor", "operations on tensors work inside trace(…) alone", "graph/outside-trace");
  return current;
}

/** A tensor used where it has no value. */
export function foreignTensor(message: string): ArgumentError {
  return new ArgumentError("trace", message, "graph/foreign-tensor");
}

/** Whether a trace is under way. */
export function isTracing(): boolean {
  return current !== undefined;
}

function attributesKey(attributes: object): string {
  const entries = Object.values(attributes);
  if (entries.length === 0) return "";
  // JSON has no infinities.
  return entries
    .map((entry) => (typeof entry === "object" && !ArrayBuffer.isView(entry) ? JSON.stringify(entry) : String(entry)))
    .join(";");
}

function remember<P extends PrimitiveName>(
  key: string,
  op: P,
  inputs: readonly Node[],
  attributes: AttributeTypes[P],
  spec: Spec,
): Node {
  const found = table().nodes.get(key);
  if (found !== undefined) return found;
  let depth = 0;
  for (const input of inputs) depth = Math.max(depth, input.depth);
  const node = { op, inputs, attributes, shape: spec.shape, dtype: spec.dtype, depth, id: nextId++ } as Node;
  table().nodes.set(key, node);
  return node;
}

/**
 * The node of a primitive on given inputs: simplified, folded when constant, shared when it exists already. Its shape and
 * type are those of `infer`, whatever it simplifies to.
 */
export function make<P extends RuledName>(op: P, inputs: readonly Node[], attributes: AttributeTypes[P]): Node {
  const { primitives } = table();
  const primitive: Primitive<P> = primitives[op];
  const spec = primitive.infer(inputs, attributes);
  const simpler = primitive.simplify?.(inputs, attributes);
  if (simpler !== undefined)
    return simpler.dtype === spec.dtype ? simpler : make("cast", [simpler], { dtype: spec.dtype });
  const key = `${op}(${inputs.map((input) => input.id).join(",")})${attributesKey(attributes)}`;
  const foldable = (input: Node): boolean => isConstant(input) && sizeOf(input.shape) <= OPERAND_LIMIT;
  if (inputs.length > 0 && op !== "broadcast" && sizeOf(spec.shape) <= FOLD_LIMIT && inputs.every(foldable)) {
    const found = table().nodes.get(key);
    if (found !== undefined) return found;
    const values: NdArray[] = inputs.map((input) => ({ data: constantData(input), shape: input.shape }));
    const node = { op, inputs, attributes, shape: spec.shape, dtype: spec.dtype, depth: 0, id: -1 };
    const folded = constant(primitive.evaluate(node, values), spec.shape, spec.dtype);
    table().nodes.set(key, folded);
    return folded;
  }
  return remember(key, op, inputs, attributes, spec);
}

/** A loop node; see {@link ScanAttributes}. Loops are never merged. */
export function makeScan(inputs: readonly Node[], attributes: AttributeTypes["scan"]): NodeOf<"scan"> {
  const node = remember(`scan#${nextId}`, "scan", inputs, attributes, { shape: [], dtype: "float64" });
  if (node.op !== "scan") throw new Error("a scan was expected");
  return node;
}

/** Output `index` of a loop: final carries first, then the stacked results. */
export function makeGet(scan: NodeOf<"scan">, index: number): Node {
  const { body, carries, length } = scan.attributes;
  const output = body.outputs[index]!;
  const shape = index < carries ? output.shape : [length, ...output.shape];
  return remember(`get(${scan.id})${index}`, "get", [scan], { index }, { shape, dtype: output.dtype });
}

/** A fresh formal parameter at the present depth of loops. */
export function parameter(spec: Spec, index: number, name: string): NodeOf<"input"> {
  const node = {
    op: "input" as const,
    inputs: [],
    attributes: { index, name },
    shape: [...spec.shape],
    dtype: spec.dtype,
    depth: table().level,
    id: nextId++,
  };
  return node;
}

/** A constant. The data are not copied. */
export function constant(data: Float64Array, shape: readonly number[], dtype: DType = "float64"): Node {
  let key: string;
  if (data.length <= 64) key = Array.from(data, (entry) => (Object.is(entry, -0) ? "-0" : String(entry))).join(",");
  else key = `#${nextId}`;
  return remember(`constant[${shape.join()}]${dtype}:${key}`, "constant", [], { data }, { shape: [...shape], dtype });
}

/** A constant scalar. */
export function scalar(value: number, dtype: DType = "float64"): Node {
  return constant(Float64Array.of(value), [], dtype);
}

/** Constants, and broadcasts of small ones. */
export function isConstant(node: Node): boolean {
  return node.op === "constant" || (node.op === "broadcast" && node.inputs[0]!.op === "constant");
}

/** The elements of a node for which {@link isConstant} holds. */
function constantData(node: Node): Float64Array {
  if (node.op === "constant") return node.attributes.data;
  if (node.op !== "broadcast") throw new Error("not a constant");
  const inner = node.inputs[0]!;
  const data = constantData(inner);
  if (data.length === 1) return new Float64Array(sizeOf(node.shape)).fill(data[0]!);
  return table().primitives.broadcast.evaluate(node, [{ data, shape: inner.shape }]);
}

/** The value of a constant all of whose elements are one number, else undefined. */
export function constantValue(node: Node): number | undefined {
  if (node.op === "broadcast") return constantValue(node.inputs[0]!);
  if (node.op !== "constant") return undefined;
  const { data } = node.attributes;
  if (data.length === 0 || data.length > 64) return undefined;
  const first = data[0]!;
  return data.every((entry) => Object.is(entry, first)) ? first : undefined;
}

/** Depth of the loop body that is being traced, 0 outside of loops. */
export function level(): number {
  return table().level;
}

/** Traces the body of a loop: formal parameters of the given specs one level deeper. */
export function inBody<T>(
  specs: readonly Spec[],
  build: (params: readonly Node[]) => T,
): { params: readonly Node[]; result: T } {
  const outer = table().level;
  table().level = outer + 1;
  try {
    const params = specs.map((spec, index) => parameter(spec, index, "x"));
    return { params, result: build(params) };
  } finally {
    table().level = outer;
  }
}

/**
 * Closes a body over the outer values that it uses: every node of a smaller depth that its outputs reach before `params`
 * becomes a formal parameter itself (loop-invariant expressions move out of the loop for nothing).
 */
export function close(params: readonly Node[], outputs: readonly Node[]): { body: Body; captures: readonly Node[] } {
  const inner = table().level + 1;
  const formal = new Set(params);
  const reached = reach(outputs, (node) => formal.has(node) || isConstant(node) || node.depth < inner);
  if (reached.some((node) => node.op === "input" && node.depth >= inner && !formal.has(node)))
    throw foreignTensor("a tensor of another loop was used: return it from that loop's step");
  const captures = reached.filter((node) => node.depth < inner && !formal.has(node) && !isConstant(node));
  return { body: { params: [...captures, ...params], outputs }, captures };
}

/** Nodes reachable from `outputs`, inputs first; the walk goes no further down from a node for which `stop` holds. */
export function reach(outputs: readonly Node[], stop: (node: Node) => boolean): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  for (const output of outputs) {
    if (seen.has(output)) continue;
    seen.add(output);
    stack.push({ node: output, next: stop(output) ? output.inputs.length : 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      if (top.next === top.node.inputs.length) {
        order.push(top.node);
        stack.pop();
        continue;
      }
      const input = top.node.inputs[top.next++]!;
      if (seen.has(input)) continue;
      seen.add(input);
      stack.push({ node: input, next: stop(input) ? input.inputs.length : 0 });
    }
  }
  return order;
}

/** The nodes of a closed body, inputs first, its formal parameters left out. */
export function bodyNodes(body: Body): Node[] {
  const formal = new Set(body.params);
  return reach(body.outputs, (node) => formal.has(node)).filter((node) => !formal.has(node));
}
