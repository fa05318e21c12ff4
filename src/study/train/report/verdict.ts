import { formatNumber, formatTick } from "../../report/numbers.ts";
import type { TrainRun } from "../result.ts";

/** The result of a training in a few sentences of plain text. */
export function trainVerdict({ summary, training }: TrainRun): string {
  const { skill, fit } = summary;
  if (skill !== undefined) {
    const { validTime, validLyapunovTimes, starts, oneStep, horizon, beyondHorizon } = skill;
    const { median = 0, lower = 0, upper = 0 } = validTime;
    const lyapunov =
      validLyapunovTimes?.median === undefined ? "" : `, ${formatNumber(validLyapunovTimes.median)} Lyapunov times`;
    const censored =
      beyondHorizon === 0
        ? ""
        : ` ${beyondHorizon} of them stay below it to the end, at ${formatNumber(horizon)}, which counts as their valid time.`;
    const step =
      oneStep.rmse === undefined || oneStep.persistence === undefined
        ? ""
        : ` After one step the error is ${formatNumber(oneStep.rmse)} climatological deviations, against ${formatNumber(oneStep.persistence)} for persistence.`;
    return `Rollouts from ${starts} unseen states are valid for ${formatNumber(median)} time units${lyapunov} (median; quartiles ${formatNumber(lower)} and ${formatNumber(upper)}): so long their error stays below ${formatTick(training.evaluation.threshold)} climatological deviations.${censored}${step}`;
  }
  if (fit?.rmse !== undefined) {
    const share =
      fit.normalized === undefined ? "" : `, ${formatNumber(fit.normalized)} times that of predicting the mean`;
    return `Root mean square error on unseen samples ${formatNumber(fit.rmse)}${share}.`;
  }
  const last = summary.stages.at(-1)?.bestLoss;
  return last === undefined ? "No epoch was finished." : `Smallest loss of the last stage ${formatNumber(last)}.`;
}
