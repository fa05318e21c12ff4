import { ArgumentError, ShapeError } from "../../engine/errors/index.ts";
import { gram } from "../../engine/linalg/index.ts";
import { type ArrayLike64, type NdArray, shapeText, toNdArray } from "../../engine/tensor/index.ts";

/** Rows of numbers, the complete ones alone. */
export interface Cases {
  /** [K, m] */
  readonly data: Float64Array;
  readonly count: number;
  readonly m: number;
  /** Rows that were left out because a number of them is missing. */
  readonly incomplete: number;
}

/**
 * Cases as rows [K, m]; those with a NaN are left out. `columns` says how many there have to be.
 * @throws ShapeError for another shape; ArgumentError for fewer than `least` complete cases
 */
export function completeCases(value: ArrayLike64, place: string, least: number, columns?: number): Cases {
  const { data, shape } = toNdArray(value, place);
  const [rows, m] = shape;
  if (shape.length !== 2 || rows === undefined || !m || (columns !== undefined && m !== columns))
    throw new ShapeError(place, `expected cases as rows of ${columns ?? "m"} numbers, got shape ${shapeText(shape)}`);
  const kept: number[] = [];
  for (let k = 0; k < rows; k++) if (data.subarray(k * m, (k + 1) * m).every(Number.isFinite)) kept.push(k);
  if (kept.length < least)
    throw new ArgumentError(place, `expected at least ${least} cases without missing numbers, got ${kept.length}`);
  const out = new Float64Array(kept.length * m);
  kept.forEach((k, at) => {
    out.set(data.subarray(k * m, (k + 1) * m), at * m);
  });
  return { data: out, count: kept.length, m, incomplete: rows - kept.length };
}

/**
 * Two sets of rows that belong together; those with a NaN in either are left out.
 * @throws ShapeError for different shapes; ArgumentError for fewer than two complete pairs
 */
export function completePairs(
  left: ArrayLike64,
  right: ArrayLike64,
  places: readonly [string, string],
): readonly [Cases, Cases] {
  const [a, b] = [toNdArray(left, places[0]), toNdArray(right, places[1])];
  if (a.shape.length !== 2 || a.shape.join() !== b.shape.join())
    throw new ShapeError(
      places[1],
      `expected rows like those of ${places[0]}, of shape ${shapeText(a.shape)}, got ${shapeText(b.shape)}`,
    );
  const [rows, m] = [a.shape[0]!, a.shape[1]!];
  const both = new Float64Array(2 * rows * m);
  for (let k = 0; k < rows; k++) {
    both.set(a.data.subarray(k * m, (k + 1) * m), 2 * k * m);
    both.set(b.data.subarray(k * m, (k + 1) * m), (2 * k + 1) * m);
  }
  const joined = completeCases({ data: both, shape: [rows, 2 * m] }, places[0], 2);
  const half = (from: number): Cases => ({
    count: joined.count,
    m,
    incomplete: joined.incomplete,
    data: Float64Array.from(
      { length: joined.count * m },
      (_, at) => joined.data[Math.floor(at / m) * 2 * m + from + (at % m)]!,
    ),
  });
  return [half(0), half(m)];
}

/** Rows without their mean. */
export function centred({ data, count, m }: Cases): Float64Array {
  const out = data.slice();
  for (let i = 0; i < m; i++) {
    let mean = 0;
    for (let k = 0; k < count; k++) mean += data[k * m + i]! / count;
    for (let k = 0; k < count; k++) out[k * m + i]! -= mean;
  }
  return out;
}

/** Their covariance [m, m] about the mean, divisor K − 1. O(K m²). */
export function caseCovariance(cases: Cases): Float64Array {
  const { count, m } = cases;
  return gram(centred(cases), count, m).map((value) => value / (count - 1));
}

/** A square matrix from anything like an array. @throws ShapeError */
export function squareMatrix(value: ArrayLike64, place: string, size?: number): NdArray {
  const array = toNdArray(value, place);
  const [n] = array.shape;
  if (array.shape.length !== 2 || array.shape[1] !== n || !n || (size !== undefined && n !== size))
    throw new ShapeError(
      place,
      `expected a matrix of shape (${size ?? "m"}, ${size ?? "m"}), got shape ${shapeText(array.shape)}`,
    );
  return array;
}

/** (A + Aᵀ)/2. */
export function symmetrised(A: Float64Array, n: number): Float64Array {
  return A.map((value, at) => (value + A[(at % n) * n + Math.floor(at / n)]!) / 2);
}

/** Σ A_ii. */
export function trace(A: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += A[i * n + i]!;
  return sum;
}
