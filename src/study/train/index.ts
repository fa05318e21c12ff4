export type {
  Evaluation,
  StageEpoch,
  StageResult,
  TrainingCheckpoint,
  TrainProgress,
} from "./execution.ts";
export type { Fit } from "./fit.ts";
export { trainFiles, trainOutputFiles, trainSummaryText } from "./output.ts";
export { resolveTraining } from "./resolve.ts";
export type { TrainRun } from "./result.ts";
export { type RunTrainingOptions, runTraining } from "./run.ts";
export type { Skill } from "./skill.ts";
export type { StageSummary, TrainSummary } from "./summary.ts";
export type { Training } from "./types.ts";
