export { type AdamOptions, type AdamwOptions, adam, adamw } from "./adamw.ts";
export type { Optimizer } from "./optimizer.ts";
export { type SgdOptions, sgd } from "./sgd.ts";
