import { OnnxError } from "../../errors/index.ts";
import { shapeText, sizeOf } from "../../tensor/index.ts";
import { type ElementType, elementBytes, elementType } from "./types.ts";
import type { WireReader } from "./wire.ts";

/** A stored tensor: where its numbers lie, not yet converted. */
export interface TensorProto {
  readonly name: string;
  readonly dims: readonly number[];
  /** The number of its element type. */
  readonly dataType: number;
  readonly raw: Uint8Array | undefined;
  readonly floats: readonly number[];
  readonly doubles: readonly number[];
  readonly integers: readonly number[];
  /** Key and value pairs that say where in another file it lies. */
  readonly external: ReadonlyMap<string, string> | undefined;
}

/** Reads bytes of another file in the model's folder; `length` undefined: to its end. */
export type ExternalReader = (location: string, offset: number, length: number | undefined) => Uint8Array;

/** Reads a TensorProto. */
export function readTensor(reader: WireReader): TensorProto {
  let [name, dataType, location] = ["", 0, 0];
  let raw: Uint8Array | undefined;
  const [dims, floats, doubles, integers]: [number[], number[], number[], number[]] = [[], [], [], []];
  const pairs = new Map<string, string>();
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === 1) reader.integers(dims);
    else if (field === 2) dataType = reader.integer();
    else if (field === 4) reader.floats(floats);
    else if (field === 5 || field === 7 || field === 11) reader.integers(integers);
    else if (field === 8) name = reader.string();
    else if (field === 9) raw = reader.bytes();
    else if (field === 10) reader.doubles(doubles);
    else if (field === 13) pairs.set(...readPair(reader.message()));
    else if (field === 14) location = reader.integer();
    else reader.skip();
  }
  return { name, dims, dataType, raw, floats, doubles, integers, external: location === 1 ? pairs : undefined };
}

/** Reads a StringStringEntryProto. */
export function readPair(reader: WireReader): [string, string] {
  let [key, value] = ["", ""];
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === 1) key = reader.string();
    else if (field === 2) value = reader.string();
    else reader.skip();
  }
  return [key, value];
}

/**
 * The type and numbers of a stored tensor. Its shape is checked against the bytes that are there before anything is
 * allocated.
 * @throws OnnxError
 */
export function tensorValues(
  tensor: TensorProto,
  file: string,
  external: ExternalReader | undefined,
): { type: ElementType; data: Float64Array } {
  const what = `tensor "${tensor.name}"`;
  const type = elementType(tensor.dataType);
  if (type === undefined)
    throw new OnnxError(file, `${what} has elements of type ${tensor.dataType}, which can't be read`, "onnx/type");
  const size = sizeOf(tensor.dims);
  if (tensor.dims.length > 64) throw new OnnxError(file, `${what} has ${tensor.dims.length} axes`, "onnx/too-large");
  if (tensor.dims.some((extent) => !Number.isSafeInteger(extent) || extent < 0) || !Number.isSafeInteger(size))
    throw new OnnxError(file, `${what} has the impossible shape ${shapeText(tensor.dims)}`, "onnx/damaged");
  const width = elementBytes(type);
  const raw = tensor.external === undefined ? tensor.raw : outside(tensor.external, size * width, what, file, external);
  if (raw !== undefined) {
    if (raw.length !== size * width)
      throw new OnnxError(
        file,
        `expected ${size * width} bytes for ${what} of shape ${shapeText(tensor.dims)}, got ${raw.length}`,
        "onnx/damaged",
      );
    return { type, data: decode(raw, type, size) };
  }
  const list = type === "float" ? tensor.floats : type === "double" ? tensor.doubles : tensor.integers;
  if (list.length !== size)
    throw new OnnxError(
      file,
      `expected ${size} numbers for ${what} of shape ${shapeText(tensor.dims)}, got ${list.length}`,
      "onnx/damaged",
    );
  if (type === "float16") return { type, data: Float64Array.from(list, half) };
  if (type === "bfloat16") return { type, data: Float64Array.from(list, brain) };
  return { type, data: Float64Array.from(list) };
}

/** The bytes of a tensor in another file; nothing outside of the model's folder is read. */
function outside(
  pairs: ReadonlyMap<string, string>,
  bytes: number,
  what: string,
  file: string,
  external: ExternalReader | undefined,
): Uint8Array {
  const location = pairs.get("location") ?? "";
  if (!isInside(location))
    throw new OnnxError(
      file,
      `${what} lies in ${JSON.stringify(location)}, outside the model's folder`,
      "onnx/outside",
    );
  if (external === undefined)
    throw new OnnxError(
      file,
      `${what} lies in another file, "${location}", and none can be read here`,
      "onnx/external",
    );
  const offset = Number(pairs.get("offset") ?? 0);
  const length = Number(pairs.get("length") ?? bytes);
  if (!Number.isSafeInteger(offset) || offset < 0 || length !== bytes)
    throw new OnnxError(file, `expected ${bytes} bytes for ${what} in "${location}", got ${length}`, "onnx/damaged");
  return external(location, offset, length);
}

/** Whether a location is a path below the model's folder. */
export function isInside(location: string): boolean {
  return (
    location !== "" &&
    !/^[/\\]|^[A-Za-z]:|\0/.test(location) &&
    location.split(/[/\\]/).every((part) => part !== ".." && part !== "")
  );
}

function decode(raw: Uint8Array, type: ElementType, size: number): Float64Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const width = elementBytes(type);
  const read = readers[type];
  const out = new Float64Array(size);
  for (let i = 0; i < size; i++) out[i] = read(view, i * width);
  return out;
}

const readers: Readonly<Record<ElementType, (view: DataView, at: number) => number>> = {
  float: (view, at) => view.getFloat32(at, true),
  double: (view, at) => view.getFloat64(at, true),
  uint8: (view, at) => view.getUint8(at),
  int8: (view, at) => view.getInt8(at),
  uint16: (view, at) => view.getUint16(at, true),
  int16: (view, at) => view.getInt16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int64: (view, at) => view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true),
  uint64: (view, at) => view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true),
  bool: (view, at) => Number(view.getUint8(at) !== 0),
  float16: (view, at) => half(view.getUint16(at, true)),
  bfloat16: (view, at) => brain(view.getUint16(at, true)),
};

/** The value of an IEEE half-precision number's bits. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The value of a bfloat16's bits: the upper half of a float32. */
function brain(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}
