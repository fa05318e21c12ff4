import { ShapeError } from "../../engine/errors/index.ts";
import { type NdArray, shapeText } from "../../engine/tensor/index.ts";

/** @throws ShapeError unless a vector argument has `size` elements */
export function checkVector(place: string, x: Float64Array, size: number): void {
  if (x.length !== size) throw new ShapeError(place, `expected ${size} numbers, got ${x.length}`);
}

/**
 * Number of rows of a batch.
 * @throws ShapeError unless it is [rows, size]
 */
export function checkBatch(place: string, X: NdArray, size: number): number {
  const [rows, columns] = X.shape;
  if (X.shape.length !== 2 || columns !== size || rows === undefined || X.data.length !== rows * size)
    throw new ShapeError(place, `expected shape (rows, ${size}), got ${shapeText(X.shape)}`);
  return rows;
}
