import type { TrainRun } from "../study/train/index.ts";
import { timeText } from "./progress.ts";
import type { Style } from "./style.ts";
import { digits } from "./table.ts";

/** The result of a training for people: a dozen lines at most, more with many stages. */
export function trainResultTable({ summary, training }: TrainRun, folder: string, { bold, dim }: Style): string {
  const { skill, fit, data, stages, seconds, status } = summary;
  const lines: string[] = [bold(summary.training)];
  const line = (name: string, text: string): void => {
    lines.push(`  ${dim(name.padEnd(14))}${text}`);
  };
  line(
    "network",
    `${summary.parameters} parameters, predicts the ${training.network.predicts}${summary.dt === undefined ? "" : ` over dt ${summary.dt}`}`,
  );
  line("data", `${data.train} to learn, ${data.validation} to validate, ${data.test} to test`);
  stages.forEach(({ epochs, bestEpoch, bestLoss, ended }, i) => {
    const { rollout } = training.training[i]!;
    const best = bestEpoch === undefined ? "" : `, loss ${digits(bestLoss)} in epoch ${bestEpoch + 1}`;
    const end = ended === "epoch-limit" ? "" : ` (${ended === "early-stop" ? "no more progress" : "stopped"})`;
    line(
      `stage ${i + 1}`,
      `${epochs} ${epochs === 1 ? "epoch" : "epochs"}${rollout > 1 ? ` of ${rollout}-step rollouts` : ""}${best}${end}`,
    );
  });
  if (status === "failed") line("status", "failed");
  if (skill !== undefined) {
    const { validTime, validLyapunovTimes, oneStep } = skill;
    const times = validLyapunovTimes === undefined ? "" : ` = ${digits(validLyapunovTimes.median)} Lyapunov times`;
    line(
      "valid time",
      `${digits(validTime.median)}${times} (median of ${skill.starts} starts; quartiles ${digits(validTime.lower)}, ${digits(validTime.upper)})`,
    );
    line(
      "one step",
      `error ${digits(oneStep.rmse)}, persistence ${digits(oneStep.persistence)} (climatological deviations)`,
    );
  }
  if (fit !== undefined)
    line(
      "test RMSE",
      `${digits(fit.rmse)}${fit.normalized === undefined ? "" : ` = ${digits(fit.normalized)} times that of predicting the mean`}`,
    );
  line("time", timeText(seconds.total ?? 0));
  line("results", `${folder}${training.outputs.report ? " (open report.html in a browser)" : ""}`);
  return `${lines.map((text) => text.trimEnd()).join("\n")}\n`;
}
