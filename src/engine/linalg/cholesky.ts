import { checkMatrix } from "./check.ts";
import { multiplyAdd } from "./multiply.ts";
import { choleskyNatively } from "./native/index.ts";
import { type Scratch, withScratch } from "./wasm/index.ts";

/** Smaller matrices are as fast in plain JavaScript. */
const smallest = 12;

/** A Cholesky factor, or where and with what value the factorisation failed. */
export type CholeskyResult =
  | { readonly ok: true; readonly L: Float64Array }
  | { readonly ok: false; readonly pivot: number; readonly value: number };

/**
 * The lower factor L of A = L·Lᵀ for a symmetric positive definite A (n×n), of which the lower triangle is read. O(n³/3):
 * by recursion on the kernels, or in plain JavaScript left looking, four columns at a time.
 *
 * A pivot that is not above `n·eps` of its diagonal element is reported as a failure, so that matrices with dependent
 * rows are not taken for definite ones because of rounding. So is one that is not finite. (Where the rows before it are
 * nearly dependent too, rounding can lift a pivot above that: look at an eigenvalue where it matters.)
 * @param out where L goes (n×n, zeros above the diagonal), a new array by default; may be A itself. After a failure
 *   its content means nothing
 * @returns L, or the 0-based pivot and its value
 * @throws ShapeError for an array that is too short
 * @see [GolubVanLoan2013] section 4.2
 */
export function cholesky(A: Float64Array, n: number, out: Float64Array = new Float64Array(n * n)): CholeskyResult {
  checkMatrix("A", A, n, n);
  checkMatrix("out", out, n, n);
  if (choleskyNatively(A, n, out)) return { ok: true, L: out };
  const fast = n < smallest ? undefined : withScratch(16 * n * n, (scratch) => byKernels(scratch, A, n, out));
  return fast ?? byColumns(A, n, out);
}

function byKernels(scratch: Scratch, A: Float64Array, n: number, out: Float64Array): CholeskyResult {
  const { kernels } = scratch;
  const work = scratch.bytes(kernels.choleskyBytes64(n));
  const a = scratch.copyOf(A, 0, n * n);
  const pivot = kernels.cholesky64(n, a, n, work);
  if (pivot >= 0) return { ok: false, pivot, value: scratch.slice(a + 8 * pivot * (n + 1), 1)[0]! };
  scratch.get(a, out, 0, n * n);
  return { ok: true, L: out };
}

function byColumns(A: Float64Array, n: number, out: Float64Array): CholeskyResult {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) out[i * n + j] = A[i * n + j]!;
    out.fill(0, i * n + i + 1, (i + 1) * n);
  }
  const threshold = n * Number.EPSILON;
  const diagonal = new Float64Array(4);
  for (let j0 = 0; j0 < n; j0 += 4) {
    const end = Math.min(n, j0 + 4);
    for (let j = j0; j < end; j++) diagonal[j - j0] = Math.abs(out[j * n + j]!);
    if (j0 > 0) {
      const below = { data: out, offset: j0 * n, row: n, column: 1 };
      const transposed = { data: out, offset: j0 * n, row: 1, column: n };
      multiplyAdd(n - j0, end - j0, j0, -1, below, transposed, { data: out, offset: j0 * n + j0, row: n, column: 1 });
    }
    for (let j = j0; j < end; j++) {
      let pivot = out[j * n + j]!;
      for (let p = j0; p < j; p++) pivot -= out[j * n + p]! ** 2;
      if (!(pivot > threshold * diagonal[j - j0]!) || pivot === Infinity) return { ok: false, pivot: j, value: pivot };
      const root = Math.sqrt(pivot);
      out[j * n + j] = root;
      const inverse = 1 / root;
      for (let i = j + 1; i < n; i++) {
        let sum = out[i * n + j]!;
        for (let p = j0; p < j; p++) sum -= out[i * n + p]! * out[j * n + p]!;
        out[i * n + j] = inverse < Infinity ? sum * inverse : sum / root;
      }
    }
    for (let i = j0; i < end; i++) out.fill(0, i * n + i + 1, i * n + end);
  }
  return { ok: true, L: out };
}

/**
 * The logarithm of the determinant of A = L·Lᵀ: twice the sum of the logarithms of L's diagonal. O(n).
 * @throws ShapeError for an array that is too short
 */
export function logDeterminant(L: Float64Array, n: number): number {
  checkMatrix("L", L, n, n);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(L[i * n + i]!);
  return 2 * sum;
}
