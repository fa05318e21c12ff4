import { NumericalError } from "../errors/index.ts";
import { checkMatrix } from "./check.ts";
import { gemm } from "./gemm.ts";
import { matvec } from "./matvec.ts";
import { nativeBlas } from "./native/index.ts";
import { symmetricEigen } from "./symmetricEigen.ts";
import { maximumSweeps } from "./tridiagonalQl.ts";
import { type Scratch, withScratch } from "./wasm/index.ts";

/** What {@link rootTransform} gives, with G = Y Yᵀ. */
export interface RootTransform {
  /** Eigenvalues of G, ascending; rounding below zero is cut off. */
  readonly values: Float64Array;
  /** (G + k)⁻¹ Y dy [n]. */
  readonly w: Float64Array;
  /** sqrt(n − 1) (G + k)^(−1/2) [n, n]. */
  readonly T: Float64Array;
  /** |dy − Yᵀ w|² + k |w|². */
  readonly cost: number;
}

/** Numbers of Y up to which it goes to the kernels' memory whole. */
const MOST = 2 ** 17;

/**
 * The symmetric square root and the weights of an ensemble transform, for Y (n×m), dy (m) and k > 0. O(n² m + 8 n³); where it
 * fits, in one call of the kernels.
 * @throws NumericalError for elements that are not finite
 * @see [GolubVanLoan2013] section 8.3
 */
export function rootTransform(Y: Float64Array, dy: Float64Array, n: number, m: number, k: number): RootTransform {
  checkMatrix("Y", Y, n, m);
  checkMatrix("dy", dy, 1, m);
  const small = n > 1 && n * m <= MOST && nativeBlas() === undefined;
  const bytes = 8 * (n * m + m + 16 * n * n) + 2 ** 16;
  const fast = small ? withScratch(bytes, (scratch) => byKernels(scratch, Y, dy, n, m, k)) : undefined;
  return fast ?? byParts(Y, dy, n, m, k);
}

function byKernels(
  scratch: Scratch,
  Y: Float64Array,
  dy: Float64Array,
  n: number,
  m: number,
  k: number,
): RootTransform {
  const { kernels } = scratch;
  const [y, d] = [scratch.copyOf(Y, 0, n * m), scratch.copyOf(dy, 0, m)];
  const [values, w, t] = [scratch.numbers(n), scratch.numbers(n + 1), scratch.numbers(n * n)];
  const work = scratch.bytes(kernels.rootTransformBytes64(n, m));
  const status = kernels.rootTransform64(n, m, k, y, d, values, w, t, work);
  if (status === -2) throw notFinite();
  if (status !== -1)
    throw new NumericalError("eigen", `no convergence for eigenvalue ${status} in ${maximumSweeps} sweeps`, {
      code: "numerical/no-convergence",
    });
  const weights = scratch.slice(w, n + 1);
  return {
    values: scratch.slice(values, n),
    w: weights.subarray(0, n),
    T: scratch.slice(t, n * n),
    cost: weights[n]!,
  };
}

function byParts(Y: Float64Array, dy: Float64Array, n: number, m: number, k: number): RootTransform {
  const G = gemm(n, n, m, Y, Y, { transB: true });
  if (!G.every(Number.isFinite)) throw notFinite();
  const { values, vectors } = symmetricEigen(G, n);
  const projected = gemm(n, 1, n, vectors, gemm(n, 1, m, Y, dy), { transA: true });
  const scaled = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    values[j] = Math.max(0, values[j]!);
    projected[j] = projected[j]! / (values[j]! + k);
    const root = Math.sqrt((n - 1) / (values[j]! + k));
    for (let i = 0; i < n; i++) scaled[i * n + j] = vectors[i * n + j]! * root;
  }
  const w = matvec(vectors, projected, n, n);
  const fitted = gemm(m, 1, n, Y, w, { transA: true });
  let cost = 0;
  for (let i = 0; i < m; i++) cost += (dy[i]! - fitted[i]!) ** 2;
  for (const value of w) cost += k * value * value;
  return { values, w, T: gemm(n, n, n, scaled, vectors, { transB: true }), cost };
}

function notFinite(): NumericalError {
  return new NumericalError(
    "Y",
    "expected finite anomalies of what is observed, got others: the ensemble has diverged",
    { code: "numerical/diverged" },
  );
}
