import { ArgumentError } from "../../engine/errors/index.ts";
import {
  type AnalysisInput,
  type EnsembleAnalysis,
  type EnsembleMethod,
  type EnsembleOptions,
  ensembleEigen,
  ensembleMethod,
  ensembleSettings,
  squareRootAnalysis,
  whitenEnsemble,
} from "../common/index.ts";

export interface EnkfNOptions extends EnsembleOptions {
  /**
   * What is supposed of the unknown covariance behind the ensemble. `corrected` (default): its prior mode is corrected
   * for the observations, so that inflation tends to 1 where they say nothing. `plain`: not.
   */
  readonly prior?: EnkfNPrior;
}

/** Hyperpriors of the finite-size filter. */
export type EnkfNPrior = "corrected" | "plain";

/**
 * The finite-size ensemble filter: an ETKF whose forecast inflation λ is found anew in every analysis from how well the
 * ensemble explains the innovation, as sampling error demands; it does without tuned inflation. The dual form: a minimisation
 * over λ alone. O(N² (m + n) + N³) an analysis.
 * @throws ArgumentError for options out of range
 * @see [Bocquet2011] [BocquetSakov2012] [Bocquet2015] [Raanes2019]
 */
export function enkfN(options: EnkfNOptions): EnsembleMethod {
  const { prior = "corrected" } = options;
  if (prior !== "corrected" && prior !== "plain")
    throw new ArgumentError("prior", `expected corrected or plain, got ${prior}`);
  return ensembleMethod({
    name: "enkf-n",
    settings: ensembleSettings(options),
    options: { prior },
    update: () => (update) => enkfNAnalysis({ ...update, prior }),
  });
}

export interface EnkfNAnalysisInput extends AnalysisInput {
  readonly prior?: EnkfNPrior;
}

export interface EnkfNAnalysis extends Required<EnsembleAnalysis> {
  /** λ: the factor on the forecast anomalies that was found. */
  readonly inflation: number;
}

/**
 * One analysis: λ minimises Σ du²/(N − 1 + λ² s²) + ε_N/λ² + c_L ln λ² with the singular values s of the whitened anomalies
 * and the innovation du in their basis, ε_N = (N + 1)/N, c_L = N/(N − 1); then an ETKF with forecast anomalies times λ.
 * @throws NumericalError for anomalies that are not finite
 * @see [Bocquet2011] [Raanes2019]
 */
export function enkfNAnalysis({ prior = "corrected", ...input }: EnkfNAnalysisInput): EnkfNAnalysis {
  const white = whitenEnsemble(input);
  const { Y, dy } = white;
  const N = Y.shape[0]!;
  const eigen = ensembleEigen(Y, dy);
  const inflation = finiteSizeInflation(N, eigen.values, eigen.projected, prior);
  const k = (N - 1) / inflation ** 2;
  // With G = Y Yᵀ + k I the square root is that of anomalies λX: its transform acts on X itself.
  const { ensemble, chi2, logEvidence } = squareRootAnalysis(white, input.R, k, eigen);
  return { ensemble, chi2, logEvidence, inflation };
}

/** The minimum over λ, by halving an interval of ln λ downhill from λ = 1. */
function finiteSizeInflation(N: number, squares: Float64Array, projected: Float64Array, prior: EnkfNPrior): number {
  const k = N - 1;
  let [epsilon, c] = [(N + 1) / N, N / k];
  if (prior === "corrected") {
    // The mode moves towards 1 by the part of the ensemble's variance that the analysis keeps.
    const kept = squares.reduce((sum, value) => sum + k / (value + k) / N, 0);
    const correction = Math.sqrt((epsilon / c) ** kept);
    epsilon /= correction;
    c *= correction;
  }
  // projected = Vᵀ Y dy = s du: its square over s² is du².
  const largest = squares.at(-1) ?? 0;
  const du2 = squares.map((value, i) => (value > 1e-14 * largest && value > 0 ? projected[i]! ** 2 / value : 0));
  const slope = (t: number): number => {
    const l2 = Math.exp(2 * t);
    let sum = -epsilon / l2 + c;
    for (let i = 0; i < N; i++) sum -= (du2[i]! * squares[i]! * l2) / (k + l2 * squares[i]!) ** 2;
    return sum;
  };
  return Math.exp(firstMinimum(slope));
}

/** Where a slope that is negative far below 0 and positive far above changes its sign, on the side to which 0 falls. */
function firstMinimum(slope: (t: number) => number): number {
  let [low, high] = [0, 0];
  if (slope(0) > 0) {
    for (let step = 0.01; slope(low) > 0; step *= 2) {
      high = low;
      low -= step;
    }
  } else
    for (let step = 0.01; slope(high) <= 0; step *= 2) {
      low = high;
      high += step;
    }
  for (let i = 0; i < 200 && high - low > 1e-15 * Math.max(1, Math.abs(low)); i++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}
