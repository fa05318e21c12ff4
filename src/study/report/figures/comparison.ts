import { binNote } from "../bins.ts";
import type { Drawing } from "../drawing.ts";
import type { Figure } from "../html.ts";
import type { ReportRun } from "../input.ts";
import { errorSeries } from "../series-data.ts";
import { burnInKey, type ErrorLine, errorLine, errorPlot } from "./errors.ts";

const COLORS = 6;

/** The analysis errors of several runs in one plot. */
export function comparisonFigure(runs: readonly ReportRun[], drawing: Drawing): Figure | undefined {
  const lines = runs
    .map((run, index): ErrorLine | undefined => {
      const mark = index < COLORS ? "line" : "dash";
      const color = `var(--run-${index % COLORS})`;
      return errorLine(run, run.label, errorSeries(run).rmseAnalysis, color, mark, false);
    })
    .filter((line) => line !== undefined);
  const longest = runs.reduce((a, b) => (b.times.length > a.times.length ? b : a));
  const body = errorPlot("Analysis error of all runs over time", lines, longest, drawing);
  if (body === undefined) return undefined;
  return {
    title: "Analysis errors compared",
    body,
    legend: [...lines, ...burnInKey(longest)],
    caption: `Root mean square error of each run's analysis mean at the analysis times.${binNote(longest.times.length).replace(/;.*$/, ".")}`,
  };
}
