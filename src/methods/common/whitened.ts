import { NumericalError } from "../../engine/errors/index.ts";
import { gemm, gram, matvec, rootTransform, symmetricEigen } from "../../engine/linalg/index.ts";
import { allFinite, type NdArray } from "../../engine/tensor/index.ts";
import { type Covariance, scalarCovariance } from "../../problem/covariance/index.ts";
import { anomalies, ensembleMean, transformedMembers } from "./ensemble.ts";
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
  /** Means of E [n] and HE [m], where they are known already. */
  readonly mean?: Float64Array;
  readonly meanHE?: Float64Array;
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
  /** Members [N, n] and their mean [n]. */
  readonly E: NdArray;
  readonly mean: Float64Array;
  /** Whitened anomalies of what is observed [N, m]. */
  readonly Y: NdArray;
  /** Whitened innovation of the mean [m]. */
  readonly dy: Float64Array;
}

/** Means, anomalies and innovation with R^(−1/2) applied once. O(N n + N m) and the whitening of N + 1 vectors. */
export function whitenEnsemble({ E, HE, y, R, mean = ensembleMean(E), meanHE }: AnalysisInput): WhitenedEnsemble {
  const center = meanHE ?? ensembleMean(HE);
  return { E, mean, Y: whitenedAnomalies(HE, center, R), dy: R.whiten(difference(y, center)) };
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i]! - b[i]!;
  return out;
}

/** R^(−1/2) on members minus their mean, [N, m]. */
function whitenedAnomalies(HE: NdArray, mean: Float64Array, R: Covariance): NdArray {
  const Y = anomalies(HE, mean);
  return whitenRows(Y, R, Y.data);
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
  checkAnomalies(G);
  const { values, vectors } = symmetricEigen(G, N);
  for (let i = 0; i < N; i++) values[i] = Math.max(0, values[i]!);
  const projected = gemm(N, 1, N, vectors, gemm(N, 1, m, Y.data, dy), { transA: true });
  return { values, vectors, projected };
}

/** @throws NumericalError unless products of anomalies are finite */
function checkAnomalies(G: Float64Array): void {
  if (allFinite(G)) return;
  throw new NumericalError(
    "Y",
    "expected finite anomalies of what is observed, got others: the ensemble has diverged",
    { code: "numerical/diverged" },
  );
}

/** V diag(f) Vᵀ, [N, N]; `out` may be given. */
export function fromEigen(vectors: Float64Array, factors: Float64Array, out?: Float64Array): Float64Array {
  const N = factors.length;
  const scaled = new Float64Array(N * N);
  for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) scaled[i * N + j] = vectors[i * N + j]! * factors[j]!;
  return gemm(N, N, N, scaled, vectors, { transB: true, ...(out && { out }) });
}

/**
 * The members mean + (w + T_i) X for weights w [N] of the mean, rows T_i of a transform [N, N] and X the anomalies of E. O(N² n).
 */
export function transformed(E: NdArray, mean: Float64Array, w: Float64Array, T: Float64Array): NdArray {
  const N = E.shape[0]!;
  const W = new Float64Array(N * N);
  for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) W[i * N + j] = T[i * N + j]! + w[j]!;
  return transformedMembers(E, mean, W);
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
 * sqrt(N − 1) G^(−1/2), where k = N − 1 unless the forecast covariance has another divisor. O(N² (m + n)) and the smaller of
 * O(m³) and O(N³).
 */
export function squareRootAnalysis(
  white: WhitenedEnsemble,
  R: Covariance,
  divisor: number = white.Y.shape[0]! - 1,
  eigen?: EnsembleEigen,
): TransformedEnsemble {
  const { E, mean, Y, dy } = white;
  const [N, m] = [E.shape[0]!, dy.length];
  if (eigen === undefined && m < N && divisor === N - 1) return fewObservations(white, R);
  if (eigen === undefined) {
    const { values, w, T, cost } = rootTransform(Y.data, dy, N, m, divisor);
    return finished(R, values, divisor, w, transformed(E, mean, w, T), cost, m);
  }
  const { values, vectors, projected } = eigen;
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
  return finished(R, values, divisor, w, transformed(E, mean, w, T), costAt(white, w, divisor), m);
}

/** The same by the eigenvectors U of YᵀY [m, m]: T = I − Y U diag(1/(g (g + sqrt(N − 1)))) UᵀYᵀ with g² = values + N − 1. O(m³ + N² m). */
function fewObservations(white: WhitenedEnsemble, R: Covariance): TransformedEnsemble {
  const { E, mean, Y, dy } = white;
  const [N, m] = [E.shape[0]!, dy.length];
  const k = N - 1;
  const G = gram(Y.data, N, m);
  checkAnomalies(G);
  const { values, vectors } = symmetricEigen(G, m);
  for (let i = 0; i < m; i++) values[i] = Math.max(0, values[i]!);
  const YU = gemm(N, m, m, Y.data, vectors);
  const projected = gemm(m, 1, m, vectors, dy, { transA: true });
  const w = matvec(
    YU,
    projected.map((value, i) => value / (values[i]! + k)),
    N,
    m,
  );
  const scaled = new Float64Array(N * m);
  for (let j = 0; j < m; j++) {
    const g = Math.sqrt(values[j]! + k);
    const factor = 1 / (g * (g + Math.sqrt(k)));
    for (let i = 0; i < N; i++) scaled[i * m + j] = YU[i * m + j]! * factor;
  }
  const T = gemm(N, N, m, scaled, YU, { transB: true, alpha: -1 });
  for (let i = 0; i < N; i++) T[i * N + i]! += 1;
  return finished(R, values, k, w, transformed(E, mean, w, T), costAt(white, w, k), m);
}

function finished(
  R: Covariance,
  values: Float64Array,
  divisor: number,
  w: Float64Array,
  ensemble: NdArray,
  chi2: number,
  count: number,
): TransformedEnsemble {
  let logDet = R.logDeterminant();
  for (const value of values) logDet += Math.log1p(value / divisor);
  return { ensemble, w, chi2, logEvidence: gaussianLogDensity(chi2, logDet, count) };
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
