import { ShapeError } from "../errors/index.ts";
import { fftByKernels } from "./fftKernels.ts";
import { fftPlan, transform } from "./fftPlan.ts";

/**
 * Complex Fourier transforms in place of `rows` rows of n points, real and imaginary parts alternating. With `inner`
 * above 1 a point is `inner` complex numbers side by side, so that the transform runs over the first axis of an
 * (n × inner) array: what further dimensions need. The inverse is divided by n, as in NumPy. O(rows inner n log n), for
 * any n.
 * @param data at least `offset + 2·rows·n·inner` numbers
 * @throws ShapeError for an array that is too short
 * @throws ArgumentError for a length below 1
 * @see [VanLoan1992]
 */
export function fftRows(
  data: Float64Array,
  offset: number,
  rows: number,
  n: number,
  inverse: boolean,
  inner = 1,
): void {
  const plan = fftPlan(n, inverse);
  const size = 2 * n * inner;
  checkLength("data", data, offset, rows * size);
  const place = { data, offset };
  if ("passes" in plan && fftByKernels(plan, rows, inner, place, place, inverse ? n : 1)) return;
  for (let row = 0; row < rows; row++) transform(plan, inner, data, offset + row * size, data, offset + row * size);
  if (inverse) for (let i = offset; i < offset + rows * size; i++) data[i] = data[i]! / n;
}

/**
 * Checks that `count` numbers from `offset` on are there.
 * @throws ShapeError otherwise
 */
export function checkLength(place: string, data: Float64Array, offset: number, count: number): void {
  if (!(offset >= 0) || data.length < offset + count)
    throw new ShapeError(place, `expected at least ${offset + count} numbers, got ${data.length}`);
}
