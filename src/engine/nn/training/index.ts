export type { TrainCheckpoint, TrainEpoch } from "./checkpoint.ts";
export { type Apply, type Objective, type RolloutOptions, rollout, supervised } from "./objectives.ts";
export type { TrainOptions } from "./options.ts";
export { constant, cosine, plateau, type Schedule, type SchedulePlace, stepDecay, warmUp } from "./schedules.ts";
export { TrainingError, type TrainResult, train } from "./train.ts";
