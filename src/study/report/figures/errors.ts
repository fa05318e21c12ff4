import { extent, positiveAxis, timeAxis } from "../axes.ts";
import { type Bin, binNote, binSeries } from "../bins.ts";
import type { Drawing } from "../drawing.ts";
import type { Figure, LegendEntry } from "../html.ts";
import type { ReportRun } from "../input.ts";
import { errorSeries } from "../series-data.ts";

/** One line of an error plot. */
export interface ErrorLine extends LegendEntry {
  readonly bins: readonly Bin[];
  readonly band: boolean;
  readonly dash?: string;
}

/** RMSE and spread of a run, cycle by cycle. */
export function errorsFigure(run: ReportRun, drawing: Drawing): Figure | undefined {
  const series = errorSeries(run);
  const lines = [
    errorLine(run, "RMSE of the forecast", series.rmseForecast, "var(--forecast)", "line", false),
    errorLine(run, "spread of the forecast", series.spreadForecast, "var(--forecast)", "dash", false),
    errorLine(run, "RMSE of the analysis", series.rmseAnalysis, "var(--analysis)", "line", true),
    errorLine(run, "spread of the analysis", series.spreadAnalysis, "var(--analysis)", "dash", false),
  ].filter((line) => line !== undefined);
  const hasError = series.rmseForecast !== undefined || series.rmseAnalysis !== undefined;
  const hasSpread = series.spreadForecast !== undefined || series.spreadAnalysis !== undefined;
  const name = hasError ? (hasSpread ? "error and spread" : "error") : "spread";
  const body = errorPlot(`Root mean square ${name} over time`, lines, run, drawing);
  if (body === undefined) return undefined;
  return {
    title: hasError && hasSpread ? "Error and spread" : hasError ? "Error" : "Spread",
    body,
    legend: [...lines, ...burnInKey(run)],
    caption:
      `Root mean square over the state of ${hasError ? "the error of the mean" : "the standard deviations"} at each analysis time` +
      `${hasError && hasSpread ? ", and of the standard deviations: in a reliable system the two agree on average" : ""}.` +
      binNote(run.times.length),
  };
}

/** A thinned series with its looks; undefined where there is no series. */
export function errorLine(
  run: ReportRun,
  label: string,
  values: Float64Array | undefined,
  color: string,
  mark: "line" | "dash",
  band: boolean,
): ErrorLine | undefined {
  if (values === undefined) return undefined;
  // A line through one point is invisible.
  const drawn = values.length > 1 ? mark : mark === "line" ? "dot" : "ring";
  return { label, mark: drawn, color, band, bins: binSeries(run.times, values) };
}

/** The plot of some error lines; undefined if they hold no finite number. */
export function errorPlot(
  label: string,
  lines: readonly ErrorLine[],
  run: ReportRun,
  { Plot, draw }: Drawing,
): string | undefined {
  const values = lines.flatMap(({ bins, band }) =>
    bins.flatMap((bin) => (band ? [bin.low, bin.mid, bin.high] : [bin.mid])),
  );
  const range = extent(values);
  if (range === undefined) return undefined;
  const { axis, log } = positiveAxis(range, "root mean square [units of the state]");
  const thinned = lines.some(({ bins }) => bins.some((bin) => bin.low < bin.high));
  const marks = lines.flatMap(({ bins, band, color, mark, dash }) => [
    ...(band && thinned
      ? [Plot.areaY(bins, { x: "time", y1: "low", y2: "high", fill: color, fillOpacity: 0.18 })]
      : []),
    Plot.lineY(bins, {
      x: "time",
      y: "mid",
      stroke: color,
      strokeWidth: 1.5,
      ...(mark === "dash" ? { strokeDasharray: dash ?? "5,3" } : {}),
    }),
    ...(bins.length > 1
      ? []
      : mark === "dot"
        ? [Plot.dot(bins, { x: "time", y: "mid", r: 4, fill: color })]
        : [Plot.dot(bins, { x: "time", y: "mid", r: 5, stroke: color, strokeWidth: 1.5 })]),
  ]);
  return draw(label, {
    height: 250,
    x: timeAxis(run.times),
    y: axis,
    marks: [
      ...burnInMark(run, Plot),
      Plot.gridY({ ...(log ? { ticks: [...ticksOf(axis.ticks)] } : { ticks: 5 }), strokeOpacity: 0.12 }),
      ...marks,
    ],
  });
}

/** Explicit ticks of an axis, none if they are left to the plot. */
export function ticksOf(ticks: unknown): number[] {
  return Array.isArray(ticks) ? ticks.filter((tick) => typeof tick === "number") : [];
}

/** A shade over the cycles that the scores leave out. */
export function burnInMark(run: ReportRun, Plot: Drawing["Plot"]): ReturnType<Drawing["Plot"]["rectX"]>[] {
  if (burnInKey(run).length === 0) return [];
  const x2 = run.times[run.burnInCycles - 1]!;
  return [Plot.rectX([0], { x1: run.times[0]!, x2, fill: "var(--shade)", fillOpacity: 0.22 })];
}

/** The legend's entry for the shade, where there is one. */
export function burnInKey(run: ReportRun): LegendEntry[] {
  const visible = run.burnInCycles > 1 && run.burnInCycles < run.times.length;
  return visible ? [{ label: "burn-in, not in the scores", mark: "band", color: "var(--shade)" }] : [];
}
