import { ArgumentError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { anomalies, ensembleMean, recentre } from "./ensemble.ts";
import type { SerialReach } from "./serial.ts";
import type { AnalysisInput } from "./whitened.ts";

/** How a forecast inflation is learnt for each variable; factors are on variances. */
export interface AdaptiveInflationOptions {
  /** Standard deviation of the inflation before the first observation, 0.6 by default. */
  readonly deviation?: number;
  /** Least standard deviation that observations leave, 0.6 by default: it then stays as it is. */
  readonly leastDeviation?: number;
  /** Bounds of the factor on the variance, 1 and 100 by default. */
  readonly lowest?: number;
  readonly highest?: number;
  /** Which part of the difference to 1 is left from one analysis to the next, 0.9 by default. */
  readonly damping?: number;
}

/** Inflation of each variable: mean and standard deviation of the factor on its forecast variance. */
export interface InflationState {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** @throws ArgumentError for numbers out of range */
export function adaptiveInflationOptions(options: true | AdaptiveInflationOptions): Required<AdaptiveInflationOptions> {
  const given = options === true ? {} : options;
  const { deviation = 0.6, leastDeviation = 0.6, lowest = 1, highest = 100, damping = 0.9 } = given;
  for (const [name, value] of Object.entries({ deviation, leastDeviation, lowest }))
    if (!(value > 0 && value < Number.POSITIVE_INFINITY))
      throw new ArgumentError(`adaptiveInflation.${name}`, `expected a positive number, got ${value}`);
  if (!(highest >= lowest))
    throw new ArgumentError("adaptiveInflation.highest", `expected at least lowest, ${lowest}, got ${highest}`);
  if (!(damping >= 0 && damping <= 1))
    throw new ArgumentError("adaptiveInflation.damping", `expected a part from 0 to 1, got ${damping}`);
  return Object.freeze({ deviation, leastDeviation, lowest, highest, damping });
}

/** Forecast members with the anomalies of each variable multiplied by the square root of its factor. */
export function inflateEach(E: NdArray, factors: Float64Array): NdArray {
  const mean = ensembleMean(E);
  const X = anomalies(E, mean).data;
  const n = mean.length;
  for (let row = 0; row < X.length; row += n) for (let i = 0; i < n; i++) X[row + i]! *= Math.sqrt(factors[i]!);
  return recentre(mean, { data: X, shape: E.shape });
}

/**
 * The inflation after a time's observations. Each of them is a likelihood for the factor λ of each variable, N(d; 0, θ²(λ)) with
 * θ² = (1 + γ (sqrt(λ) − 1))² σ² + σ_o², where γ is the correlation of the observed quantity with the variable times the taper and
 * σ² its variance without inflation; with a Gaussian prior the most probable λ is taken. The published algorithm linearises the likelihood
 * there; here the maximum itself is sought. Of correlated errors the variances are used. O(N) for each pair.
 * @param input the inflated forecast members and what is observed of them
 * @see [Anderson2009] [Gharamti2018]
 */
export function adaptInflation(
  { E, HE, y, R }: AnalysisInput,
  state: InflationState,
  options: Required<AdaptiveInflationOptions>,
  reach?: readonly SerialReach[],
): InflationState {
  const [N, n, m] = [E.shape[0]!, E.shape[1]!, y.length];
  const X = anomalies(E).data;
  const meanHE = ensembleMean(HE);
  const Y = anomalies(HE, meanHE).data;
  const errors = R.diagonal();
  const spread = new Float64Array(n);
  for (let row = 0; row < N * n; row += n) for (let i = 0; i < n; i++) spread[i]! += X[row + i]! ** 2;
  const [mean, deviation] = [state.mean.slice(), state.deviation.slice()];
  for (let j = 0; j < m; j++) {
    let square = 0;
    for (let k = 0; k < N; k++) square += Y[k * m + j]! ** 2;
    if (!(square > 0)) continue;
    const distance = (y[j]! - meanHE[j]!) ** 2;
    const { variables, variableTapers } = reach?.[j] ?? {};
    const count = variables?.length ?? n;
    for (let place = 0; place < count; place++) {
      const i = variables?.[place] ?? place;
      let product = 0;
      for (let k = 0; k < N; k++) product += X[k * n + i]! * Y[k * m + j]!;
      const gamma = (Math.abs(product) / Math.sqrt(square * spread[i]!)) * (variableTapers?.[place] ?? 1);
      if (!(gamma > 1e-4)) continue;
      // What the observed variance would be without this variable's inflation.
      const variance = square / (N - 1) / (1 + gamma * (Math.sqrt(state.mean[i]!) - 1)) ** 2;
      const likelihood = { distance, variance, error: errors[j]!, gamma };
      const next = mostProbable(likelihood, mean[i]!, deviation[i]!, options.lowest, options.highest);
      deviation[i] = Math.max(options.leastDeviation, narrowed(likelihood, mean[i]!, deviation[i]!, next));
      mean[i] = next;
    }
  }
  return { mean, deviation };
}

interface Likelihood {
  readonly distance: number;
  readonly variance: number;
  readonly error: number;
  readonly gamma: number;
}

/** Logarithm of the density of λ, apart from a constant. */
function logDensity(
  { distance, variance, error, gamma }: Likelihood,
  mean: number,
  sd: number,
  lambda: number,
): number {
  const theta2 = (1 + gamma * (Math.sqrt(lambda) - 1)) ** 2 * variance + error;
  return -((lambda - mean) ** 2) / (2 * sd * sd) - distance / (2 * theta2) - 0.5 * Math.log(theta2);
}

function slope({ distance, variance, error, gamma }: Likelihood, mean: number, sd: number, lambda: number): number {
  const root = Math.sqrt(lambda);
  const factor = 1 + gamma * (root - 1);
  const theta2 = factor ** 2 * variance + error;
  const derivative = (variance * factor * gamma) / root;
  return -(lambda - mean) / (sd * sd) + (0.5 * derivative * (distance / theta2 - 1)) / theta2;
}

/** The maximum uphill of the prior mean, within bounds. */
function mostProbable(one: Likelihood, mean: number, sd: number, lowest: number, highest: number): number {
  const up = slope(one, mean, sd, mean) > 0;
  let [inside, outside] = [mean, mean];
  for (let step = 0.1 * sd; ; step *= 2) {
    outside = Math.min(highest, Math.max(lowest, up ? outside + step : outside - step));
    if (slope(one, mean, sd, outside) > 0 !== up) break;
    if (outside === (up ? highest : lowest)) return outside;
    inside = outside;
  }
  for (let i = 0; i < 60 && Math.abs(outside - inside) > 1e-12 * outside; i++) {
    const middle = (inside + outside) / 2;
    if (slope(one, mean, sd, middle) > 0 === up) inside = middle;
    else outside = middle;
  }
  return (inside + outside) / 2;
}

/** Standard deviation of the Gaussian through the density at its maximum and one old deviation beside it; never wider. */
function narrowed(one: Likelihood, mean: number, sd: number, best: number): number {
  const fall = logDensity(one, mean, sd, best) - logDensity(one, mean, sd, best + sd);
  return fall > 0.01 ? Math.min(sd, sd / Math.sqrt(2 * fall)) : sd;
}
