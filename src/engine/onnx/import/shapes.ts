import { OnnxError } from "../../errors/index.ts";
import { shapeText, sizeOf } from "../../tensor/index.ts";
import type { ElementType } from "../proto/types.ts";

/** An input or output of a network. */
export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  /** Extents; names for those that are open (empty without a name); undefined where the file doesn't say. */
  readonly shape: readonly (number | string)[] | undefined;
}

/** Most elements of an input, and most axes of any value. */
const [LARGEST_INPUT, MOST_AXES] = [2 ** 30, 64];

/** Whether a value is larger than any that networks have: such a file is damaged or hostile. */
export function isTooLarge(shape: readonly number[], largest: number = LARGEST_INPUT): boolean {
  return shape.length > MOST_AXES || !(sizeOf(shape) <= largest);
}

/** Most elements of one value of a network: some thousand times what is put in and stored. */
export function largestValue(inputs: readonly (readonly number[])[], stored: number): number {
  const given = inputs.reduce((total, shape) => total + sizeOf(shape), stored);
  return Math.min(LARGEST_INPUT, Math.max(2 ** 24, 2 ** 12 * given));
}

/** What binds a network's open extents. */
export interface ShapeOptions {
  /** Shapes of inputs by name. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Extents by the names that the file gives them. Those that nothing binds are 1. */
  readonly symbols?: Readonly<Record<string, number>>;
}

/**
 * The shapes of all inputs.
 * @throws OnnxError for a shape that contradicts the file or another shape
 */
export function bindShapes(
  file: string,
  inputs: readonly OnnxValue[],
  { shapes = {}, symbols = {} }: ShapeOptions,
): number[][] {
  const bound = new Map(Object.entries(symbols));
  for (const name of Object.keys(shapes)) {
    if (!inputs.some((input) => input.name === name))
      throw new OnnxError(
        file,
        `expected shapes for its inputs ${inputs.map((input) => input.name).join(", ")}, got one for "${name}"`,
        "onnx/shape",
      );
  }
  for (const [symbol, extent] of bound) checkExtent(file, symbol, extent);
  for (const { name, shape } of inputs) {
    const given = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (given === undefined || shape === undefined) continue;
    const wrong = (): OnnxError =>
      new OnnxError(
        file,
        `expected shape ${openShape(shape)} for input "${name}", got ${shapeText(given)}`,
        "onnx/shape",
      );
    if (given.length !== shape.length) throw wrong();
    shape.forEach((extent, axis) => {
      const own = given[axis]!;
      checkExtent(file, `${name}, axis ${axis}`, own);
      if (typeof extent === "number" ? extent !== own : (bound.get(extent) ?? own) !== own) throw wrong();
      if (typeof extent === "string" && extent !== "") bound.set(extent, own);
    });
  }
  const result = inputs.map(({ name, shape }) => {
    const given = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (given !== undefined) return [...given];
    if (shape === undefined)
      throw new OnnxError(file, `doesn't say the shape of its input "${name}": give one`, "onnx/shape");
    return shape.map((extent) => (typeof extent === "number" ? extent : (bound.get(extent) ?? 1)));
  });
  result.forEach((shape, i) => {
    if (isTooLarge(shape))
      throw new OnnxError(file, `input "${inputs[i]!.name}" has ${tooLarge(shape)}`, "onnx/too-large");
  });
  return result;
}

function tooLarge(shape: readonly number[]): string {
  return shape.length > MOST_AXES ? `${shape.length} axes` : `the shape ${shapeText(shape)}, which is too large`;
}

/** A shape with open extents as text: `(batch, 3, ?)`. */
export function openShape(shape: readonly (number | string)[] | undefined): string {
  return shape === undefined ? "of any shape" : `(${shape.map((extent) => (extent === "" ? "?" : extent)).join(", ")})`;
}

function checkExtent(file: string, what: string, extent: number): void {
  if (!Number.isInteger(extent) || extent < 1 || extent > 2 ** 31)
    throw new OnnxError(file, `expected a positive extent for ${what}, got ${extent}`, "onnx/shape");
}
