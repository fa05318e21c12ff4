/** A mean with its uncertainty. */
export interface MeanConfidence {
  /** Mean of the finite values; NaN without any. */
  readonly mean: number;
  /** Half the width of the 95 % confidence interval; NaN for fewer than two values, 0 for a constant series. */
  readonly halfWidth: number;
  /** How many independent values would fix the mean as well. */
  readonly effectiveSize: number;
  /** Integrated autocorrelation time `1 + 2 Σ ρ_k` in steps of the series: 1 for independent values. */
  readonly autocorrelationTime: number;
}

const MAX_LAG = 512;

/**
 * Mean of a stationary series with a 95 % confidence interval that accounts for autocorrelation.
 *
 * The autocorrelation time is the sum of the sample autocovariances, cut by the initial monotone sequence: pairs
 * `γ_2k + γ_2k+1` are summed while they are positive, each at most the one before [Geyer1992]. The half-width is
 * Student's quantile for `effectiveSize − 1` degrees of freedom times `sqrt(γ_0 τ / K)`. For AR(1) with coefficient φ,
 * τ tends to `(1 + φ)/(1 − φ)`.
 *
 * Values that are not finite are left out as if the series closed up. A series that is still correlated after 512 lags
 * is replaced by the means of neighbouring pairs, which keeps the mean's variance; so the cost is `O(1000 K)` at most,
 * usually `O(τ K)`. An interval of a series shorter than some 20 autocorrelation times is too narrow.
 */
export function meanConfidence(series: ArrayLike<number>): MeanConfidence {
  const values = Float64Array.from(series).filter(Number.isFinite);
  const size = values.length;
  // About the first value, so that a constant series has exactly its own mean.
  const origin = values[0] ?? Number.NaN;
  let mean = origin;
  for (const value of values) mean += (value - origin) / size;
  if (size < 2) {
    const nan = Number.NaN;
    return { mean, halfWidth: nan, effectiveSize: size, autocorrelationTime: nan };
  }
  for (let i = 0; i < size; i++) values[i]! -= mean;
  const variance = autocovariance(values, 0);
  if (variance === 0) return { mean, halfWidth: 0, effectiveSize: size, autocorrelationTime: 1 };
  const ofMean = varianceOfMean(values);
  const time = (ofMean * size) / variance;
  const effectiveSize = size / time;
  const halfWidth = studentQuantile975(effectiveSize - 1) * Math.sqrt(ofMean);
  return { mean, halfWidth, effectiveSize, autocorrelationTime: time };
}

/** Variance of the mean of a centred series. */
function varianceOfMean(values: Float64Array): number {
  const size = values.length;
  const first = autocovariance(values, 0);
  let sum = 0;
  let before = Number.POSITIVE_INFINITY;
  for (let lag = 0; lag + 1 < size; lag += 2) {
    if (lag >= MAX_LAG && size > 4 * MAX_LAG) return varianceOfMean(pairMeans(values));
    const pair = autocovariance(values, lag) + autocovariance(values, lag + 1);
    if (!(pair > 0)) break;
    before = Math.min(before, pair);
    sum += before;
  }
  // An anticorrelated series may give nothing at all: no better than 1/K of the independent variance is believed.
  return Math.max(2 * sum - first, first / size) / (size - 1);
}

function autocovariance(centred: Float64Array, lag: number): number {
  let sum = 0;
  for (let i = lag; i < centred.length; i++) sum += centred[i]! * centred[i - lag]!;
  return sum / centred.length;
}

function pairMeans(values: Float64Array): Float64Array {
  const half = new Float64Array(Math.floor(values.length / 2));
  for (let i = 0; i < half.length; i++) half[i] = (values[2 * i]! + values[2 * i + 1]!) / 2;
  return half;
}

/** Student's 97.5 % quantile by its expansion in 1/ν about the normal one [Abramowitz1964] (26.7.5); ν below 3 counts as 3. */
function studentQuantile975(degrees: number): number {
  const z = 1.959963984540054;
  const v = Math.max(degrees, 3);
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / v + g2 / v ** 2 + g3 / v ** 3;
}
