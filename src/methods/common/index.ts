export { checkCount, checkPositive, checkProblem } from "./check-problem.ts";
export { collectRun, type MethodRun, type RunOptions } from "./collect-run.ts";
export { type CovarianceChoice, chosenCovariance, climatologyOf } from "./covariance-choice.ts";
export { anomalies, ensembleDeviations, ensembleMean, inflate, initialEnsemble, recentre } from "./ensemble.ts";
export { type EnsembleAnalysis, type EnsembleFilterOptions, ensembleFilter } from "./ensemble-filter.ts";
export { type EnsembleForecastOptions, forecastEnsemble, forecastState, stepError } from "./forecast.ts";
export {
  gaussianLogDensity,
  type InnovationCovariance,
  innovationCovariance,
  minimumCost,
  whitenRows,
} from "./innovation.ts";
export { ensembleInnovation, type Innovation, innovationOf, scatterInnovation, seenColumns } from "./observed.ts";
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
export { analyseRoot, type GaussianState, type RootFilterOptions, rootFilter } from "./root-filter.ts";
export { type CycleResult, type Interval, type SequentialFilter, savedArray, sequential } from "./sequential.ts";
