import {
  type AnalysisInput,
  type EnsembleAnalysis,
  type EnsembleMethod,
  type EnsembleOptions,
  ensembleMethod,
  ensembleSettings,
  squareRootAnalysis,
  whitenEnsemble,
} from "../common/index.ts";

/**
 * The ensemble transform Kalman filter with the symmetric square root: no perturbed observations, the analysed anomalies
 * are those nearest to the forecast ones. O(N² (m + n)) and the smaller of O(N³) and O(m³) an
 * analysis.
 * @throws ArgumentError for options out of range
 * @see [Bishop2001] [Hunt2007]
 */
export function etkf(options: EnsembleOptions): EnsembleMethod {
  return ensembleMethod({ name: "etkf", settings: ensembleSettings(options), update: () => etkfAnalysis });
}

/**
 * One analysis: with whitened anomalies Y and G = Y Yᵀ + (N − 1) I, weights w = G⁻¹ Y d of the mean and the transform
 * T = sqrt(N − 1) G^(−1/2); x_i ← x̄ + (w + T_i) X. Mean and covariance are Kalman's on the sample covariance.
 * @throws NumericalError for anomalies that are not finite
 * @see [Bishop2001] [Hunt2007]
 */
export function etkfAnalysis(input: AnalysisInput): Required<EnsembleAnalysis> {
  const { ensemble, chi2, logEvidence } = squareRootAnalysis(whitenEnsemble(input), input.R);
  return { ensemble, chi2, logEvidence };
}
