import { NumericalError } from "../errors/index.ts";
import { gemm } from "./gemm.ts";
import { symmetricEigen } from "./symmetricEigen.ts";

/**
 * The symmetric square root A^(1/2) of a symmetric positive semidefinite matrix (n×n, lower triangle read), by its
 * eigenvectors. Negative eigenvalues within rounding (n·eps of the largest one) count as zeros. O(7n³).
 * @throws NumericalError `numerical/indefinite` for a matrix with a negative eigenvalue beyond that
 * @see [Higham2008] chapter 6
 */
export function symmetricSqrt(A: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(A, n);
  const limit = rounding(values, n);
  return recompose(vectors, n, values, (value, at) => {
    if (value < -limit) throw indefinite(value, at, "non-negative");
    return Math.sqrt(Math.max(0, value));
  });
}

/**
 * The symmetric inverse square root A^(−1/2) of a symmetric positive definite matrix (n×n, lower triangle read), by its
 * eigenvectors. O(7n³).
 * @throws NumericalError `numerical/indefinite` for a matrix with an eigenvalue that is not above n·eps of the largest
 * @see [Higham2008] chapter 6
 */
export function symmetricInverseSqrt(A: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(A, n);
  const limit = rounding(values, n);
  return recompose(vectors, n, values, (value, at) => {
    if (!(value > limit)) throw indefinite(value, at, "positive");
    return 1 / Math.sqrt(value);
  });
}

/**
 * Whether a square matrix equals its transpose up to `tolerance` times its largest absolute element. O(n²).
 * Not when an element isn't finite.
 */
export function isSymmetric(A: Float64Array, n: number, tolerance = 1e-12): boolean {
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const lower = A[i * n + j]!;
      const upper = A[j * n + i]!;
      if (!Number.isFinite(lower) || !Number.isFinite(upper)) return false;
      largest = Math.max(largest, Math.abs(lower), Math.abs(upper));
      difference = Math.max(difference, Math.abs(lower - upper));
    }
  return difference <= tolerance * largest;
}

function rounding(values: Float64Array, n: number): number {
  return n * Number.EPSILON * Math.max(Math.abs(values[0] ?? 0), Math.abs(values[n - 1] ?? 0));
}

function indefinite(value: number, at: number, wanted: string): NumericalError {
  return new NumericalError("A", `expected ${wanted} eigenvalues, but number ${at} (ascending) is ${value}`, {
    code: "numerical/indefinite",
  });
}

/** V·diag(f(values))·Vᵀ, made exactly symmetric. */
function recompose(
  V: Float64Array,
  n: number,
  values: Float64Array,
  f: (value: number, at: number) => number,
): Float64Array {
  const scaled = new Float64Array(n * n);
  const factors = values.map(f);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) scaled[i * n + j] = V[i * n + j]! * factors[j]!;
  const out = gemm(n, n, n, scaled, V, { transB: true });
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const mean = (out[i * n + j]! + out[j * n + i]!) / 2;
      out[i * n + j] = mean;
      out[j * n + i] = mean;
    }
  return out;
}
