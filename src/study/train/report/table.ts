import { escapeHtml } from "../../report/html.ts";
import { formatCount, formatNumber } from "../../report/numbers.ts";
import type { TrainRun } from "../result.ts";

type Row = readonly [name: string, meaning: string, value: string | undefined];

/** The table of all numbers in two halves. */
export function trainTable(run: TrainRun): string {
  const rows = rowsOf(run).flatMap(([name, meaning, value]) =>
    value === undefined
      ? []
      : [
          `<tr title="${escapeHtml(meaning)}"><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
        ],
  );
  const half = Math.ceil(rows.length / 2);
  const table = (part: readonly string[]): string => `<table><tbody>\n${part.join("\n")}\n</tbody></table>`;
  return `<div class="halves">${table(rows.slice(0, half))}${table(rows.slice(half))}</div>`;
}

function rowsOf({ summary, training }: TrainRun): Row[] {
  const { skill, fit, data, stages, seconds } = summary;
  const number = (value: number | undefined, unit = ""): string | undefined =>
    value === undefined ? undefined : formatNumber(value) + unit;
  return [
    ["Status", "done, or why the training ended early", summary.status],
    ["Parameters", "Numbers that were learned, running averages included", formatCount(summary.parameters)],
    ["Training part", "States or samples that were learned", formatCount(data.train ?? 0)],
    ["Validation part", "Held out to choose the best epoch", formatCount(data.validation ?? 0)],
    ["Test part", "Held out to measure the skill", formatCount(data.test ?? 0)],
    ...stages.map(({ epochs, bestLoss }, i): Row => {
      const { rollout } = training.training[i]!;
      const name = `Stage ${i + 1}${rollout > 1 ? `, ${rollout} steps` : ""}`;
      const best = bestLoss === undefined ? "" : `, loss ${formatNumber(bestLoss)}`;
      return [
        name,
        "Epochs, and the smallest loss watched, of rollouts of so many steps",
        `${epochs} ${epochs === 1 ? "epoch" : "epochs"}${best}`,
      ];
    }),
    ["Valid time", "Median over the starts, units of time", number(skill?.validTime.median)],
    ["Valid time, Lyapunov", "The same in Lyapunov times", number(skill?.validLyapunovTimes?.median)],
    [
      "Lyapunov exponent",
      "Largest, of the true system, per unit of time: its inverse is the Lyapunov time",
      number(skill?.lyapunovExponent),
    ],
    ["One-step error", "Climatological deviations", number(skill?.oneStep.rmse)],
    ["One-step persistence", "The same for the start itself", number(skill?.oneStep.persistence)],
    ["RMSE", "On the test part, units of the targets", number(fit?.rmse)],
    ["RMSE / that of the mean", "1 is what predicting the training part's mean gives", number(fit?.normalized)],
    ["Time, total", "Wall clock, seconds", number(seconds.total, " s")],
    ["Time, training", "Wall clock of the stages, seconds", number(seconds.training, " s")],
    ["Seed", "All randomness follows from it", String(summary.seed)],
  ];
}
