export { type Algorithm, Algorithms } from "./algorithms.ts";
export { CaseBuilder, type Results } from "./case-builder.ts";
export { type ApplyEnKFOptions, applyEnKF, type EnsembleStates } from "./ensemble.ts";
export type { ForwardFunction, ForwardModel, ForwardNetwork } from "./forward.ts";
export { type ApplyOptions, applyKF } from "./kalman.ts";
export type { ObservationModel } from "./observation.ts";
export type { EarlyStopArgument, OptimizerArguments, OptimizerClass } from "./optimizers.ts";
export type { Parameters } from "./parameters.ts";
export {
  apply3DVar,
  apply4DVar,
  type IntermediateResults,
  type VariationalOptions,
  type VariationalResult,
} from "./variational.ts";
