import { CapabilityError, NumericalError } from "../../engine/errors/index.ts";
import { cholesky, gemm, gram, logDeterminant, qr, solveLower } from "../../engine/linalg/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Awaitable, Operator } from "../../problem/operators/index.ts";
import { gaussianLogDensity, minimumCost, whitenRows } from "./innovation.ts";

/** A covariance P = ZᵀZ as rows Z [k, n]: columns of its square root. */
export function covarianceRoot(C: Covariance): NdArray {
  const k = C.sqrtSize;
  const data = new Float64Array(k * C.size);
  const unit = new Float64Array(k);
  for (let i = 0; i < k; i++) {
    unit[i] = 1;
    data.set(C.applySqrt(unit), i * C.size);
    unit[i] = 0;
  }
  return { data, shape: [k, C.size] };
}

/** Rows whose products are the sum of two covariances; at most n of them, by QR. O(n² (k + q)). */
export function addRoots(Z: NdArray, Q: NdArray): NdArray {
  const n = Z.shape[1]!;
  const rows = Z.shape[0]! + Q.shape[0]!;
  const data = new Float64Array(rows * n);
  data.set(Z.data);
  data.set(Q.data, Z.data.length);
  return rows <= n ? { data, shape: [rows, n] } : { data: qr(data, rows, n).R, shape: [n, n] };
}

/** Square roots of the diagonal of ZᵀZ. */
export function rootDeviations({ data, shape }: NdArray): Float64Array {
  const [k, n] = [shape[0]!, shape[1]!];
  const out = new Float64Array(n);
  for (let row = 0; row < k; row++) for (let i = 0; i < n; i++) out[i]! += data[row * n + i]! ** 2;
  return out.map(Math.sqrt);
}

/** ZᵀZ [n, n]. */
export function rootProduct({ data, shape }: NdArray): NdArray {
  const [k, n] = [shape[0]!, shape[1]!];
  return { data: gram(data, k, n), shape: [n, n] };
}

/**
 * An operator's tangent-linear map at x on rows; for linear ones the map itself.
 * @throws CapabilityError for an operator without a derivative
 */
export function tangentRows(
  method: string,
  operator: Operator,
  x: Float64Array,
  rows: NdArray,
  t: number,
): Awaitable<NdArray> {
  if (operator.linear) return operator.applyBatch(rows, t);
  if (operator.tangentBatch === undefined)
    throw new CapabilityError(
      method,
      `needs a derivative, but "${operator.name}" is a plain function: give it a tangent, write it as a formula, or use enkf`,
    );
  return operator.tangentBatch(x, rows, t);
}

export interface RootAnalysisInput {
  /** Forecast mean [n]. */
  readonly x: Float64Array;
  /** Root of the forecast covariance [k, n], P = ZᵀZ. */
  readonly Z: NdArray;
  /** The observed root [k, m]: H' on each row of Z. */
  readonly Y: NdArray;
  /** Innovation y − H(x) [m]. */
  readonly dy: Float64Array;
  /** Covariance of the observation errors. */
  readonly R: Covariance;
}

export interface RootAnalysis {
  readonly mean: Float64Array;
  /** Root of the analysis covariance [k, n]. */
  readonly root: NdArray;
  /** dᵀ S⁻¹ d. */
  readonly chi2: number;
  /** ln p(y | forecast). */
  readonly logEvidence: number;
}

/**
 * Kalman's analysis in square-root form: with whitened Y and I + Y Yᵀ = L Lᵀ the new root is L⁻¹ Z and the increment
 * Zᵀ (I + Y Yᵀ)⁻¹ Y R^(−1/2) d. Nothing is inverted or subtracted, so that the covariance stays positive however
 * accurate the observations are. O(k² (m + n) + k³).
 * @throws NumericalError for numbers that are not finite
 * @see [Kalman1960] [BucyJoseph1968] [Bierman1977]
 */
export function rootAnalysis({ x, Z, Y, dy, R }: RootAnalysisInput): RootAnalysis {
  const [k, n] = [Z.shape[0]!, x.length];
  const m = dy.length;
  const Yw = whitenRows(Y, R).data;
  const dw = R.whiten(dy);
  const G = gemm(k, k, m, Yw, Yw, { transB: true });
  for (let i = 0; i < k; i++) G[i * k + i]! += 1;
  const factor = cholesky(G, k);
  if (!factor.ok)
    throw new NumericalError(
      "P",
      `expected finite forecast covariances, got pivot ${factor.value} in row ${factor.pivot} of I + Y Yᵀ`,
      { code: "numerical/indefinite" },
    );
  const { L } = factor;
  const root = solveLower(L, k, Z.data, n);
  const v = solveLower(L, k, gemm(k, 1, m, Yw, dw));
  const increment = gemm(n, 1, k, root, v, { transA: true });
  const chi2 = minimumCost(Yw, L, k, dw);
  return {
    mean: x.map((value, i) => value + increment[i]!),
    root: { data: root, shape: [k, n] },
    chi2,
    logEvidence: gaussianLogDensity(chi2, R.logDeterminant() + logDeterminant(L, k), m),
  };
}
