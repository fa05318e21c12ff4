import { squeeze } from "./access.ts";
import type { Buffer } from "./buffers.ts";
import type { Target } from "./plan-types.ts";

/** Strides of C order. */
export function contiguous(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** A buffer filled in C order. */
export function wholeTarget(buffer: Buffer, shape: readonly number[]): Target {
  return { buffer, offset: 0, strides: contiguous(squeeze(shape)) };
}

/** A number as source text. */
export function literal(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Number.POSITIVE_INFINITY) return "Infinity";
  if (value === Number.NEGATIVE_INFINITY) return "(-Infinity)";
  return value < 0 || Object.is(value, -0) ? `(${Object.is(value, -0) ? "-0" : String(value)})` : String(value);
}
