import { ArgumentError, ShapeError } from "../../errors/index.ts";
import { shapeText } from "../../tensor/index.ts";
import type { WindowAttributes } from "../node.ts";

/** Number of positions of a window of `kernel` on each spatial axis. */
export function windowPositions(
  operation: string,
  spatial: readonly number[],
  kernel: readonly number[],
  attributes: WindowAttributes,
): number[] {
  const { strides, low, high, dilations } = attributes;
  for (const [name, list] of Object.entries({ strides, low, high, dilations, kernel })) {
    if (list.length !== spatial.length)
      throw new ShapeError(
        operation,
        `expected ${spatial.length} ${name}, as there are spatial axes, got ${list.length}`,
      );
  }
  for (const [name, list, least] of [
    ["strides", strides, 1],
    ["dilations", dilations, 1],
    ["kernel", kernel, 1],
  ] as const) {
    if (list.some((entry) => !Number.isInteger(entry) || entry < least))
      throw new ArgumentError(operation, `expected integer ${name} of at least ${least}, got ${shapeText(list)}`);
  }
  return spatial.map((extent, axis) => {
    const covered = dilations[axis]! * (kernel[axis]! - 1) + 1;
    const positions = Math.floor((extent + low[axis]! + high[axis]! - covered) / strides[axis]!) + 1;
    if (positions < 1)
      throw new ShapeError(
        operation,
        `expected spatial axes as long as the kernel (${covered} with padding), got ${shapeText(spatial)} on axis ${axis}`,
      );
    return positions;
  });
}

/** Calls `visit` with each index of a shape, last axis fastest. */
export function forEachIndex(shape: readonly number[], visit: (index: readonly number[]) => void): void {
  const index = shape.map(() => 0);
  const total = shape.reduce((a, b) => a * b, 1);
  for (let i = 0; i < total; i++) {
    visit(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
}

/** Flat position under a window's corner `position`, at offset `at` of its kernel; -1 in the padding. */
export function sourceOffset(
  spatial: readonly number[],
  position: readonly number[],
  at: readonly number[],
  { strides, low, dilations }: WindowAttributes,
): number {
  let flat = 0;
  for (let axis = 0; axis < spatial.length; axis++) {
    const own = position[axis]! * strides[axis]! + at[axis]! * dilations[axis]! - low[axis]!;
    if (own < 0 || own >= spatial[axis]!) return -1;
    flat = flat * spatial[axis]! + own;
  }
  return flat;
}
