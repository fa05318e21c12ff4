import { checkMatrix } from "./check.ts";
import { multiplyAdd } from "./multiply.ts";
import { gramByKernels } from "./multiplyKernels.ts";
import { gramNatively } from "./native/index.ts";

/**
 * The Gram matrix AᵀA (n×n) of A (m×n), exactly symmetric. O(m n²/2): half the work of the full product.
 * @param out where the result goes, a new array by default; not A
 * @throws ShapeError for an array that is too short
 */
export function gram(A: Float64Array, m: number, n: number, out: Float64Array = new Float64Array(n * n)): Float64Array {
  checkMatrix("A", A, m, n);
  checkMatrix("out", out, n, n);
  if (gramNatively(A, m, n, out) || gramByKernels(A, m, n, out)) return out;
  out.fill(0, 0, n * n);
  multiplyAdd(
    n,
    n,
    m,
    1,
    { data: A, offset: 0, row: 1, column: n },
    { data: A, offset: 0, row: n, column: 1 },
    { data: out, offset: 0, row: n, column: 1 },
    (column) => column + 4,
  );
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out[i * n + j] = out[j * n + i]!;
  return out;
}
