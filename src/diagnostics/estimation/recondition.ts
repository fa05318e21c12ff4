import { ArgumentError } from "../../engine/errors/index.ts";
import { gemm, symmetricEigen } from "../../engine/linalg/index.ts";
import type { ArrayLike64, NdArray } from "../../engine/tensor/index.ts";
import { squareMatrix, symmetrised } from "./cases.ts";

export interface ReconditionOptions {
  /** The largest condition number that is left, 1e4 by default. */
  readonly condition?: number;
  /** `ridge`: adds a multiple of I; `minimum-eigenvalue` (the default): raises the small eigenvalues alone. */
  readonly method?: "ridge" | "minimum-eigenvalue";
}

/**
 * A symmetric positive definite matrix near an estimate that isn't one, or nearly isn't: what sampling leaves. O(7 n³).
 * @throws ArgumentError for a condition number below 1, and for an estimate without a positive eigenvalue
 * @see [Tabeart2020]
 */
export function recondition(matrix: ArrayLike64, options: ReconditionOptions = {}): NdArray {
  const { condition = 1e4, method = "minimum-eigenvalue" } = options;
  const { data, shape } = squareMatrix(matrix, "matrix");
  const n = shape[0]!;
  if (!(condition > 1 && condition < Number.POSITIVE_INFINITY))
    throw new ArgumentError("condition", `expected a number above 1, got ${condition}`);
  const A = symmetrised(data, n);
  const { values, vectors } = symmetricEigen(A, n);
  const [least, most] = [values[0]!, values[n - 1]!];
  if (!(most > 0))
    throw new ArgumentError("matrix", `expected an estimate of a covariance, got largest eigenvalue ${most}`);
  if (least >= most / condition) return { data: A, shape: [n, n] };
  if (method === "ridge") {
    const shift = (most - condition * least) / (condition - 1);
    for (let i = 0; i < n; i++) A[i * n + i]! += shift;
    return { data: A, shape: [n, n] };
  }
  const floor = most / condition;
  const scaled = vectors.map((value, at) => value * Math.max(floor, values[at % n]!));
  return { data: symmetrised(gemm(n, n, n, scaled, vectors, { transB: true }), n), shape: [n, n] };
}
