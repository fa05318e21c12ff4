import { OndaError, OnnxError } from "../../errors/index.ts";
import type { Node } from "../../graph/node.ts";
import { shapeText, sizeOf } from "../../tensor/index.ts";
import type { AttributeProto, GraphProto, NodeProto } from "../proto/graph.ts";
import type { FunctionProto } from "../proto/model.ts";
import { type ExternalReader, type TensorProto, tensorValues } from "../proto/tensor.ts";
import { describeNode, OnnxCall, type Output, type Rule, type Surroundings, simplest } from "./call.ts";
import { live } from "./live.ts";
import { isTooLarge } from "./shapes.ts";
import { type Budget, constantValue, type FloatType, fold, isKnown, settle, type Value } from "./value.ts";

/** What one import shares. */
export interface Context {
  readonly file: string;
  readonly external: ExternalReader | undefined;
  readonly float: FloatType;
  readonly budget: Budget;
  readonly operators: Readonly<Record<string, Rule>>;
  readonly functions: ReadonlyMap<string, FunctionProto>;
}

/** What a function is found by. */
export function functionKey(name: string, domain: string): string {
  return `${domain}\0${name}`;
}

/** Functions and graphs inside of one another, at most. */
const DEEPEST = 64;

/** The named values of a graph; those of the graphs around it are seen from inside. */
export class Scope implements Surroundings {
  readonly context: Context;
  readonly opsets: ReadonlyMap<string, number>;
  /** What a function's nodes may refer to. */
  readonly attributes: ReadonlyMap<string, AttributeProto>;
  readonly #parent: Scope | undefined;
  readonly #depth: number;
  readonly #values = new Map<string, Value>();
  readonly #stored = new Map<string, TensorProto>();

  constructor(
    context: Context,
    opsets: ReadonlyMap<string, number>,
    parent?: Scope,
    attributes: ReadonlyMap<string, AttributeProto> = new Map(),
    depth = 0,
  ) {
    this.context = context;
    this.opsets = opsets;
    this.attributes = attributes;
    this.#parent = parent;
    this.#depth = depth;
    if (depth > DEEPEST) throw new OnnxError(context.file, `has functions nested more than ${DEEPEST} deep`);
  }

  get opset(): number {
    return this.opsets.get("") ?? 0;
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  /** A named value; initialisers are converted when first used. */
  find(name: string): Value | undefined {
    const found = this.#values.get(name);
    if (found !== undefined) return found;
    const stored = this.#stored.get(name);
    if (stored === undefined) return this.#parent?.find(name);
    const { file, external, float } = this.context;
    const { type, data } = tensorValues(stored, file, external);
    const value = constantValue(isRounded(stored, type) ? data.map(simplest) : data, stored.dims, type, float);
    this.set(name, value);
    return value;
  }

  /** Imports a graph whose inputs are set already: the values of its outputs. */
  build(graph: GraphProto): Value[] {
    for (const tensor of graph.initializers) this.#stored.set(tensor.name, tensor);
    for (const node of live(
      graph.nodes,
      graph.outputs.map(({ name }) => name),
    ))
      this.#add(node);
    return graph.outputs.map(({ name }) => this.#output(name));
  }

  /** A graph inside of a node. */
  run(graph: GraphProto, inputs: readonly Value[], call: OnnxCall): Value[] {
    const stored = new Set(graph.initializers.map(({ name }) => name));
    const formal = graph.inputs.filter(({ name }) => !stored.has(name));
    if (formal.length !== inputs.length)
      throw call.fail(`expected the graph "${graph.name}" to have ${inputs.length} inputs, got ${formal.length}`);
    const inner = new Scope(this.context, this.opsets, this, this.attributes, this.#depth + 1);
    formal.forEach(({ name }, i) => {
      inner.set(name, inputs[i]!);
    });
    return inner.build(graph);
  }

  #output(name: string): Value {
    const value = this.find(name);
    if (value === undefined)
      throw new OnnxError(this.context.file, `output "${name}" is made by no node`, "onnx/damaged");
    return value;
  }

  #add(node: NodeProto): void {
    const { context, opset } = this;
    const inputs = node.inputs.map((name) => {
      const value = name === "" ? undefined : this.find(name);
      if (name !== "" && value === undefined)
        throw new OnnxError(
          context.file,
          `${describeNode(node, opset)}: input "${name}" is neither an input, an initialiser nor made by a node before`,
          "onnx/damaged",
        );
      return value;
    });
    const call = new OnnxCall(node, this, inputs);
    if (context.budget.nodes-- <= 0)
      throw call.fail("there are too many nodes, those of loops and functions counted each time", "onnx/too-large");
    const made = context.functions.get(functionKey(node.operator, node.domain));
    const outputs = made === undefined ? this.#apply(call) : this.#expand(made, call);
    node.outputs.forEach((name, i) => {
      const value = outputs[i];
      if (name !== "" && value !== undefined) this.set(name, value);
    });
  }

  /** An operator's rule, its failures told with operator, node and opset. */
  #apply(call: OnnxCall): (Value | undefined)[] {
    const { operator, domain } = call.proto;
    const { operators, budget, float } = this.context;
    const rule = domain === "" && Object.hasOwn(operators, operator) ? operators[operator] : undefined;
    if (rule === undefined) throw call.fail("this operator is not supported", "onnx/unsupported");
    try {
      const result = rule(call);
      const known = call.inputs.every((value) => value === undefined || isKnown(value.node));
      return (isList(result) ? result : [result]).map((output) => {
        if (output === undefined) return undefined;
        const value = "node" in output ? output : { node: output, type: typeOf(output, call) };
        if (isTooLarge(value.node.shape, budget.largest))
          throw call.fail(`the result's shape ${shapeText(value.node.shape)} is too large`, "onnx/too-large");
        return settle(known ? { node: fold(value.node, budget), type: value.type } : value, float);
      });
    } catch (error) {
      if (error instanceof OnnxError) throw error;
      if (error instanceof OndaError || error instanceof RangeError) throw call.fail(error.message);
      throw error;
    }
  }

  /** A node that stands for a function of the file's own. */
  #expand(made: FunctionProto, call: OnnxCall): Value[] {
    const attributes = new Map(made.defaults.map((attribute) => [attribute.name, attribute]));
    for (const [name, attribute] of call.proto.attributes) {
      const bound = attribute.reference === "" ? attribute : this.attributes.get(attribute.reference);
      if (bound !== undefined) attributes.set(name, bound);
    }
    const opsets = new Map([...this.opsets, ...made.opsets]);
    const inner = new Scope(this.context, opsets, undefined, attributes, this.#depth + 1);
    made.inputs.forEach((name, i) => {
      const value = call.inputs[i];
      if (value !== undefined) inner.set(name, value);
    });
    const outputs = made.outputs.map((name) => ({ name, dataType: 0, shape: undefined }));
    return inner.build({ name: made.name, nodes: made.nodes, initializers: [], inputs: [], outputs });
  }
}

/**
 * Whether a stored number is one of Python's that PyTorch's newer exporter rounds to float32, also in float64 networks; known
 * by the names that it gives them.
 */
function isRounded({ name, dims }: TensorProto, type: Value["type"]): boolean {
  return type === "double" && sizeOf(dims) === 1 && /^(scalar_tensor_default|val)(_\d+)?$|_cast(_\d+)?$/.test(name);
}

function isList(result: Output | readonly Output[]): result is readonly Output[] {
  return Array.isArray(result);
}

function typeOf(node: Node, call: OnnxCall): Value["type"] {
  return node.dtype === "bool" ? "bool" : (call.inputs.find((value) => value !== undefined)?.type ?? "float");
}
