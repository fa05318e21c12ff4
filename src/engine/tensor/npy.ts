import { ArgumentError, FileError, ShapeError } from "../errors/index.ts";
import { type NdArray, shapeText, sizeOf } from "./ndarray.ts";
import { parseNpyHeader } from "./npyHeader.ts";
import { type NpyElement, npyElements } from "./npyTypes.ts";

/** The element types that `.npy` files hold here, in NumPy's notation. */
export type NpyDtype =
  | `${"<" | ">"}${"f8" | "f4" | "f2" | "i8" | "i4" | "i2" | "u8" | "u4" | "u2"}`
  | `|${"i1" | "u1" | "b1"}`;

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const maximumHeader = 2 ** 20;

/**
 * Reads one array of NumPy's `.npy` format, versions 1 to 3, as float64 in C order (Fortran order is converted).
 * Floats of 16, 32, 64 bits, integers of 8 to 64 bits and booleans, of either byte order. Everything the header claims
 * is checked against the bytes there are before memory is taken. O(size).
 * @param bytes the whole file
 * @param place the file's name for messages
 * @throws FileError for another format or type, a file that is too short or too long (with both byte counts), or a
 *   64-bit integer beyond 2^53 − 1, which float64 can't hold exactly
 * @see [NumpyNpyFormat]
 */
export function readNpy(bytes: Uint8Array, place = "npy"): NdArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  need(bytes, place, 10);
  if (magic.some((byte, i) => bytes[i] !== byte))
    throw new FileError(place, "expected a .npy file, which begins with \\x93NUMPY", "file/format");
  const version = bytes[6]!;
  if (version < 1 || version > 3)
    throw new FileError(place, `expected .npy version 1, 2 or 3, got ${version}`, "file/version");
  const start = version === 1 ? 10 : 12;
  need(bytes, place, start);
  const headerLength = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (headerLength > maximumHeader)
    throw new FileError(place, `expected a header of at most ${maximumHeader} bytes, got ${headerLength}`);
  const body = start + headerLength;
  need(bytes, place, body);
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes.subarray(start, body));
  const { descr, fortranOrder, shape } = parseNpyHeader(text, place);
  const { element, little } = elementOf(descr, place);
  const size = shape.includes(0) ? 0 : sizeOf(shape);
  if (body + size * element.bytes !== bytes.byteLength)
    throw new FileError(
      place,
      `expected ${body + size * element.bytes} bytes for an array of shape ${shapeText(shape)} and type ${descr}, got ${bytes.byteLength}`,
      body + size * element.bytes > bytes.byteLength ? "file/truncated" : "file/invalid",
    );
  const data = new Float64Array(size);
  for (let i = 0; i < size; i++) data[i] = element.read(view, body + i * element.bytes, little);
  if (element.range !== undefined && element.bytes === 8) checkSafe(data, descr, place);
  return { data: fortranOrder ? toCOrder(data, shape) : data, shape };
}

/**
 * Writes one array in NumPy's `.npy` format, version 1, C order. O(size).
 * @param array the numbers and their shape
 * @param dtype the type on file, `<f8` by default; narrower floats round to nearest
 * @throws ArgumentError for a value that an integer type can't hold, or a type not known here
 * @throws ShapeError when there are more or fewer numbers than the shape says
 * @see [NumpyNpyFormat]
 */
export function writeNpy(array: NdArray, dtype: NpyDtype = "<f8"): Uint8Array {
  const element = npyElements.get(dtype.slice(1));
  if (element === undefined) throw new ArgumentError("dtype", `expected a type such as "<f8", got "${dtype}"`);
  const { data, shape } = array;
  if (data.length !== sizeOf(shape))
    throw new ShapeError(
      "array",
      `expected ${sizeOf(shape)} numbers for shape ${shapeText(shape)}, got ${data.length}`,
    );
  const tuple = shape.length === 1 ? `(${shape[0]},)` : shapeText(shape);
  const literal = `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const body = Math.ceil((11 + literal.length) / 64) * 64;
  const bytes = new Uint8Array(body + data.length * element.bytes);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  bytes[6] = 1;
  view.setUint16(8, body - 10, true);
  bytes.set(new TextEncoder().encode(`${literal.padEnd(body - 11)}\n`), 10);
  const little = dtype.charAt(0) !== ">";
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (
      element.range !== undefined &&
      !(Number.isInteger(value) && value >= element.range[0] && value <= element.range[1])
    )
      throw new ArgumentError(
        "array",
        `expected integers between ${element.range.join(" and ")} for ${dtype}, got ${value}`,
      );
    element.write(view, body + i * element.bytes, value, little);
  }
  return bytes;
}

function need(bytes: Uint8Array, place: string, length: number): void {
  if (bytes.byteLength < length)
    throw new FileError(
      place,
      `the .npy header is cut off: expected at least ${length} bytes, got ${bytes.byteLength}`,
      "file/truncated",
    );
}

function elementOf(descr: string, place: string): { element: NpyElement; little: boolean } {
  const element = npyElements.get(descr.slice(1));
  const order = descr.charAt(0);
  if (element !== undefined && "<>=|".includes(order)) return { element, little: order !== ">" };
  const kinds: Record<string, string> = {
    O: "Python objects",
    c: "complex numbers",
    S: "text",
    a: "text",
    U: "text",
    V: "raw records",
    M: "dates",
    m: "time differences",
  };
  const kind = kinds[descr.replace(/^[<>=|]/, "").charAt(0)];
  throw new FileError(
    place,
    `type '${descr}'${kind === undefined ? "" : ` (${kind})`} is not read; save the array as float64, for instance`,
    "file/dtype",
  );
}

function checkSafe(data: Float64Array, descr: string, place: string): void {
  const at = data.findIndex((value) => !Number.isSafeInteger(value));
  if (at >= 0)
    throw new FileError(
      place,
      `element ${at} of type ${descr} is about ${data[at]}, beyond ±(2^53 - 1), and float64 can't hold it exactly; save as float64`,
      "file/precision",
    );
}

function toCOrder(data: Float64Array, shape: readonly number[]): Float64Array {
  const rank = shape.length;
  if (rank < 2 || data.length === 0) return data;
  const strides = new Array<number>(rank);
  let stride = 1;
  for (let axis = 0; axis < rank; axis++) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  const out = new Float64Array(data.length);
  const index = new Array<number>(rank).fill(0);
  let source = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[source]!;
    for (let axis = rank - 1; axis >= 0; axis--) {
      source += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      source -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
