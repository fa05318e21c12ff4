import type { NdArray } from "../../engine/tensor/index.ts";
import type { Evaluation, StageEpoch } from "./execution.ts";

/**
 * The arrays of a training by the names of their files: `history` has rows of [stage, epoch, loss, validation loss, norm of
 * the gradient, learning rate], NaN where there is no validation; `skill` rows of [lead time, RMSE, that of persistence, that
 * of climatology].
 */
export function trainArrays(
  history: readonly StageEpoch[],
  { skill, fit }: Evaluation,
): Readonly<Record<string, NdArray>> {
  const rows = history.map(({ stage, epoch, loss, validationLoss = Number.NaN, gradientNorm, learningRate }) => [
    stage,
    epoch,
    loss,
    validationLoss,
    gradientNorm,
    learningRate,
  ]);
  return {
    history: table(rows, 6),
    ...(skill && {
      skill: table(
        Array.from(skill.leadTimes, (time, k) => [time, skill.rmse[k]!, skill.persistence[k]!, skill.climatology[k]!]),
        4,
      ),
      validTimes: { data: skill.validTimes, shape: [skill.validTimes.length] },
      examplePrediction: skill.example.prediction,
      exampleTruth: skill.example.truth,
    }),
    ...(fit && { examplePrediction: fit.example.prediction, exampleTruth: fit.example.truth }),
  };
}

function table(rows: readonly (readonly number[])[], columns: number): NdArray {
  return { data: Float64Array.from(rows.flat()), shape: [rows.length, columns] };
}
