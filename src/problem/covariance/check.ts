import { ArgumentError, NumericalError, ShapeError } from "../../engine/errors/index.ts";

/** Names the argument in messages; may a covariance be singular (something known exactly)? */
export interface CovarianceOptions {
  /** The argument's name for messages, "covariance" by default. */
  readonly place?: string;
  /** Take semi-definite ones too: products, square roots and draws work, solves don't. False by default. */
  readonly singular?: boolean;
}

/** @throws ArgumentError unless `size` is a positive integer */
export function checkSize(place: string, size: number): void {
  if (!Number.isSafeInteger(size) || size < 1)
    throw new ArgumentError(place, `expected a size of at least 1, got ${size}`);
}

/**
 * @throws NumericalError for a variance that isn't finite
 * @throws ArgumentError for one that isn't positive (or zero, where `singular`)
 */
export function checkVariance(place: string, variance: number, singular: boolean): void {
  if (!Number.isFinite(variance)) throw new NumericalError(place, `expected a finite variance, got ${variance}`);
  if (variance < 0 || (variance === 0 && !singular))
    throw new ArgumentError(
      place,
      `expected a ${singular ? "variance of at least 0" : "positive variance"}, got ${variance}`,
    );
}

/** @throws ArgumentError unless a factor is finite and at least 0 */
export function checkFactor(factor: number): void {
  if (!(factor >= 0 && factor < Number.POSITIVE_INFINITY))
    throw new ArgumentError("factor", `expected a number of at least 0, got ${factor}`);
}

/** @throws ShapeError unless a vector has the covariance's size */
export function checkLength(v: Float64Array, size: number): void {
  if (v.length !== size) throw new ShapeError("v", `expected ${size} numbers, got ${v.length}`);
}

/** @throws ArgumentError unless all indices are components of the covariance */
export function checkIndices(indices: ArrayLike<number>, size: number): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!Number.isInteger(index) || index < 0 || index >= size)
      throw new ArgumentError(`indices[${i}]`, `expected an integer from 0 to ${size - 1}, got ${index}`);
  }
}

/** The error of a solve with a covariance that has no inverse. */
export function singularError(place: string): NumericalError {
  return new NumericalError(
    place,
    "expected a positive definite covariance, got a singular one: it can't be inverted",
    {
      code: "numerical/singular",
    },
  );
}

/**
 * Largest difference of two elements that should be equal, for elements whose variances are given: what rounding to
 * single precision leaves.
 */
export function symmetryTolerance(varianceI: number, varianceJ: number): number {
  return 1e-6 * Math.sqrt(Math.max(0, varianceI * varianceJ));
}

/** The error of two elements that should be equal. */
export function asymmetryError(place: string, i: number, j: number, upper: number, lower: number): ArgumentError {
  return new ArgumentError(
    place,
    `expected a symmetric matrix, got ${upper} at (${i}, ${j}) and ${lower} at (${j}, ${i})`,
    "argument/asymmetric",
  );
}
