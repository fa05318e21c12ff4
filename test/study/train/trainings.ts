import { type RunTrainingOptions, runTraining, type TrainRun } from "../../../src/study/train/index.ts";
import type { Json } from "../case/cases.ts";

/** A small training of Lorenz 63 with some keys changed. */
export function trainingWith(changes: Json = {}): Json {
  return {
    title: "a training",
    seed: 3,
    data: { model: { name: "lorenz63", dt: 0.05 }, samples: 260, spinUp: 100 },
    network: { layers: [{ dense: 8, activation: "tanh" }, { dense: 3 }] },
    training: { epochs: 3, batchSize: 50 },
    evaluation: { starts: 5, steps: 10 },
    outputs: { report: false },
    ...changes,
  };
}

/** Runs it. */
export function run(changes: Json = {}, options: RunTrainingOptions = {}): Promise<TrainRun> {
  return runTraining(trainingWith(changes), options);
}
