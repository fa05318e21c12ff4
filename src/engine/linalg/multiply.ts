/** A matrix inside an array: element (i, j) is `data[offset + i·row + j·column]`. */
export interface Strided {
  readonly data: Float64Array;
  readonly offset: number;
  readonly row: number;
  readonly column: number;
}

/** How many terms of a product are summed before they are added to the result; a panel of them stays in the L1 cache. */
const depth = 256;

const panel: Float64Array = new Float64Array(4 * depth);
let packed: Float64Array = new Float64Array(0);

/**
 * C += alpha·A·B for A (m×k), B (k×n), C (m×n), which must not overlap: the core that the blocked algorithms share.
 * Four columns of B at a time are packed side by side, and meet two rows of A in registers. C has unit column stride.
 * O(m n k).
 * @param to the row after the last one to compute for the four columns from `column` on, for triangular results
 * @see [GotoGeijn2008]
 */
export function multiplyAdd(
  m: number,
  n: number,
  k: number,
  alpha: number,
  A: Strided,
  B: Strided,
  C: Strided,
  to: (column: number) => number = () => m,
): void {
  for (let p0 = 0; p0 < k; p0 += depth) {
    const terms = Math.min(depth, k - p0);
    let rows = A.data;
    let start = A.offset + p0 * A.column;
    let step = A.row;
    if (A.column !== 1 && n > 1) {
      rows = packRows(A, m, p0, terms);
      start = 0;
      step = terms;
    }
    for (let j = 0; j < n; j += 4) {
      const columns = Math.min(4, n - j);
      packPanel(B, p0, terms, j, columns);
      const count = Math.min(m, to(j));
      const column = rows === A.data ? A.column : 1;
      tiles(rows, start, step, column, count, terms, C.data, C.offset + j, C.row, columns, alpha);
    }
  }
}

function packRows(A: Strided, m: number, p0: number, terms: number): Float64Array {
  if (packed.length < m * terms) packed = new Float64Array(m * terms);
  const out = packed;
  for (let p = 0; p < terms; p++) {
    let source = A.offset + (p0 + p) * A.column;
    for (let target = p; target < m * terms; target += terms, source += A.row) out[target] = A.data[source]!;
  }
  return out;
}

function packPanel(B: Strided, p0: number, terms: number, j: number, columns: number): void {
  const data = B.data;
  let source = B.offset + p0 * B.row + j * B.column;
  if (columns === 4) {
    const step = B.column;
    for (let target = 0; target < 4 * terms; target += 4, source += B.row) {
      panel[target] = data[source]!;
      panel[target + 1] = data[source + step]!;
      panel[target + 2] = data[source + 2 * step]!;
      panel[target + 3] = data[source + 3 * step]!;
    }
    return;
  }
  for (let target = 0; target < 4 * terms; target += 4, source += B.row)
    for (let c = 0; c < 4; c++) panel[target + c] = c < columns ? data[source + c * B.column]! : 0;
}

/** Rows of A times the packed panel, two rows at a time; an odd last row is computed twice and stored once. */
function tiles(
  A: Float64Array,
  a: number,
  row: number,
  column: number,
  m: number,
  terms: number,
  C: Float64Array,
  c: number,
  ldc: number,
  columns: number,
  alpha: number,
): void {
  for (let i = 0; i < m; i += 2) {
    const pair = i + 1 < m;
    let a0 = a + i * row;
    let a1 = pair ? a0 + row : a0;
    let c00 = 0;
    let c01 = 0;
    let c02 = 0;
    let c03 = 0;
    let c10 = 0;
    let c11 = 0;
    let c12 = 0;
    let c13 = 0;
    for (let p = 0; p < 4 * terms; p += 4, a0 += column, a1 += column) {
      const x0 = A[a0]!;
      const x1 = A[a1]!;
      const y0 = panel[p]!;
      const y1 = panel[p + 1]!;
      const y2 = panel[p + 2]!;
      const y3 = panel[p + 3]!;
      c00 += x0 * y0;
      c01 += x0 * y1;
      c02 += x0 * y2;
      c03 += x0 * y3;
      c10 += x1 * y0;
      c11 += x1 * y1;
      c12 += x1 * y2;
      c13 += x1 * y3;
    }
    const o = c + i * ldc;
    C[o] = C[o]! + alpha * c00;
    if (columns > 1) C[o + 1] = C[o + 1]! + alpha * c01;
    if (columns > 2) C[o + 2] = C[o + 2]! + alpha * c02;
    if (columns > 3) C[o + 3] = C[o + 3]! + alpha * c03;
    if (!pair) return;
    const q = o + ldc;
    C[q] = C[q]! + alpha * c10;
    if (columns > 1) C[q + 1] = C[q + 1]! + alpha * c11;
    if (columns > 2) C[q + 2] = C[q + 2]! + alpha * c12;
    if (columns > 3) C[q + 3] = C[q + 3]! + alpha * c13;
  }
}
