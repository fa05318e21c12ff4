import { ArgumentError, ShapeError } from "../errors/index.ts";

/** An n-dimensional array of numbers in C order: `data.length` is the product of `shape`. */
export interface NdArray {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

/** What is taken wherever an array is expected: numbers, nested lists, typed arrays, `{data, shape}` objects. */
export type ArrayLike64 =
  | number
  | ArrayLike<number>
  | NestedNumbers
  | { data: ArrayLike<number>; shape: readonly number[] };
/** Lists of numbers, nested to any depth, all rows of one length. */
export type NestedNumbers = readonly (number | NestedNumbers)[];

/** Number of elements of a shape; 1 for the empty shape of a scalar. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** A new array filled with zeros. */
export function zeros(shape: readonly number[]): NdArray {
  return { data: new Float64Array(sizeOf(shape)), shape: [...shape] };
}

/** `[2,3]` as text for messages: `(2, 3)`. */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(", ")})`;
}

/** Whether two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/**
 * Makes an {@link NdArray} of anything array-like. Float64Arrays (bare or inside `{data, shape}`) are not copied.
 * @param place the argument's name for messages
 * @throws ShapeError for ragged lists or a `data.length` that isn't the product of `shape`
 * @throws ArgumentError for anything that isn't a number
 */
export function toNdArray(value: ArrayLike64, place = "array"): NdArray {
  if (typeof value === "number") return { data: Float64Array.of(value), shape: [] };
  if (ArrayBuffer.isView(value))
    return { data: asFloat64(value as ArrayLike<number>), shape: [(value as ArrayLike<number>).length] };
  if (typeof value !== "object" || value === null)
    throw new ArgumentError(place, `expected numbers, got ${typeof value}`);
  if ("data" in value && "shape" in value) {
    if (value.data instanceof Float64Array && value.data.length === sizeOf(value.shape)) return value as NdArray;
    const shape = [...value.shape];
    if (shape.some((extent) => !Number.isInteger(extent) || extent < 0))
      throw new ShapeError(place, `expected a shape of non-negative integers, got ${shapeText(shape)}`);
    if (value.data.length !== sizeOf(shape))
      throw new ShapeError(
        place,
        `expected ${sizeOf(shape)} numbers for shape ${shapeText(shape)}, got ${value.data.length}`,
      );
    return { data: asFloat64(value.data), shape };
  }
  const shape: number[] = [];
  for (let level: unknown = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  const data = new Float64Array(sizeOf(shape));
  let next = 0;
  const fill = (level: unknown, axis: number): void => {
    if (axis === shape.length) {
      if (typeof level !== "number") throw new ArgumentError(place, `expected numbers, got ${describe(level)}`);
      data[next++] = level;
      return;
    }
    if (!Array.isArray(level) || level.length !== shape[axis])
      throw new ShapeError(
        place,
        `expected rows of equal length ${shape[axis]}, got ${describe(level)}`,
        "shape/ragged",
      );
    for (const entry of level) fill(entry, axis + 1);
  };
  fill(value, 0);
  return { data, shape };
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return value === null ? "null" : typeof value === "string" ? `the text "${value}"` : typeof value;
}

function asFloat64(data: ArrayLike<number>): Float64Array {
  if (data instanceof Float64Array) return data;
  const out = new Float64Array(data.length);
  for (let i = 0; i < out.length; i++) {
    const entry = data[i];
    if (typeof entry !== "number" && typeof entry !== "bigint")
      throw new ArgumentError("array", `expected numbers, got ${typeof entry}`);
    out[i] = Number(entry);
  }
  return out;
}

/** Nested lists of an array, a plain number for a scalar. */
export function toNested(array: NdArray): number | NestedNumbers {
  const build = (axis: number, offset: number, stride: number): number | NestedNumbers => {
    if (axis === array.shape.length) return array.data[offset]!;
    const extent = array.shape[axis]!;
    const inner = extent === 0 ? 0 : stride / extent;
    return Array.from({ length: extent }, (_, i) => build(axis + 1, offset + i * inner, inner));
  };
  return build(0, 0, array.data.length);
}

/** Whether there is no NaN and no infinity among numbers. */
export function allFinite(data: ArrayLike<number>, from = 0, to: number = data.length): boolean {
  let sum = 0;
  for (let i = from; i < to; i++) sum += data[i]! * 0;
  return sum === 0;
}
