import { checkMatrix } from "./check.ts";

/**
 * The transpose (n×m) of A (m×n), in blocks of 16 that suit the cache. O(m n).
 * @param out where the result goes, a new array by default; not A
 * @throws ShapeError for an array that is too short
 */
export function transpose(
  A: Float64Array,
  m: number,
  n: number,
  out: Float64Array = new Float64Array(m * n),
): Float64Array {
  checkMatrix("A", A, m, n);
  checkMatrix("out", out, n, m);
  for (let i0 = 0; i0 < m; i0 += 16)
    for (let j0 = 0; j0 < n; j0 += 16) {
      const i1 = Math.min(m, i0 + 16);
      const j1 = Math.min(n, j0 + 16);
      for (let i = i0; i < i1; i++) for (let j = j0; j < j1; j++) out[j * m + i] = A[i * n + j]!;
    }
  return out;
}
