export { type AssimilateOptions, type Assimilation, assimilate, type CollectOptions } from "./assimilate.ts";
export { type ClimatologyOptions, modelClimatology } from "./climatology.ts";
export { modelWith } from "./compute.ts";
export type { Run } from "./run.ts";
export { type BurnIn, type CycleTruth, Scores } from "./scores.ts";
export type { Summary } from "./summary.ts";
export { type Truth, type TwinExperiment, type TwinExperimentOptions, twinExperiment } from "./twin.ts";
