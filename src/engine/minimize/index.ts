export type { AdamOptions } from "./adam.ts";
export { adam } from "./adam.ts";
export type { AdamwOptions } from "./adamw.ts";
export { adamw } from "./adamw.ts";
export type {
  AsyncObjective,
  Evaluation,
  MinimizeControl,
  MinimizeIteration,
  MinimizeResult,
  Minimizer,
  MinimizeStatus,
  Objective,
} from "./contract.ts";
export type { DescendOptions, EarlyStop } from "./descend.ts";
export type { LbfgsOptions } from "./lbfgs.ts";
export { lbfgs } from "./lbfgs.ts";
export type { SgdOptions } from "./sgd.ts";
export { sgd } from "./sgd.ts";
export { type BatchObjective, minimizeTogether } from "./together.ts";
