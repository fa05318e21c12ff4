export { type AdaptiveInflationOptions, adaptInflation, type InflationState } from "./adaptive-inflation.ts";
export { type AugmentedModelOptions, augmentedModel, augmentedOperator } from "./augmented.ts";
export { checkCount, checkPositive, checkProblem } from "./check-problem.ts";
export { collectRun, type MethodRun, type RunOptions } from "./collect-run.ts";
export { type CovarianceChoice, chosenCovariance, climatologyOf } from "./covariance-choice.ts";
export { drawMembers, drawRows } from "./draws.ts";
export {
  anomalies,
  ensembleDeviations,
  ensembleMean,
  inflate,
  initialEnsemble,
  joinColumns,
  recentre,
} from "./ensemble.ts";
export {
  type EnsembleFilterOptions,
  type EnsembleUpdate,
  ensembleFilter,
  type UpdatedEnsemble,
} from "./ensemble-filter.ts";
export { type EnsembleMethod, type EnsembleMethodOptions, ensembleMethod } from "./ensemble-method.ts";
export {
  type EnsembleOptions,
  type EnsembleSettings,
  ensembleSettings,
  type LocalEnsembleOptions,
  type ModelErrorTreatment,
  type PlaceEnsembleOptions,
  type PlaceLocalizationOptions,
  type SerialEnsembleOptions,
  type SerialLocalizationOptions,
  standardLocalization,
} from "./ensemble-options.ts";
export { checkOnFailure, checkSpread, mender, type OnFailure, restarted } from "./failure.ts";
export { checkForecast, type EnsembleForecastOptions, forecastEnsemble, forecastState, stepError } from "./forecast.ts";
export {
  gaussianLogDensity,
  type InnovationCovariance,
  innovationCovariance,
  minimumCost,
  whitenRows,
} from "./innovation.ts";
export { checkInterpolation, interpolatedTransforms } from "./interpolated-transforms.ts";
export {
  type LocalRows,
  type LocalTransforms,
  localTransforms,
  type ObservedRows,
  sharedLocalTransforms,
  transformRows,
} from "./local-transforms.ts";
export {
  checkLocalization,
  type LocalizationOptions,
  type Localizer,
  type LocalPatch,
  type LocalPatches,
  localizer,
  modelDomain,
  type PlacedPatches,
} from "./localized.ts";
export { squareRootError } from "./model-error.ts";
export { normalQuantile } from "./normal.ts";
export { ensembleInnovation, type Innovation, innovationOf, scatterInnovation, seenColumns } from "./observed.ts";
export { observationPerturbations } from "./perturbations.ts";
export { checkRelaxation, type Relaxation, relaxed } from "./relaxation.ts";
export { type Resampling, resample } from "./resampling.ts";
export {
  addRoots,
  covarianceRoot,
  type RootAnalysis,
  type RootAnalysisInput,
  rootAnalysis,
  rootDeviations,
  rootProduct,
  tangentRows,
} from "./root.ts";
export {
  analyseRoot,
  type GaussianMethod,
  type GaussianState,
  gaussianMethod,
  type RecordStage,
  type RootFilterOptions,
  rootFilter,
  type Stage,
} from "./root-filter.ts";
export { inflateAndRotate, meanPreservingRotation, rotated } from "./rotation.ts";
export { correlationMoments, samplingErrorCorrection, samplingErrorFactor } from "./sampling-error.ts";
export { seenPatches, seenReaches } from "./seen.ts";
export { type CycleResult, type Interval, type SequentialFilter, savedArray, sequential } from "./sequential.ts";
export { type SerialOptions, type SerialReach, serialAnalysis } from "./serial.ts";
export { serialUpdate } from "./serial-update.ts";
export { sigmaPointFilter } from "./sigma-filter.ts";
export { type SigmaWeights, sigmaPoints, sigmaRule } from "./sigma-points.ts";
export { taperedInnovationCovariance } from "./tapered-innovation.ts";
export { drawsOf, effectiveSize, weightedMean, weightedRows } from "./weighted.ts";
export {
  type AnalysisInput,
  costAt,
  type EnsembleAnalysis,
  type EnsembleEigen,
  ensembleEigen,
  ensembleEvidence,
  fromEigen,
  squareRootAnalysis,
  type TransformedEnsemble,
  transformed,
  type WhitenedEnsemble,
  whitenEnsemble,
} from "./whitened.ts";
