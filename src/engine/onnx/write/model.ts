import { ProtoWriter } from "./bytes.ts";

/** Element types by their numbers in the format. */
export const ELEMENT_TYPES: Readonly<Record<OnnxType, number>> = { float32: 1, int64: 7, bool: 9, float64: 11 };
export type OnnxType = "float32" | "float64" | "int64" | "bool";

export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
}

/** An attribute: an integer, a list of integers, a text or a graph. */
export type OnnxAttribute = number | readonly number[] | string | OnnxGraph;

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
}

const OPSET = 20;
const IR_VERSION = 9;

/** A graph as the bytes of an .onnx file (opset 20). */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  return new ProtoWriter()
    .integer(1, IR_VERSION)
    .text(2, "onda")
    .message(7, (writer) => writeGraph(writer, graph))
    .message(8, (opset) => opset.text(1, "").integer(2, OPSET))
    .finish();
}

function writeGraph(writer: ProtoWriter, { name, inputs, outputs, nodes, constants }: OnnxGraph): void {
  for (const node of nodes) writer.message(1, (inner) => writeNode(inner, node));
  writer.text(2, name);
  for (const tensor of constants) writer.message(5, (inner) => writeTensor(inner, tensor));
  for (const value of inputs) writer.message(11, (inner) => writeValue(inner, value));
  for (const value of outputs) writer.message(12, (inner) => writeValue(inner, value));
}

function writeNode(writer: ProtoWriter, { op, inputs, outputs, attributes }: OnnxNode): void {
  for (const input of inputs) writer.text(1, input);
  for (const output of outputs) writer.text(2, output);
  writer.text(4, op);
  for (const [name, value] of Object.entries(attributes))
    writer.message(5, (inner) => writeAttribute(inner, name, value));
}

function writeAttribute(writer: ProtoWriter, name: string, value: OnnxAttribute): void {
  writer.text(1, name);
  if (typeof value === "number") writer.integer(3, value).integer(20, 2);
  else if (typeof value === "string") writer.text(4, value).integer(20, 3);
  else if ("nodes" in value) writer.message(6, (inner) => writeGraph(inner, value)).integer(20, 5);
  else writer.integers(8, value).integer(20, 7);
}

function writeTensor(writer: ProtoWriter, { name, type, shape, data }: OnnxTensor): void {
  writer.integers(1, shape).integer(2, ELEMENT_TYPES[type]).text(8, name).bytes(9, rawData(type, data));
}

function rawData(type: OnnxType, data: ArrayLike<number>): Uint8Array {
  const values = Array.from(data);
  const width = { float32: 4, float64: 8, int64: 8, bool: 1 }[type];
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    if (type === "float64") view.setFloat64(i * 8, value, true);
    else if (type === "float32") view.setFloat32(i * 4, value, true);
    else if (type === "int64") view.setBigInt64(i * 8, BigInt(value), true);
    else view.setUint8(i, value);
  });
  return bytes;
}

function writeValue(writer: ProtoWriter, { name, type, shape }: OnnxValue): void {
  writer.text(1, name).message(2, (outer) =>
    outer.message(1, (tensor) =>
      tensor.integer(1, ELEMENT_TYPES[type]).message(2, (dims) => {
        for (const extent of shape) dims.message(1, (dim) => dim.integer(1, extent));
      }),
    ),
  );
}
