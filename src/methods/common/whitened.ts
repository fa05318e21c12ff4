import { NumericalError } from "../../engine/errors/index.ts";
import { gemm, matvec, symmetricEigen } from "../../engine/linalg/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { type Covariance, scalarCovariance } from "../../problem/covariance/index.ts";
import { anomalies, ensembleMean } from "./ensemble.ts";
import { gaussianLogDensity, innovationCovariance, whitenRows } from "./innovation.ts";

/** What the analysis of an ensemble starts from. */
export interface AnalysisInput {
  /** Forecast members [N, n]. */
  readonly E: NdArray;
  /** The observation operator on each member [N, m]. */
  readonly HE: NdArray;
  /** Observations [m]. */
  readonly y: Float64Array;
  /** Covariance of their errors. */
  readonly R: Covariance;
}

/** Analysed members with the consistency of the innovation. */
export interface EnsembleAnalysis {
  /** Analysed members [N, n]. */
  readonly ensemble: NdArray;
  /** dᵀ S⁻¹ d for the mean's innovation, where the method has it. */
  readonly chi2?: number;
  /** ln p(y | forecast) of the ensemble's Gaussian, where the method has it. */
  readonly logEvidence?: number;
}

/** An ensemble and its observations in units of the observation errors. */
export interface WhitenedEnsemble {
  /** Mean of the members [n], and the members without it [N, n]. */
  readonly mean: Float64Array;
  readonly X: NdArray;
  /** Whitened anomalies of what is observed [N, m]. */
  readonly Y: NdArray;
  /** Whitened innovation of the mean [m]. */
  readonly dy: Float64Array;
}

/** Means, anomalies and innovation with R^(−1/2) applied once. O(N n + N m) and the whitening of N + 1 vectors. */
export function whitenEnsemble({ E, HE, y, R }: AnalysisInput): WhitenedEnsemble {
  const mean = ensembleMean(E);
  const meanHE = ensembleMean(HE);
  return {
    mean,
    X: anomalies(E, mean),
    Y: whitenRows(anomalies(HE, meanHE), R),
    dy: R.whiten(y.map((value, i) => value - meanHE[i]!)),
  };
}

/** Y Yᵀ = V diag(values) Vᵀ, [N, N]. */
export interface EnsembleEigen {
  /** Ascending; rounding below zero is cut off. */
  readonly values: Float64Array;
  readonly vectors: Float64Array;
  /** Vᵀ Y dy. */
  readonly projected: Float64Array;
}

/**
 * The observed ensemble by its eigenvectors. O(N² m + 6 N³).
 * @throws NumericalError for numbers that are not finite
 */
export function ensembleEigen(Y: NdArray, dy: Float64Array): EnsembleEigen {
  const [N, m] = [Y.shape[0]!, Y.shape[1]!];
  const G = gemm(N, N, m, Y.data, Y.data, { transB: true });
  if (!G.every(Number.isFinite))
    throw new NumericalError(
      "Y",
      "expected finite anomalies of what is observed, got others: the ensemble has diverged",
      {
        code: "numerical/diverged",
      },
    );
  const { values, vectors } = symmetricEigen(G, N);
  for (let i = 0; i < N; i++) values[i] = Math.max(0, values[i]!);
  const projected = gemm(N, 1, N, vectors, gemm(N, 1, m, Y.data, dy), { transA: true });
  return { values, vectors, projected };
}

/** V diag(f) Vᵀ, [N, N]; `out` may be given. */
export function fromEigen(vectors: Float64Array, factors: Float64Array, out?: Float64Array): Float64Array {
  const N = factors.length;
  const scaled = new Float64Array(N * N);
  for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) scaled[i * N + j] = vectors[i * N + j]! * factors[j]!;
  return gemm(N, N, N, scaled, vectors, { transB: true, ...(out && { out }) });
}

/**
 * The members mean + (w + T_i) X for weights w [N] of the mean and rows T_i of a transform [N, N]. O(N² n).
 */
export function transformed(mean: Float64Array, X: NdArray, w: Float64Array, T: Float64Array): NdArray {
  const [N, n] = [X.shape[0]!, X.shape[1]!];
  const W = new Float64Array(N * N);
  for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) W[i * N + j] = T[i * N + j]! + w[j]!;
  const data = gemm(N, n, N, W, X.data);
  for (let row = 0; row < N * n; row += n) for (let i = 0; i < n; i++) data[row + i]! += mean[i]!;
  return { data, shape: [N, n] };
}

/** |dy − Yᵀw|² + weight |w|²: dᵀ S⁻¹ d when w is the analysis' and weight the divisor of the covariance. */
export function costAt({ Y, dy }: Pick<WhitenedEnsemble, "Y" | "dy">, w: Float64Array, weight: number): number {
  const [N, m] = [Y.shape[0]!, Y.shape[1]!];
  const fitted = gemm(m, 1, N, Y.data, w, { transA: true });
  let sum = 0;
  for (let i = 0; i < m; i++) sum += (dy[i]! - fitted[i]!) ** 2;
  for (const value of w) sum += weight * value * value;
  return sum;
}

export interface TransformedEnsemble extends Required<EnsembleAnalysis> {
  /** Weights of the mean's increment [N]. */
  readonly w: Float64Array;
}

/**
 * The symmetric square-root analysis of whitened anomalies: with G = Y Yᵀ + k I the weights w = G⁻¹ Y dy and the transform
 * sqrt(N − 1) G^(−1/2), where k = N − 1 unless the forecast covariance has another divisor.
 */
export function squareRootAnalysis(
  white: WhitenedEnsemble,
  R: Covariance,
  divisor: number = white.Y.shape[0]! - 1,
  { values, vectors, projected }: EnsembleEigen = ensembleEigen(white.Y, white.dy),
): TransformedEnsemble {
  const { mean, X, dy } = white;
  const N = X.shape[0]!;
  const w = matvec(
    vectors,
    projected.map((value, i) => value / (values[i]! + divisor)),
    N,
    N,
  );
  const T = fromEigen(
    vectors,
    values.map((value) => Math.sqrt((N - 1) / (value + divisor))),
  );
  const chi2 = costAt(white, w, divisor);
  const logDet = R.logDeterminant() + values.reduce((sum, value) => sum + Math.log1p(value / divisor), 0);
  return { ensemble: transformed(mean, X, w, T), w, chi2, logEvidence: gaussianLogDensity(chi2, logDet, dy.length) };
}

/**
 * Consistency and evidence of whitened innovations under a forecast ensemble, ln det R given. O(N² m + N³) or O(m² N + m³), whichever is
 * less.
 */
export function ensembleEvidence({
  Y,
  dy,
  logDeterminant,
}: Pick<WhitenedEnsemble, "Y" | "dy"> & { readonly logDeterminant: number }): {
  readonly chi2: number;
  readonly logEvidence: number;
} {
  const S = innovationCovariance(Y, scalarCovariance(dy.length, 1));
  const chi2 = S.chi2(dy);
  return { chi2, logEvidence: gaussianLogDensity(chi2, logDeterminant + S.logDeterminant, dy.length) };
}
