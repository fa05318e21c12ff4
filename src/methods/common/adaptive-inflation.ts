import { ArgumentError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { anomalies, ensembleMean, recentre } from "./ensemble.ts";
import { gaussianInflation, inflationPosterior, inverseGammaInflation } from "./inflation-posterior.ts";
import type { SerialReach } from "./serial.ts";
import type { AnalysisInput } from "./whitened.ts";

/** How a forecast inflation is learnt for each variable; factors are on variances. */
export interface AdaptiveInflationOptions {
  /**
   * What is supposed of the factors before an observation: `anderson` (default) a Gaussian, `gharamti` an inverse gamma density, which
   * gives nothing to factors below zero; there innovations also lose 1/N of the variance, for the sampling error of the ensemble.
   */
  readonly kind?: "anderson" | "gharamti";
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
  const { kind = "anderson" } = given;
  if (kind !== "anderson" && kind !== "gharamti")
    throw new ArgumentError("adaptiveInflation.kind", `expected anderson or gharamti, got ${kind}`);
  const { deviation = 0.6, leastDeviation = 0.6, lowest = 1, highest = 100, damping = 0.9 } = given;
  for (const [name, value] of Object.entries({ deviation, leastDeviation, lowest }))
    if (!(value > 0 && value < Number.POSITIVE_INFINITY))
      throw new ArgumentError(`adaptiveInflation.${name}`, `expected a positive number, got ${value}`);
  if (!(highest >= lowest))
    throw new ArgumentError("adaptiveInflation.highest", `expected at least lowest, ${lowest}, got ${highest}`);
  if (!(damping >= 0 && damping <= 1))
    throw new ArgumentError("adaptiveInflation.damping", `expected a part from 0 to 1, got ${damping}`);
  return Object.freeze({ kind, deviation, leastDeviation, lowest, highest, damping });
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
 * σ² its variance without inflation; with a Gaussian or an inverse gamma prior the most probable λ is taken. The published algorithms linearise
 * the likelihood there; here the maximum itself is sought. Of correlated errors the variances are used. O(N) for each pair.
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
  const [density, lost] = options.kind === "gharamti" ? [inverseGammaInflation, 1 / N] : [gaussianInflation, 0];
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
      const likelihood = { distance, variance, error: errors[j]!, gamma, lost };
      const prior = density(mean[i]!, deviation[i]!);
      const after = inflationPosterior(likelihood, prior, mean[i]!, deviation[i]!, options);
      deviation[i] = Math.max(options.leastDeviation, after.deviation);
      mean[i] = after.mode;
    }
  }
  return { mean, deviation };
}
