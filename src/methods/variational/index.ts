export { type ConstantBiasOptions, constantBias } from "./bias.ts";
export { type DigitalFilterOptions, digitalFilter, digitalFilterPenalty } from "./digital-filter.ts";
export { type FourDVarOptions, type FourDVarProblem, fourDVar } from "./four-d-var.ts";
export type { VariationalOptions } from "./options.ts";
export type { Posterior, PosteriorOptions } from "./posterior.ts";
export { defaultMinimizer, solveWindowAsync, type WindowAnalysis, windowResult } from "./solve.ts";
export { type ThreeDVarOptions, type ThreeDVarProblem, threeDVar } from "./three-d-var.ts";
export type {
  Control,
  WindowBias,
  WindowCost,
  WindowObservation,
  WindowParts,
  WindowPenalty,
  WindowProblem,
  WindowUnknowns,
} from "./window.ts";
export { type WindowCosts, windowCosts } from "./window-cost.ts";
