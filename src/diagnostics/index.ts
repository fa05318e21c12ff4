export { chiSquareCdf, chiSquareQuantile, chiSquareTail } from "./chi-square.ts";
export { crps } from "./crps.ts";
export { crpsGaussian } from "./crps-gaussian.ts";
export {
  type AdjointSensitivityInput,
  adjointSensitivity,
  type CostConsistency,
  costConsistency,
  type DesroziersEstimate,
  type DesroziersInput,
  type DesroziersIteration,
  type DesroziersIterationOptions,
  degreesOfFreedom,
  desroziers,
  desroziersIteration,
  type EnsembleSensitivityInput,
  type Estimated,
  type EstimatedStructure,
  ensembleSensitivity,
  type ForecastErrors,
  type ForecastSensitivity,
  type HollingsworthLonnbergFit,
  type HollingsworthLonnbergOptions,
  hollingsworthLonnberg,
  type Identifiability,
  identifiability,
  type LaggedForecastOptions,
  laggedDifferences,
  ledoitWolf,
  type MaximumLikelihoodEstimate,
  type MaximumLikelihoodOptions,
  maximumLikelihood,
  type RandomizedDegreesOptions,
  type ReconditionOptions,
  randomizedDegreesOfFreedom,
  recondition,
  type ShrunkCovariance,
  scaledParts,
} from "./estimation/index.ts";
export type { InnovationConsistency, InnovationValue } from "./innovation-chi2.ts";
export { chi2Interval, InnovationChi2, innovationChi2 } from "./innovation-chi2.ts";
export { type LyapunovOptions, largestLyapunovExponent } from "./lyapunov.ts";
export type { MeanConfidence } from "./mean-confidence.ts";
export { meanConfidence } from "./mean-confidence.ts";
export type { Flatness } from "./rank-histogram.ts";
export { RankHistogram, rankFlatness } from "./rank-histogram.ts";
export { rmse } from "./rmse.ts";
export { ensembleSpread, standardDeviations } from "./spread.ts";
