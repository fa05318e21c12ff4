import { extent, positiveAxis } from "../../report/axes.ts";
import { binSeries, MAX_POINTS } from "../../report/bins.ts";
import type { Drawing } from "../../report/drawing.ts";
import { ticksOf } from "../../report/figures/errors.ts";
import type { Figure } from "../../report/html.ts";
import { formatTick } from "../../report/numbers.ts";
import type { TrainRun } from "../result.ts";

/** Losses by epoch, all stages one after the other, with the epoch that each stage kept. */
export function lossFigure({ history, summary, training }: TrainRun, { Plot, draw }: Drawing): Figure | undefined {
  const rows = history.map((row, i) => ({ ...row, epoch: i + 1, own: row.epoch }));
  const held = rows.some(({ validationLoss }) => validationLoss !== undefined);
  const range = extent(rows.flatMap(({ loss, validationLoss = loss }) => [loss, validationLoss]));
  if (range === undefined) return undefined;
  const { axis, log } = positiveAxis(range, `loss (${lossNames(training.training)})`);
  const starts = rows.filter(({ own, stage }) => own === 0 && stage > 0).map(({ epoch }) => epoch - 0.5);
  const kept = summary.stages.flatMap(({ bestEpoch }, stage) =>
    rows
      .filter((row) => row.stage === stage && row.own === bestEpoch)
      .map(({ epoch, loss, validationLoss = loss }) => ({ epoch, loss: validationLoss })),
  );
  const stages = [...new Set(rows.map(({ stage }) => stage))];
  const line = (y: "loss" | "validationLoss", stroke: string): ReturnType<typeof Plot.lineY>[] =>
    stages.map((stage) => {
      const own = rows.filter((row) => row.stage === stage);
      const bins = binSeries(
        Float64Array.from(own, ({ epoch }) => epoch),
        own.map((row) => row[y] ?? Number.NaN),
      );
      return Plot.lineY(bins, { x: "time", y: "mid", stroke, strokeWidth: 1.5 });
    });
  const dots = (y: "loss" | "validationLoss", fill: string): ReturnType<typeof Plot.dot>[] =>
    rows.length <= 3 ? [Plot.dot(rows, { x: "epoch", y, r: 3, fill })] : [];
  const body = draw("Loss by epoch", {
    height: 260,
    x: {
      label: "epoch",
      domain: [0.5, rows.length + 0.5],
      ticks: epochTicks(rows.length),
      tickFormat: formatTick,
      labelArrow: "none",
    },
    y: axis,
    marks: [
      Plot.gridY({ ...(log ? { ticks: ticksOf(axis.ticks) } : { ticks: 5 }), strokeOpacity: 0.12 }),
      Plot.ruleX(starts, { stroke: "var(--shade)", strokeDasharray: "3,3" }),
      ...line("loss", "var(--forecast)"),
      ...dots("loss", "var(--forecast)"),
      ...(held ? [...line("validationLoss", "var(--analysis)"), ...dots("validationLoss", "var(--analysis)")] : []),
      Plot.dot(kept, { x: "epoch", y: "loss", r: 4.5, stroke: "var(--truth)", strokeWidth: 1.5 }),
    ],
  });
  return {
    title: "Loss",
    body,
    legend: [
      { label: "training", mark: "line", color: "var(--forecast)" },
      ...(held ? [{ label: "validation", mark: "line", color: "var(--analysis)" } as const] : []),
      { label: "epoch kept", mark: "ring", color: "var(--truth)" },
    ],
    caption: `Mean loss of each epoch's batches, each before its step${held ? ", and the loss of the validation part after the epoch" : ""}.${
      summary.stages.some(({ epochs }) => epochs > MAX_POINTS)
        ? ` Lines of stages of more than ${MAX_POINTS} epochs are medians of neighbouring ones.`
        : ""
    }${
      starts.length === 0
        ? ""
        : " Dashed lines: a new stage begins, from the parameters that the one before kept; losses of rollouts of different lengths can't be compared."
    }`,
  };
}

function lossNames(stages: TrainRun["training"]["training"]): string {
  return [...new Set(stages.map(({ loss }) => loss.name))].join(", ");
}

/** Whole numbers, at most eleven. */
function epochTicks(epochs: number): number[] {
  const step =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000].find((each) => epochs / each <= 10) ?? epochs;
  const ticks = Array.from({ length: Math.floor(epochs / step) }, (_, i) => (i + 1) * step);
  return step === 1 ? ticks : [1, ...ticks];
}
