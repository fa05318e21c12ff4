/**
 * LAPACK's matrices are column-major, ours row-major: what is ours row by row is, to LAPACK, the transpose. So products have
 * their operands swapped, (A·B)ᵀ = Bᵀ·Aᵀ, and lower triangles are called upper.
 */

import type { Product } from "../multiplyKernels.ts";
import type { Blas, Spectrum } from "./blas.ts";

/** Eight bytes for each integer, so that libraries with integers of 32 and of 64 bits both read it right (little-endian). */
const integer = (value: number): Int32Array => Int32Array.of(value, value < 0 ? -1 : 0);
const real = (value: number): Float64Array => Float64Array.of(value);

/** out ← alpha·op(A)·op(B) + beta·out; false when the call failed, and then out is as before. */
export function gemmBy({ dgemm }: Blas, { m, n, k, alpha, A, transA, B, transB, beta, out }: Product): boolean {
  const [rows, columns] = [integer(n), integer(m)];
  const [lda, ldb] = [integer(transA ? m : k), integer(transB ? k : n)];
  const [ta, tb] = [transA ? "T" : "N", transB ? "T" : "N"];
  return called(() =>
    dgemm(tb, ta, rows, columns, integer(k), real(alpha), B, ldb, A, lda, real(beta), out, rows, 1, 1),
  );
}

/** out ← AᵀA (n×n), exactly symmetric; false when the call failed. */
export function gramBy({ dsyrk }: Blas, A: Float64Array, m: number, n: number, out: Float64Array): boolean {
  const order = integer(n);
  const done = called(() => dsyrk("L", "N", order, integer(m), real(1), A, order, real(0), out, order, 1, 1));
  if (done) for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out[i * n + j] = out[j * n + i]!;
  return done;
}

/**
 * out ← L with A = L·Lᵀ, zeros above the diagonal. False when a pivot isn't above n·eps of its diagonal element or the call
 * failed; `out`, which must not share memory with A, then means nothing.
 */
export function choleskyBy({ dpotrf }: Blas, A: Float64Array, n: number, out: Float64Array): boolean {
  for (let i = 0; i < n; i++) {
    out.set(A.subarray(i * n, i * n + i + 1), i * n);
    out.fill(0, i * n + i + 1, (i + 1) * n);
  }
  const [order, info] = [integer(n), integer(0)];
  if (!called(() => dpotrf("U", order, out, order, info, 1)) || info[0] !== 0) return false;
  const threshold = n * Number.EPSILON;
  for (let at = 0; at < n * n; at += n + 1) {
    const pivot = out[at]! ** 2;
    if (!(pivot > threshold * Math.abs(A[at]!)) || pivot === Infinity) return false;
  }
  return true;
}

/** Eigenvalues and -vectors by divide and conquer; undefined when it didn't converge or the call failed. */
export function eigenBy({ dsyevd }: Blas, A: Float64Array, n: number): Spectrum | undefined {
  const [Z, values, info, order] = [A.slice(0, n * n), new Float64Array(n), integer(0), integer(n)];
  const run = (work: Float64Array, numbers: number, indices: Int32Array, count: number): boolean =>
    called(() =>
      dsyevd("V", "U", order, Z, order, values, work, integer(numbers), indices, integer(count), info, 1, 1),
    ) && info[0] === 0;
  const [numbers, count] = [real(0), integer(0)];
  // The first call asks how much room the second one needs.
  if (!run(numbers, -1, count, -1)) return undefined;
  if (!run(new Float64Array(numbers[0]!), numbers[0]!, new Int32Array(2 * count[0]!), count[0]!)) return undefined;
  return { values, vectors: columns(Z, n) };
}

/** The rows of Z as columns, each with its largest element (among equal ones, up to rounding, the first) positive. */
function columns(Z: Float64Array, n: number): Float64Array {
  const vectors = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const row = Z.subarray(j * n, (j + 1) * n);
    let [largest, sign] = [0, 1];
    for (const value of row)
      if (Math.abs(value) > largest) {
        largest = Math.abs(value) * (1 + 1e-8);
        sign = value < 0 ? -1 : 1;
      }
    for (let i = 0; i < n; i++) vectors[i * n + j] = sign * row[i]!;
  }
  return vectors;
}

function called(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}
