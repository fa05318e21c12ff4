import { OnnxError } from "../../errors/index.ts";
import type { Node } from "../../graph/node.ts";
import type { NdArray } from "../../tensor/index.ts";
import type { AttributeProto, GraphProto, NodeProto } from "../proto/graph.ts";
import { type ExternalReader, tensorValues } from "../proto/tensor.ts";
import { type ElementType, isInteger } from "../proto/types.ts";
import { type Budget, constantValue, type FloatType, isKnown, literal, type Value } from "./value.ts";

/** What an operator's rule gives for each output; a bare node has the type of the first input, comparisons are bool. */
export type Output = Node | Value | undefined;
/** How an operator becomes part of a graph. */
export type Rule = (call: OnnxCall) => Output | readonly Output[];

/** What a node sees of the graph around it. */
export interface Surroundings {
  readonly opset: number;
  /** What a function's nodes may refer to. */
  readonly attributes: ReadonlyMap<string, AttributeProto>;
  readonly context: {
    readonly file: string;
    readonly external: ExternalReader | undefined;
    readonly float: FloatType;
    readonly budget: Budget;
  };
  /** Imports a graph inside of a node: the values of its outputs. */
  run(graph: GraphProto, inputs: readonly Value[], call: OnnxCall): Value[];
}

/** Numbers of attribute types, with what they are called. */
const kinds = {
  1: "a number",
  2: "an integer",
  3: "a text",
  4: "a tensor",
  5: "a graph",
  6: "numbers",
  7: "integers",
  8: "texts",
} as const;
type Kind = keyof typeof kinds;

/** Largest extent that is built up element by element. */
const LONGEST = 2 ** 24;

/** A node of a network as its operator's rule sees it: inputs, attributes, opset. */
export class OnnxCall {
  readonly proto: NodeProto;
  readonly scope: Surroundings;
  readonly inputs: readonly (Value | undefined)[];

  constructor(proto: NodeProto, scope: Surroundings, inputs: readonly (Value | undefined)[]) {
    this.proto = proto;
    this.scope = scope;
    this.inputs = inputs;
  }

  /** Version of the operator set. */
  get opset(): number {
    return this.scope.opset;
  }

  /** An error that names operator, node and opset. */
  fail(message: string, code: `onnx/${string}` = "onnx/invalid"): OnnxError {
    return new OnnxError(this.scope.context.file, `${describeNode(this.proto, this.scope.opset)}: ${message}`, code);
  }

  /** What is meant, but not covered. */
  unsupported(what: string): OnnxError {
    return this.fail(`${what} is not supported`, "onnx/unsupported");
  }

  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  value(index: number): Value {
    const value = this.inputs[index];
    if (value === undefined) throw this.fail(`input ${index} is missing`);
    return value;
  }

  /** An input's node. */
  x(index = 0): Node {
    return this.value(index).node;
  }

  /** An input's node, undefined where it is left out. */
  optional(index: number): Node | undefined {
    return this.inputs[index]?.node;
  }

  type(index = 0): ElementType {
    return this.value(index).type;
  }

  rank(index = 0): number {
    return this.x(index).shape.length;
  }

  /** Whether an input holds integers. */
  counts(index = 0): boolean {
    return isInteger(this.type(index));
  }

  /** The numbers of an input that has to be known when the network is read. */
  known(index: number, what: string): NdArray {
    const array = literal(this.x(index));
    if (array === undefined && isKnown(this.x(index))) throw this.fail(`${what} is too large`, "onnx/too-large");
    if (array === undefined)
      throw this.fail(`${what} depends on the network's inputs, which is not supported`, "onnx/unsupported");
    return array;
  }

  /** A list of numbers that has to be known, undefined where the input is left out. */
  list(index: number, what: string): number[] | undefined {
    return this.has(index) ? Array.from(this.known(index, what).data) : undefined;
  }

  /** A single number that has to be known. */
  number(index: number, what: string): number | undefined {
    const list = this.list(index, what);
    if (list !== undefined && list.length !== 1) throw this.fail(`expected one number for ${what}, got ${list.length}`);
    return list?.[0];
  }

  /** Integers that are an attribute in some opsets and an input in others. */
  axes(name: string, index: number): number[] | undefined {
    return this.list(index, name) ?? this.integers(name);
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number): number {
    const resolved = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank)
      throw this.fail(`expected an axis from ${-rank} to ${rank - 1}, got ${axis}`);
    return resolved;
  }

  /** An extent that something is built of, element by element. */
  extent(extent: number, what: string): number {
    const { budget } = this.scope.context;
    if (!Number.isInteger(extent) || extent < 0 || extent > LONGEST)
      throw this.fail(`expected ${what} from 0 to ${LONGEST}, got ${extent}`);
    budget.built -= extent;
    if (budget.built < 0) throw this.fail("too much would be built from a small file", "onnx/too-large");
    return extent;
  }

  /** Whether output `index` is asked for. */
  wants(index: number): boolean {
    return (this.proto.outputs[index] ?? "") !== "";
  }

  integer(name: string, otherwise: number): number {
    return this.#attribute(name, 2)?.integer ?? otherwise;
  }

  /** A floating attribute: stored as float32, so what is meant is the simplest number that rounds to it. */
  float(name: string, otherwise: number): number {
    const stored = this.#attribute(name, 1)?.float;
    return stored === undefined || stored === Math.fround(otherwise) ? otherwise : simplest(stored);
  }

  string(name: string, otherwise: string): string {
    return this.#attribute(name, 3)?.string ?? otherwise;
  }

  integers(name: string): number[] | undefined {
    const list = this.#attribute(name, 7)?.integers;
    return list && [...list];
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attribute(name, 6)?.floats.map(simplest);
  }

  strings(name: string): readonly string[] | undefined {
    return this.#attribute(name, 8)?.strings;
  }

  /** A tensor among the attributes. */
  tensor(name: string): Value | undefined {
    const proto = this.#attribute(name, 4)?.tensor;
    if (proto === undefined) return undefined;
    const { file, external, float } = this.scope.context;
    const { type, data } = tensorValues(proto, file, external);
    return constantValue(data, proto.dims, type, float);
  }

  graph(name: string): GraphProto {
    const graph = this.#attribute(name, 5)?.graph;
    if (graph === undefined) throw this.fail(`the graph "${name}" is missing`);
    return graph;
  }

  /** The outputs of a graph among the attributes, which sees the values around it. */
  run(graph: GraphProto, inputs: readonly Value[]): Value[] {
    return this.scope.run(graph, inputs, this);
  }

  #attribute(name: string, kind: Kind): AttributeProto | undefined {
    const own = this.proto.attributes.get(name);
    const attribute = own === undefined || own.reference === "" ? own : this.scope.attributes.get(own.reference);
    if (attribute !== undefined && attribute.type !== 0 && attribute.type !== kind)
      throw this.fail(`expected ${kinds[kind]} for attribute "${name}", got something else`);
    return attribute;
  }
}

/** The decimal number of few digits, the simple fraction or the square root that rounds to a float32; else the number itself. */
export function simplest(stored: number): number {
  if (Number.isInteger(stored) || Math.fround(stored) !== stored) return stored;
  for (let digits = 1; digits <= 6; digits++) {
    const decimal = Number(stored.toPrecision(digits));
    if (Math.fround(decimal) === stored) return decimal;
  }
  for (let divisor = 3; divisor <= 64; divisor++) {
    const fraction = Math.round(stored * divisor) / divisor;
    if (Math.fround(fraction) === stored) return fraction;
  }
  const square = stored * stored;
  const root = Math.sign(stored) * (square > 1 ? Math.sqrt(Math.round(square)) : 1 / Math.sqrt(Math.round(1 / square)));
  return square > 2 ** -12 && square < 2 ** 12 && Math.fround(root) === stored ? root : stored;
}

/** A node in messages. */
export function describeNode({ operator, domain, name }: NodeProto, opset: number): string {
  const full = domain === "" ? operator : `${domain}.${operator}`;
  return `${full}${name === "" ? "" : ` (node "${name}")`}, opset ${opset}`;
}
