import { checkMatrix } from "./check.ts";
import { multiplyAdd } from "./multiply.ts";
import { gemmByKernels } from "./multiplyKernels.ts";
import { gemmNatively } from "./native/index.ts";

/** The variants of {@link gemm}. */
export interface GemmOptions {
  /** A is given transposed, as a k×m array. */
  readonly transA?: boolean;
  /** B is given transposed, as an n×k array. */
  readonly transB?: boolean;
  /** Factor of the product, 1 by default. */
  readonly alpha?: number;
  /** Factor of what is in `out`, 0 by default: then `out` isn't read. */
  readonly beta?: number;
  /** Where the result goes (m×n), a new array by default. It must not be A or B. */
  readonly out?: Float64Array;
}

/**
 * The general product `alpha·op(A)·op(B) + beta·out`, row-major, op(A) m×k, op(B) k×n. O(m n k), some 17 GFLOP/s by the
 * kernels and 4 without them, with the same result to the last bit; large ones by a native BLAS where one is in use.
 * @returns `out` (m×n)
 * @throws ShapeError for an array that is too short
 * @see [GotoGeijn2008]
 */
export function gemm(
  m: number,
  n: number,
  k: number,
  A: Float64Array,
  B: Float64Array,
  options: GemmOptions = {},
): Float64Array {
  const { transA = false, transB = false, alpha = 1, beta = 0, out = new Float64Array(m * n) } = options;
  checkMatrix("A", A, m, k);
  checkMatrix("B", B, k, n);
  checkMatrix("out", out, m, n);
  const product = { m, n, k, alpha, A, transA, B, transB, beta, out };
  if (gemmNatively(product) || gemmByKernels(product)) return out;
  if (beta === 0) out.fill(0, 0, m * n);
  else if (beta !== 1) for (let i = 0; i < m * n; i++) out[i] = beta * out[i]!;
  multiplyAdd(
    m,
    n,
    k,
    alpha,
    { data: A, offset: 0, row: transA ? 1 : k, column: transA ? m : 1 },
    { data: B, offset: 0, row: transB ? 1 : n, column: transB ? k : 1 },
    { data: out, offset: 0, row: n, column: 1 },
  );
  return out;
}

/**
 * The product A·B of A (m×k) and B (k×n), row-major. O(m n k). See {@link gemm} for transposed or scaled ones.
 * @param out where the result goes (m×n), a new array by default; not A or B
 * @throws ShapeError for an array that is too short
 */
export function matmul(
  A: Float64Array,
  B: Float64Array,
  m: number,
  k: number,
  n: number,
  out: Float64Array = new Float64Array(m * n),
): Float64Array {
  return gemm(m, n, k, A, B, { out });
}
