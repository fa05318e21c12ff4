export {
  type CostConsistency,
  costConsistency,
  degreesOfFreedom,
  type RandomizedDegreesOptions,
  randomizedDegreesOfFreedom,
} from "./degrees-of-freedom.ts";
export {
  type DesroziersEstimate,
  type DesroziersInput,
  type DesroziersIteration,
  type DesroziersIterationOptions,
  desroziers,
  desroziersIteration,
  type EstimatedStructure,
} from "./desroziers.ts";
export {
  type Estimated,
  type HollingsworthLonnbergFit,
  type HollingsworthLonnbergOptions,
  hollingsworthLonnberg,
} from "./hollingsworth-lonnberg.ts";
export { type Identifiability, identifiability } from "./identifiability.ts";
export { ledoitWolf, type ShrunkCovariance } from "./ledoit-wolf.ts";
export {
  type MaximumLikelihoodEstimate,
  type MaximumLikelihoodOptions,
  maximumLikelihood,
  scaledParts,
} from "./maximum-likelihood.ts";
export { type LaggedForecastOptions, laggedDifferences } from "./nmc.ts";
export { type ReconditionOptions, recondition } from "./recondition.ts";
export {
  type AdjointSensitivityInput,
  adjointSensitivity,
  type EnsembleSensitivityInput,
  ensembleSensitivity,
  type ForecastErrors,
  type ForecastSensitivity,
} from "./sensitivity.ts";
