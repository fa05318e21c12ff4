import { ArgumentError, NumericalError, ShapeError } from "../errors/index.ts";

/**
 * Checks that a matrix argument holds as many numbers as its dimensions say (more is taken: a workspace).
 * @throws ArgumentError for a dimension that isn't a non-negative integer
 * @throws ShapeError for too few numbers
 */
export function checkMatrix(place: string, data: Float64Array, rows: number, columns: number): void {
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows < 0 || columns < 0)
    throw new ArgumentError(place, `expected dimensions that are non-negative integers, got ${rows} × ${columns}`);
  if (data.length < rows * columns)
    throw new ShapeError(
      place,
      `expected ${rows * columns} numbers for a ${rows} × ${columns} matrix, got ${data.length}`,
    );
}

/**
 * A power of two about as large as the largest absolute value of the first `size` numbers, 1 for zeros.
 * Dividing by it is exact, short of underflow.
 * @throws NumericalError for numbers that are not finite
 */
export function scaleOf(place: string, data: Float64Array, size: number): number {
  let largest = 0;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const value = Math.abs(data[i]!);
    sum += value * 0;
    if (value > largest) largest = value;
  }
  if (sum !== 0) throw new NumericalError(place, "expected finite numbers, got NaN or infinity in the matrix");
  return largest === 0 ? 1 : 2 ** Math.max(-1000, Math.min(1000, Math.floor(Math.log2(largest))));
}
