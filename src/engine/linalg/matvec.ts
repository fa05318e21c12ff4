import { checkMatrix } from "./check.ts";

/**
 * The product A·x of A (m×n) and x (n). O(m n).
 * @param out where the result goes (m), a new array by default; not x
 * @throws ShapeError for an array that is too short
 */
export function matvec(
  A: Float64Array,
  x: Float64Array,
  m: number,
  n: number,
  out: Float64Array = new Float64Array(m),
): Float64Array {
  checkMatrix("A", A, m, n);
  checkMatrix("x", x, n, 1);
  checkMatrix("out", out, m, 1);
  let i = 0;
  for (; i + 3 < m; i += 4) {
    const a0 = i * n;
    const a1 = a0 + n;
    const a2 = a1 + n;
    const a3 = a2 + n;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = 0; j < n; j++) {
      const value = x[j]!;
      s0 += A[a0 + j]! * value;
      s1 += A[a1 + j]! * value;
      s2 += A[a2 + j]! * value;
      s3 += A[a3 + j]! * value;
    }
    out[i] = s0;
    out[i + 1] = s1;
    out[i + 2] = s2;
    out[i + 3] = s3;
  }
  for (; i < m; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += A[i * n + j]! * x[j]!;
    out[i] = sum;
  }
  return out;
}

/**
 * The product Aᵀ·y of A (m×n) and y (m). O(m n).
 * @param out where the result goes (n), a new array by default; not y
 * @throws ShapeError for an array that is too short
 */
export function matvecTransposed(
  A: Float64Array,
  y: Float64Array,
  m: number,
  n: number,
  out: Float64Array = new Float64Array(n),
): Float64Array {
  checkMatrix("A", A, m, n);
  checkMatrix("y", y, m, 1);
  checkMatrix("out", out, n, 1);
  out.fill(0, 0, n);
  let i = 0;
  for (; i + 3 < m; i += 4) {
    const a0 = i * n;
    const a1 = a0 + n;
    const a2 = a1 + n;
    const a3 = a2 + n;
    const y0 = y[i]!;
    const y1 = y[i + 1]!;
    const y2 = y[i + 2]!;
    const y3 = y[i + 3]!;
    for (let j = 0; j < n; j++)
      out[j] = out[j]! + (A[a0 + j]! * y0 + A[a1 + j]! * y1 + (A[a2 + j]! * y2 + A[a3 + j]! * y3));
  }
  for (; i < m; i++) {
    const value = y[i]!;
    for (let j = 0; j < n; j++) out[j] = out[j]! + A[i * n + j]! * value;
  }
  return out;
}
