import { checkMatrix, scaleOf } from "./check.ts";
import { multiplyAdd } from "./multiply.ts";
import { type Scratch, withScratch } from "./wasm/index.ts";

/** The solution of a linear system, or where the elimination found no pivot. */
export type LuResult =
  | { readonly ok: true; readonly X: Float64Array }
  | { readonly ok: false; readonly pivot: number; readonly value: number };

const block = 16;
/** Smaller matrices are as fast in plain JavaScript. */
const smallest = 12;

/**
 * Solves A·X = B for a square A (n×n) with `columns` right-hand sides B (n×columns), by blocked Gaussian elimination
 * with partial pivoting. O(2n³/3 + 2 n² columns). A and B are not changed.
 *
 * A pivot that is not above `n·eps` times A's largest element is reported as a failure: the matrix is singular to
 * working precision.
 * @returns X, or the 0-based pivot and its value
 * @throws ShapeError for an array that is too short
 * @throws NumericalError for a matrix with elements that are not finite
 * @see [GolubVanLoan2013] section 3.4
 */
export function luSolve(A: Float64Array, n: number, B: Float64Array, columns = 1): LuResult {
  checkMatrix("A", A, n, n);
  checkMatrix("B", B, n, columns);
  const threshold = n * Number.EPSILON * scaleOf("A", A, n * n);
  const bytes = 8 * (2 * n * n + 2 * n * columns);
  const run = (scratch: Scratch): LuResult => byKernels(scratch, A, n, B, columns, threshold);
  return (n < smallest ? undefined : withScratch(bytes, run)) ?? byElimination(A, n, B, columns, threshold);
}

function byKernels(
  scratch: Scratch,
  A: Float64Array,
  n: number,
  B: Float64Array,
  columns: number,
  threshold: number,
): LuResult {
  const { kernels } = scratch;
  const work = scratch.bytes(Math.max(kernels.luBytes64(n, n), kernels.gemmBytes64(n, columns, n)));
  const pivots = scratch.bytes(4 * n);
  const a = scratch.copyOf(A, 0, n * n);
  const b = scratch.copyOf(B, 0, n * columns);
  const pivot = kernels.lu64(n, n, a, n, pivots, threshold, work);
  if (pivot >= 0) return { ok: false, pivot, value: scratch.slice(a + 8 * pivot * (n + 1), 1)[0]! };
  kernels.luPivot64(n, pivots, b, columns, columns);
  kernels.solveTriangular64(false, true, n, columns, a, n, 1, b, columns, work);
  kernels.solveTriangular64(true, false, n, columns, a, n, 1, b, columns, work);
  return { ok: true, X: scratch.slice(b, n * columns) };
}

function byElimination(A: Float64Array, n: number, B: Float64Array, columns: number, threshold: number): LuResult {
  // The right-hand sides ride along as further columns, so that the forward substitution is part of the elimination.
  const width = n + columns;
  const W = new Float64Array(n * width);
  for (let i = 0; i < n; i++) {
    W.set(A.subarray(i * n, (i + 1) * n), i * width);
    W.set(B.subarray(i * columns, (i + 1) * columns), i * width + n);
  }
  for (let j0 = 0; j0 < n; j0 += block) {
    const end = Math.min(n, j0 + block);
    for (let j = j0; j < end; j++) {
      const value = pivotRow(W, n, width, j);
      if (!(Math.abs(value) > threshold)) return { ok: false, pivot: j, value };
      for (let i = j + 1; i < n; i++) {
        const factor = W[i * width + j]! / value;
        W[i * width + j] = factor;
        if (factor !== 0) subtract(W, i * width, j * width, factor, j + 1, end);
      }
    }
    for (let i = j0 + 1; i < end; i++)
      for (let p = j0; p < i; p++) subtract(W, i * width, p * width, W[i * width + p]!, end, width);
    const rest = width - end;
    const lower = { data: W, offset: end * width + j0, row: width, column: 1 };
    const upper = { data: W, offset: j0 * width + end, row: width, column: 1 };
    multiplyAdd(n - end, rest, end - j0, -1, lower, upper, {
      data: W,
      offset: end * width + end,
      row: width,
      column: 1,
    });
  }
  return { ok: true, X: backSubstitute(W, n, columns) };
}

/** Swaps the row with the largest element of column j (from row j on) into place; returns that element. */
function pivotRow(W: Float64Array, n: number, width: number, j: number): number {
  let best = j;
  for (let i = j + 1; i < n; i++) if (Math.abs(W[i * width + j]!) > Math.abs(W[best * width + j]!)) best = i;
  if (best !== j)
    for (let c = 0; c < width; c++) {
      const kept = W[j * width + c]!;
      W[j * width + c] = W[best * width + c]!;
      W[best * width + c] = kept;
    }
  return W[j * width + j]!;
}

function subtract(W: Float64Array, target: number, source: number, factor: number, from: number, to: number): void {
  for (let c = from; c < to; c++) W[target + c] = W[target + c]! - factor * W[source + c]!;
}

function backSubstitute(W: Float64Array, n: number, columns: number): Float64Array {
  const width = n + columns;
  const X = new Float64Array(n * columns);
  for (let i = n - 1; i >= 0; i--) {
    const row = i * columns;
    for (let c = 0; c < columns; c++) X[row + c] = W[i * width + n + c]!;
    for (let p = i + 1; p < n; p++) {
      const factor = W[i * width + p]!;
      for (let c = 0; c < columns; c++) X[row + c] = X[row + c]! - factor * X[p * columns + c]!;
    }
    const pivot = W[i * width + i]!;
    for (let c = 0; c < columns; c++) X[row + c] = X[row + c]! / pivot;
  }
  return X;
}
