import { choleskyRows, solveRows } from "../../graph/primitives/factorization.ts";
import { cholesky, solveLower, solveLowerTransposed } from "../../linalg/index.ts";

type Arena = Float64Array | Float32Array;

/** From this order on the kernels, which need copies, are faster. */
const BLOCKED = 24;

/** Cholesky factors of `count` matrices; NaN from the first pivot on that isn't positive. */
export function choleskyRoutine(F: Arena, from: number, to: number, count: number, n: number): void {
  for (let k = 0; k < count; k++) {
    const [a, l] = [from + k * n * n, to + k * n * n];
    if (n >= BLOCKED && F instanceof Float64Array) {
      const result = cholesky(F.subarray(a, a + n * n), n);
      if (result.ok) {
        F.set(result.L, l);
        continue;
      }
    }
    choleskyRows(F, a, F, l, n);
  }
}

/** Solutions X of L X = B or Lᵀ X = B, B [n, m], for `count` pairs. */
export function triangularSolveRoutine(
  F: Arena,
  l: number,
  b: number,
  to: number,
  count: number,
  n: number,
  m: number,
  transposed: boolean,
): void {
  const solve = transposed ? solveLowerTransposed : solveLower;
  for (let k = 0; k < count; k++) {
    const [at, right, out] = [l + k * n * n, b + k * n * m, to + k * n * m];
    if (n >= BLOCKED && F instanceof Float64Array && hasPivots(F, at, n))
      F.set(solve(F.subarray(at, at + n * n), n, F.subarray(right, right + n * m), m), out);
    else solveRows(F, at, right, F, out, n, m, transposed);
  }
}

/** Whether a factor's diagonal is that of a factorisation that has succeeded. */
function hasPivots(F: Float64Array, at: number, n: number): boolean {
  for (let i = 0; i < n; i++) if (!(Math.abs(F[at + i * (n + 1)]!) > 0)) return false;
  return true;
}
