import { NumericalError } from "../../engine/errors/index.ts";
import {
  cholesky,
  choleskySolve,
  gemm,
  gram,
  logDeterminant,
  solveLower,
  transpose,
} from "../../engine/linalg/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";

/** S = YᵀY/(N − 1) + R, factorised in observation space or in ensemble space, whichever is smaller. */
export interface InnovationCovariance {
  /** D S⁻¹ Yᵀ X/(N − 1) for rows D [k, m] and anomalies X [N, n]: Kalman's gain on each row, [k, n]. */
  increments(D: NdArray, X: NdArray): NdArray;
  /** dᵀ S⁻¹ d. */
  chi2(d: Float64Array): number;
  readonly logDeterminant: number;
}

/**
 * The covariance of innovations from observed anomalies Y [N, m] with divisor `N − 1` (or another).
 * O(m³ + m² N) when m ≤ N, else O(N³ + N² m); increments of N rows O(N² (m + n)) or O(N m n), whichever is less.
 * @see [Hager1989] for the equality of both forms
 */
export function innovationCovariance(
  Y: NdArray,
  R: Covariance,
  divisor: number = Y.shape[0]! - 1,
): InnovationCovariance {
  const [N, m] = [Y.shape[0]!, Y.shape[1]!];
  return m <= N ? inObservationSpace(Y, R, divisor) : inEnsembleSpace(Y, R, divisor);
}

function inObservationSpace(Y: NdArray, R: Covariance, divisor: number): InnovationCovariance {
  const [N, m] = [Y.shape[0]!, Y.shape[1]!];
  const S = R.dense();
  gram(Y.data, N, m).forEach((value, at) => {
    S[at]! += value / divisor;
  });
  const L = factor(S, m);
  return {
    increments(D, X) {
      const [k, n] = [D.shape[0]!, X.shape[1]!];
      const alpha = 1 / divisor;
      if (m * n * (N + k) < k * N * (m + n)) {
        const cross = gemm(m, n, N, Y.data, X.data, { transA: true, alpha });
        // The gain (when there are more rows than variables) or the weights of the observations: one solve of S either way.
        if (n < k) return { data: gemm(k, n, m, D.data, choleskySolve(L, m, cross, n)), shape: [k, n] };
        const solved = choleskySolve(L, m, transpose(D.data, k, m), k);
        return { data: gemm(k, n, m, solved, cross, { transA: true }), shape: [k, n] };
      }
      const solved = choleskySolve(L, m, transpose(D.data, k, m), k);
      const weights = gemm(k, N, m, solved, Y.data, { transA: true, transB: true, alpha });
      return { data: gemm(k, n, N, weights, X.data), shape: [k, n] };
    },
    chi2: (d) => squares(solveLower(L, m, d)),
    logDeterminant: logDeterminant(L, m),
  };
}

function inEnsembleSpace(Y: NdArray, R: Covariance, divisor: number): InnovationCovariance {
  const [N, m] = [Y.shape[0]!, Y.shape[1]!];
  const root = 1 / Math.sqrt(divisor);
  const Yw = whitenRows(Y, R).data.map((value) => value * root);
  const G = gemm(N, N, m, Yw, Yw, { transB: true });
  for (let i = 0; i < N; i++) G[i * N + i]! += 1;
  const L = factor(G, N);
  return {
    increments(D, X) {
      const [k, n] = [D.shape[0]!, X.shape[1]!];
      const product = gemm(N, k, m, Yw, whitenRows(D, R).data, { transB: true });
      const weights = choleskySolve(L, N, product, k);
      return { data: gemm(k, n, N, weights, X.data, { transA: true, alpha: root }), shape: [k, n] };
    },
    chi2: (d) => minimumCost(Yw, L, N, R.whiten(d)),
    logDeterminant: R.logDeterminant() + logDeterminant(L, N),
  };
}

/** dᵀ S⁻¹ d as twice the cost at the analysis, |d − Yᵀw|² + |w|²: nothing cancels. */
export function minimumCost(Yw: Float64Array, L: Float64Array, N: number, dw: Float64Array): number {
  const m = dw.length;
  const w = choleskySolve(L, N, gemm(N, 1, m, Yw, dw));
  const fitted = gemm(m, 1, N, Yw, w, { transA: true });
  return squares(dw.map((value, i) => value - fitted[i]!)) + squares(w);
}

/** R^(−1/2) applied to each row, [k, m]; `out` may be the rows' own data. */
export function whitenRows(
  { data, shape }: NdArray,
  R: Covariance,
  out: Float64Array = new Float64Array(data.length),
): NdArray {
  const [k, m] = [shape[0]!, shape[1]!];
  const std = R.kind === "scalar" && m > 0 ? Math.sqrt(R.diagonal()[0]!) : 0;
  if (std > 0) {
    for (let i = 0; i < k * m; i++) out[i] = data[i]! / std;
    return { data: out, shape };
  }
  for (let row = 0; row < k; row++) out.set(R.whiten(data.subarray(row * m, (row + 1) * m)), row * m);
  return { data: out, shape };
}

/** ln p(d) for d ~ N(0, S), from dᵀ S⁻¹ d and ln det S. */
export function gaussianLogDensity(chi2: number, logDet: number, count: number): number {
  return -0.5 * (count * Math.log(2 * Math.PI) + logDet + chi2);
}

function factor(A: Float64Array, n: number): Float64Array {
  const result = cholesky(A, n);
  if (!result.ok)
    throw new NumericalError(
      "S",
      `expected a positive definite innovation covariance, got pivot ${result.value} in row ${result.pivot}: the ensemble or the observation errors are degenerate`,
      { code: "numerical/indefinite" },
    );
  return result.L;
}

function squares(v: Float64Array): number {
  let sum = 0;
  for (const value of v) sum += value * value;
  return sum;
}
