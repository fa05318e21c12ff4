import { ShapeError } from "../../engine/errors/index.ts";
import { gemm, matvec } from "../../engine/linalg/index.ts";
import { type ArrayLike64, shapeText, toNdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Awaitable } from "../../problem/operators/index.ts";
import { toVector } from "../check.ts";

/** What each observation did to a forecast's error. */
export interface ForecastSensitivity {
  /** A number for each observation; negative: it made the forecast better. */
  readonly impacts: Float64Array;
  /** Their sum: the estimated change of the error. */
  readonly total: number;
  /** The change itself, |e_a|² − |e_b|² in the norm. */
  readonly change: number;
}

/** Errors of the forecasts from the analysis and from the background, at one later time, against the truth or a later analysis. */
export interface ForecastErrors {
  /** x_f(from the analysis) − truth, [n]. */
  readonly fromAnalysis: ArrayLike64;
  /** x_f(from the background) − truth, [n]. */
  readonly fromBackground: ArrayLike64;
  /** Weights of the squares, [n]; ones by default. */
  readonly weights?: ArrayLike64;
}

export interface AdjointSensitivityInput extends ForecastErrors {
  /** y − H(x_b), [m]. */
  readonly innovation: ArrayLike64;
  /** The adjoint of the forecast, from a gradient at its end to one at its beginning, [n] → [n]. */
  forecastAdjoint(g: Float64Array): Awaitable<Float64Array>;
  /** The transposed gain: Kᵀ g = R⁻¹H A g, or (HBHᵀ + R)⁻¹ H B g, [n] → [m]. */
  gainTransposed(g: Float64Array): Awaitable<Float64Array>;
}

/**
 * Forecast sensitivity to observations by adjoints: the change of the squared error, (e_a − e_b)ᵀ C (e_a + e_b) with e_a − e_b = M K d, is dᵀ Kᵀ Mᵀ C (e_a + e_b): a sum over
 * observations, exact when the forecast is linear. One adjoint of the forecast and one of the analysis, for all observations together.
 * @throws ShapeError for vectors of different lengths
 * @see [LanglandBaker2004]
 */
export async function adjointSensitivity(input: AdjointSensitivityInput): Promise<ForecastSensitivity> {
  const { gradient, change } = errorChange(input);
  const d = toNdArray(input.innovation, "innovation").data;
  const back = await input.gainTransposed(await input.forecastAdjoint(gradient));
  if (back.length !== d.length)
    throw new ShapeError(
      "gainTransposed",
      `expected ${d.length} numbers, as there are observations, got ${back.length}`,
    );
  return summed(
    d.map((value, j) => (Number.isNaN(value) ? 0 : value * back[j]!)),
    change,
  );
}

export interface EnsembleSensitivityInput extends ForecastErrors {
  /** y − H(x_b), [m]. */
  readonly innovation: ArrayLike64;
  readonly R: Covariance;
  /** Analysis anomalies seen by the operator, [N, m], and forecast anomalies at the later time, [N, n], of the same members. */
  readonly observed: ArrayLike64;
  readonly forecast: ArrayLike64;
  /** Localisation of the product of observation and variable, [m, n]; none by default. */
  readonly taper?: ArrayLike64;
}

/**
 * The same by an ensemble, without adjoints: K = X_aᵀ Y_a R⁻¹/(N − 1) and M X_a the forecast anomalies, so that impacts are d_j [R⁻¹ Y_aᵀ X_f C (e_a + e_b)]_j/(N − 1). Exact, too, when
 * all is linear, the analysis is the ensemble's own and nothing is localised. O(N (n + m)), with a taper O(N m n).
 * @throws ShapeError for anomalies that don't belong together
 * @see [Kalnay2012]
 */
export function ensembleSensitivity(input: EnsembleSensitivityInput): ForecastSensitivity {
  const { gradient, change } = errorChange(input);
  const d = toNdArray(input.innovation, "innovation").data;
  const [Y, X] = [toNdArray(input.observed, "observed"), toNdArray(input.forecast, "forecast")];
  const [N, m] = [Y.shape[0] ?? 0, d.length];
  const n = gradient.length;
  if (Y.shape.length !== 2 || Y.shape[1] !== m || N < 2)
    throw new ShapeError("observed", `expected anomalies of shape (members, ${m}), got ${shapeText(Y.shape)}`);
  if (X.shape.join() !== `${N},${n}`)
    throw new ShapeError("forecast", `expected anomalies of shape (${N}, ${n}), got ${shapeText(X.shape)}`);
  const product =
    input.taper === undefined
      ? gemm(m, 1, N, Y.data, matvec(X.data, gradient, N, n), { transA: true })
      : tapered(Y.data, X.data, gradient, toVector(input.taper, "taper", m * n), N);
  const back = input.R.solve(product.map((value) => value / (N - 1)));
  return summed(
    d.map((value, j) => (Number.isNaN(value) ? 0 : value * back[j]!)),
    change,
  );
}

function tapered(Y: Float64Array, X: Float64Array, g: Float64Array, taper: Float64Array, N: number): Float64Array {
  const n = g.length;
  const m = Y.length / N;
  const cross = gemm(m, n, N, Y, X, { transA: true });
  return matvec(
    cross.map((value, at) => value * taper[at]!),
    g,
    m,
    n,
  );
}

/** C (e_a + e_b) and e_aᵀ C e_a − e_bᵀ C e_b. */
function errorChange({ fromAnalysis, fromBackground, weights }: ForecastErrors) {
  const a = toNdArray(fromAnalysis, "fromAnalysis").data;
  const n = a.length;
  const b = toVector(fromBackground, "fromBackground", n);
  const w = weights === undefined ? new Float64Array(n).fill(1) : toVector(weights, "weights", n);
  const gradient = a.map((value, i) => w[i]! * (value + b[i]!));
  const change = a.reduce((sum, value, i) => sum + w[i]! * (value ** 2 - b[i]! ** 2), 0);
  return { gradient, change };
}

function summed(impacts: Float64Array, change: number): ForecastSensitivity {
  return { impacts, total: impacts.reduce((a, b) => a + b, 0), change };
}
