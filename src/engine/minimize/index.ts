export type { AdamOptions } from "./adam.ts";
export { adam } from "./adam.ts";
export type { AdamwOptions } from "./adamw.ts";
export { adamw } from "./adamw.ts";
export {
  type ConjugateGradientOptions,
  type ConjugateGradientResult,
  type ConjugateGradientStatus,
  conjugateGradients,
} from "./conjugateGradients.ts";
export type {
  AsyncObjective,
  Evaluation,
  InnerSolve,
  MinimizeControl,
  MinimizeIteration,
  MinimizeResult,
  Minimizer,
  MinimizeStatus,
  Objective,
} from "./contract.ts";
export type { DescendOptions, EarlyStop } from "./descend.ts";
export { type GaussNewtonOptions, gaussNewton } from "./gaussNewton.ts";
export { type LanczosOptions, lanczos, lanczosSteps } from "./lanczos.ts";
export type { LbfgsOptions } from "./lbfgs.ts";
export { lbfgs } from "./lbfgs.ts";
export { type NonlinearCgOptions, nonlinearCg } from "./nonlinearCg.ts";
export type { RitzPairs } from "./ritz.ts";
export type { SgdOptions } from "./sgd.ts";
export { sgd } from "./sgd.ts";
export {
  type SpectralPreconditioner,
  type SpectralPreconditionerOptions,
  spectralPreconditioner,
} from "./spectralPreconditioner.ts";
export { type BatchObjective, minimizeTogether } from "./together.ts";
