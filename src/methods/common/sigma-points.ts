import { ArgumentError, NumericalError } from "../../engine/errors/index.ts";
import { choleskySolve, gemm, gram, qr } from "../../engine/linalg/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";

/** Parameters of the scaled unscented transform. */
export interface SigmaWeights {
  readonly alpha: number;
  readonly beta: number;
  readonly kappa: number;
}

/** Distances and weights for k directions. */
export interface SigmaRule {
  /** Points are mean ± distance times a row of the root. */
  readonly distance: number;
  /** Weights of the central point in means and in covariances, and of all others. */
  readonly centralMean: number;
  readonly central: number;
  readonly outer: number;
}

/** @throws ArgumentError unless n + kappa is positive */
export function sigmaRule(k: number, { alpha, beta, kappa }: SigmaWeights): SigmaRule {
  const scale = alpha ** 2 * (k + kappa);
  if (!(scale > 0))
    throw new ArgumentError("kappa", `expected more than ${-k}, the negative number of directions, got ${kappa}`);
  const centralMean = 1 - k / scale;
  return {
    distance: Math.sqrt(scale),
    centralMean,
    central: centralMean + 1 - alpha ** 2 + beta,
    outer: 1 / (2 * scale),
  };
}

/** The points [2k + 1, n]: the mean, then mean + row and mean − row for each row of Z [k, n]. */
export function sigmaPoints(mean: Float64Array, Z: NdArray, distance: number): NdArray {
  const [k, n] = [Z.shape[0]!, mean.length];
  const data = new Float64Array((2 * k + 1) * n);
  data.set(mean);
  for (let row = 0; row < k; row++)
    for (let i = 0; i < n; i++) {
      const step = distance * Z.data[row * n + i]!;
      data[(1 + row) * n + i] = mean[i]! + step;
      data[(1 + k + row) * n + i] = mean[i]! - step;
    }
  return { data, shape: [2 * k + 1, n] };
}

/** Mean and covariance of points that went through a map: the odd part acts as a linear map would, the even one is noise. */
export interface SigmaMoments {
  readonly mean: Float64Array;
  /** Rows [k, n] of the odd part. */
  readonly odd: NdArray;
  /** Rows [k, n] of the even part. */
  readonly even: NdArray;
  /** The central point without the mean, times the root of its weight's size; the weight may be negative. */
  readonly central: Float64Array;
}

/** O(k n). */
export function sigmaMoments({ data, shape }: NdArray, rule: SigmaRule): SigmaMoments {
  const [k, n] = [(shape[0]! - 1) / 2, shape[1]!];
  const [odd, even] = [new Float64Array(k * n), new Float64Array(k * n)];
  const factor = Math.sqrt(2 * rule.outer);
  const mean = new Float64Array(n);
  for (let row = 0; row < k; row++)
    for (let i = 0; i < n; i++) {
      const [plus, minus] = [data[(1 + row) * n + i]!, data[(1 + k + row) * n + i]!];
      odd[row * n + i] = (factor * (plus - minus)) / 2;
      even[row * n + i] = (plus - data[i]! + (minus - data[i]!)) / 2;
      // The weights sum to 1: only differences to the central point are weighted, which loses nothing where they nearly cancel.
      mean[i]! += 2 * rule.outer * even[row * n + i]!;
    }
  for (let row = 0; row < k; row++)
    for (let i = 0; i < n; i++) even[row * n + i] = factor * (even[row * n + i]! - mean[i]!);
  const size = Math.sqrt(Math.abs(rule.central));
  const central = mean.map((shift) => -size * shift);
  for (let i = 0; i < n; i++) mean[i]! += data[i]!;
  return { mean, odd: { data: odd, shape: [k, n] }, even: { data: even, shape: [k, n] }, central };
}

/** Rows of several roots one above the other; at most n of them, by QR. */
export function stackedRoot(parts: readonly NdArray[], n: number): NdArray {
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const data = new Float64Array(rows * n);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return rows <= n ? { data, shape: [rows, n] } : { data: qr(data, rows, n).R, shape: [n, n] };
}

/**
 * The root of ZᵀZ − v vᵀ, as (I − c u uᵀ) Z with Zᵀ u = v. O(k n²).
 * @throws NumericalError when that isn't positive
 */
export function downdatedRoot(Z: NdArray, v: Float64Array): NdArray {
  if (v.every((value) => value === 0)) return Z;
  const [k, n] = [Z.shape[0]!, Z.shape[1]!];
  // u = Z (ZᵀZ)⁻¹ v by the triangular factor of Z.
  const { R } = qr(Z.data, k, n);
  if (k < n) throw indefinite(Number.NaN);
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) L[j * n + i] = R[i * n + j]!;
  const u = gemm(k, 1, n, Z.data, choleskySolve(L, n, v));
  const square = u.reduce((sum, value) => sum + value * value, 0);
  if (!(square < 1)) throw indefinite(1 - square);
  const c = (1 - Math.sqrt(1 - square)) / square;
  const projected = gemm(1, n, k, u, Z.data);
  const data = Z.data.slice();
  for (let row = 0; row < k; row++) for (let i = 0; i < n; i++) data[row * n + i]! -= c * u[row]! * projected[i]!;
  return { data, shape: Z.shape };
}

function indefinite(value: number): NumericalError {
  return new NumericalError(
    "P",
    `expected a positive covariance, got a factor ${value} along the shift of the mean: the central weight is negative; use a larger alpha or beta`,
    { code: "numerical/indefinite" },
  );
}

/** ZᵀZ of all rows, with the sign of the central weight. */
export function evenCovariance({ even, central }: SigmaMoments, rule: SigmaRule): Float64Array {
  const [k, n] = [even.shape[0]!, even.shape[1]!];
  const out = gram(even.data, k, n);
  const sign = Math.sign(rule.central);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i * n + j]! += sign * central[i]! * central[j]!;
  return out;
}
