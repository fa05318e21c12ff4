import { checkMatrix } from "./check.ts";
import { multiplyAdd } from "./multiply.ts";
import { withScratch } from "./wasm/index.ts";

/** Rows that are eliminated at a time before the product kernel updates the others. */
const block = 16;
/** With fewer right-hand sides, or fewer operations, copies to the kernels' memory don't pay. */
const fewestColumns = 4;
const fewest = 4096;

/**
 * Solves L·X = B for lower triangular L (n×n) with `columns` right-hand sides B (n×columns). O(n² columns).
 * @param out where X goes, a new array by default; may be B itself
 * @throws ShapeError for an array that is too short
 * @see [GolubVanLoan2013] section 3.1
 */
export function solveLower(
  L: Float64Array,
  n: number,
  B: Float64Array,
  columns = 1,
  out: Float64Array = new Float64Array(n * columns),
): Float64Array {
  prepare(L, n, B, columns, out);
  if (solveByKernels(L, n, columns, out, false)) return out;
  for (let i0 = 0; i0 < n; i0 += block) {
    const end = Math.min(n, i0 + block);
    if (i0 > 0) {
      const left = { data: L, offset: i0 * n, row: n, column: 1 };
      update(end - i0, columns, i0, left, out, 0, i0);
    }
    for (let i = i0; i < end; i++) {
      for (let p = i0; p < i; p++) subtractRow(out, columns, i, L[i * n + p]!, p);
      divideRow(out, columns, i, L[i * n + i]!);
    }
  }
  return out;
}

/**
 * Solves Lᵀ·X = B for lower triangular L (n×n) with `columns` right-hand sides B (n×columns). O(n² columns).
 * @param out where X goes, a new array by default; may be B itself
 * @throws ShapeError for an array that is too short
 * @see [GolubVanLoan2013] section 3.1
 */
export function solveLowerTransposed(
  L: Float64Array,
  n: number,
  B: Float64Array,
  columns = 1,
  out: Float64Array = new Float64Array(n * columns),
): Float64Array {
  prepare(L, n, B, columns, out);
  if (solveByKernels(L, n, columns, out, true)) return out;
  for (let end = n; end > 0; end -= block) {
    const i0 = Math.max(0, end - block);
    if (end < n) {
      const below = { data: L, offset: end * n + i0, row: 1, column: n };
      update(end - i0, columns, n - end, below, out, end, i0);
    }
    for (let i = end - 1; i >= i0; i--) {
      for (let p = i + 1; p < end; p++) subtractRow(out, columns, i, L[p * n + i]!, p);
      divideRow(out, columns, i, L[i * n + i]!);
    }
  }
  return out;
}

/**
 * Solves A·X = B from the Cholesky factor L of A (n×n), for `columns` right-hand sides B (n×columns). O(2 n² columns).
 * @param out where X goes, a new array by default; may be B itself
 * @throws ShapeError for an array that is too short
 */
export function choleskySolve(
  L: Float64Array,
  n: number,
  B: Float64Array,
  columns = 1,
  out: Float64Array = new Float64Array(n * columns),
): Float64Array {
  solveLower(L, n, B, columns, out);
  return solveLowerTransposed(L, n, out, columns, out);
}

function prepare(L: Float64Array, n: number, B: Float64Array, columns: number, out: Float64Array): void {
  checkMatrix("L", L, n, n);
  checkMatrix("B", B, n, columns);
  checkMatrix("out", out, n, columns);
  if (out !== B) out.set(B.subarray(0, n * columns));
}

/** Solves in place of `out` by the kernels; false where JavaScript is to do it. */
function solveByKernels(L: Float64Array, n: number, columns: number, out: Float64Array, transposed: boolean): boolean {
  if (columns < fewestColumns || n * n * columns < fewest) return false;
  const solved = withScratch(8 * (n * n + 2 * n * columns), (scratch) => {
    const { kernels } = scratch;
    const work = scratch.bytes(kernels.gemmBytes64(n, columns, n));
    const l = scratch.copyOf(L, 0, n * n);
    const b = scratch.copyOf(out, 0, n * columns);
    const [row, column] = transposed ? [1, n] : [n, 1];
    kernels.solveTriangular64(transposed, false, n, columns, l, row, column, b, columns, work);
    scratch.get(b, out, 0, n * columns);
    return true;
  });
  return solved ?? false;
}

/** out[rows to..] −= A · out[rows from..], for `m` rows and `k` terms. */
function update(
  m: number,
  columns: number,
  k: number,
  A: { data: Float64Array; offset: number; row: number; column: number },
  out: Float64Array,
  from: number,
  to: number,
): void {
  if (columns === 1) {
    for (let i = 0; i < m; i++) {
      let sum = out[to + i]!;
      let a = A.offset + i * A.row;
      for (let p = 0; p < k; p++, a += A.column) sum -= A.data[a]! * out[from + p]!;
      out[to + i] = sum;
    }
    return;
  }
  const known = { data: out, offset: from * columns, row: columns, column: 1 };
  multiplyAdd(m, columns, k, -1, A, known, { data: out, offset: to * columns, row: columns, column: 1 });
}

function subtractRow(out: Float64Array, columns: number, i: number, factor: number, p: number): void {
  const target = i * columns;
  const source = p * columns;
  for (let c = 0; c < columns; c++) out[target + c] = out[target + c]! - factor * out[source + c]!;
}

function divideRow(out: Float64Array, columns: number, i: number, pivot: number): void {
  for (let c = i * columns; c < (i + 1) * columns; c++) out[c] = out[c]! / pivot;
}
