import { OnnxError } from "../../errors/index.ts";
import { buildGraph, type Graph } from "../../graph/graph.ts";
import { sizeOf } from "../../tensor/index.ts";
import type { GraphProto, ValueInfo } from "../proto/graph.ts";
import { type ModelProto, readModel } from "../proto/model.ts";
import { type ExternalReader, isInside } from "../proto/tensor.ts";
import { elementType, isFloating } from "../proto/types.ts";
import { operators } from "./operators/index.ts";
import { type Context, functionKey, Scope } from "./scope.ts";
import { bindShapes, largestValue, type OnnxValue, type ShapeOptions } from "./shapes.ts";
import type { Budget, FloatType } from "./value.ts";

export interface ToGraphOptions extends ShapeOptions {
  /** Type of all floating values: float64 (float32 weights are widened) unless float32 is asked for. */
  readonly dtype?: FloatType;
}

/** A network from an ONNX file. */
export interface OnnxModel {
  readonly name: string;
  /** Inputs and outputs in the file's order; inputs with a stored value are none. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly opset: number;
  /** The program that wrote it, as it calls itself. */
  readonly producer: string;
  readonly metadata: ReadonlyMap<string, string>;
  /** How often each operator occurs, graphs inside of nodes included, by name. */
  readonly operators: ReadonlyMap<string, number>;
  /** Number of stored floating numbers. */
  readonly parameters: number;
  /**
   * The network as a graph: inputs with the file's names, weights as constants, shape arithmetic folded away.
   * @throws OnnxError for operators and attributes that aren't covered, naming operator, node and opset
   */
  toGraph(options?: ToGraphOptions): Graph;
}

export interface OnnxOptions {
  /** What messages call the file. */
  readonly name?: string;
  /** Reads weights that lie in other files of the model's folder. */
  readonly external?: ExternalReader;
}

/**
 * Reads an ONNX file (opset 9 and later).
 * @throws OnnxError for one that is truncated, damaged or of another format
 */
export function readOnnx(bytes: Uint8Array, { name = "model", external }: OnnxOptions = {}): OnnxModel {
  const proto = readModel(bytes, { name });
  const opset = proto.opsets.get("") ?? 0;
  if (opset < 9) throw new OnnxError(name, `expected operators of opset 9 or later, got opset ${opset}`, "onnx/opset");
  const stored = new Set(proto.graph.initializers.map((tensor) => tensor.name));
  const inputs = proto.graph.inputs
    .filter((input) => !stored.has(input.name))
    .map((input) => describeValue(input, name));
  return Object.freeze({
    name,
    inputs,
    outputs: proto.graph.outputs.map((output) => describeValue(output, name)),
    opset,
    producer: proto.producer,
    metadata: proto.metadata,
    operators: countOperators(proto),
    parameters: countParameters(proto.graph),
    toGraph(options: ToGraphOptions = {}): Graph {
      const stored = external === undefined ? bytes.length : Math.max(bytes.length, countParameters(proto.graph));
      return importGraph(proto, inputs, { file: name, external }, stored, options);
    },
  });
}

/**
 * The other files that a network's weights lie in, relative to its folder.
 * @throws OnnxError for one outside of the folder
 */
export function externalFiles(bytes: Uint8Array, { name = "model" }: { readonly name?: string } = {}): string[] {
  const files = new Set<string>();
  for (const { external } of readModel(bytes, { name }).graph.initializers) {
    const location = external?.get("location");
    if (location === undefined) continue;
    if (!isInside(location))
      throw new OnnxError(name, `has weights in ${JSON.stringify(location)}, outside its folder`, "onnx/outside");
    files.add(location);
  }
  return [...files];
}

function importGraph(
  proto: ModelProto,
  inputs: readonly OnnxValue[],
  shared: Pick<Context, "file" | "external">,
  stored: number,
  options: ToGraphOptions,
): Graph {
  const { file } = shared;
  const float = options.dtype ?? "float64";
  const shapes = bindShapes(file, inputs, options);
  const specs = inputs.map(({ type }, i) => ({
    shape: shapes[i]!,
    dtype: isFloating(type) ? float : type === "bool" ? ("bool" as const) : ("int32" as const),
  }));
  return buildGraph(
    specs,
    (nodes) => {
      const functions = new Map(proto.functions.map((made) => [functionKey(made.name, made.domain), made]));
      const budget: Budget = {
        left: 2 ** 22 + 8 * stored,
        built: 2 ** 24 + stored,
        largest: largestValue(shapes, stored / 4),
        nodes: 2 ** 16 + stored / 16,
        folded: new Map(),
      };
      const context: Context = { ...shared, budget, float, operators, functions };
      const scope = new Scope(context, proto.opsets);
      inputs.forEach(({ name, type }, i) => {
        scope.set(name, { node: nodes[i]!, type });
      });
      return scope.build(proto.graph).map(({ node }) => node);
    },
    inputs.map(({ name }) => name),
  );
}

function describeValue({ name, dataType, shape }: ValueInfo, file: string): OnnxValue {
  const type = elementType(dataType);
  if (type === undefined)
    throw new OnnxError(file, `"${name}" is no tensor of numbers (element type ${dataType})`, "onnx/type");
  if (shape?.some((extent) => typeof extent === "number" && extent > 2 ** 31))
    throw new OnnxError(file, `"${name}" has the impossible shape (${shape.join(", ")})`, "onnx/damaged");
  return { name, type, shape: shape?.map((extent) => (typeof extent === "number" && extent < 0 ? "" : extent)) };
}

function countOperators(proto: ModelProto): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = ({ nodes }: Pick<GraphProto, "nodes">): void => {
    for (const { operator, domain, attributes } of nodes) {
      const name = domain === "" ? operator : `${domain}.${operator}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      for (const { graph } of attributes.values()) if (graph !== undefined) count(graph);
    }
  };
  count(proto.graph);
  for (const made of proto.functions) count(made);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function countParameters({ initializers }: GraphProto): number {
  let total = 0;
  for (const { dims, dataType } of initializers) {
    const type = elementType(dataType);
    if (type !== undefined && isFloating(type)) total += sizeOf(dims);
  }
  return Number.isSafeInteger(total) ? total : 0;
}
