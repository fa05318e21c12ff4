import { escapeHtml } from "./html.ts";
import type { ReportRun } from "./input.ts";
import { formatMargin, formatNumber, numberAt, textAt } from "./numbers.ts";

interface Row {
  readonly name: string;
  readonly meaning: string;
  readonly cell: (summary: Record<string, unknown>) => string | undefined;
  /** Path of the number whose smallest value is set in bold when runs are compared. */
  readonly smallest?: string;
}

const number =
  (path: string, unit = ""): Row["cell"] =>
  (summary) => {
    const value = numberAt(summary, path);
    return value === undefined ? undefined : formatNumber(value) + unit;
  };
const text =
  (path: string): Row["cell"] =>
  (summary) =>
    textAt(summary, path);

const ROWS: readonly Row[] = [
  { name: "Method", meaning: "The assimilation method", cell: text("method") },
  { name: "Status", meaning: "done, or why the run ended early", cell: text("status") },
  { name: "Cycles", meaning: "Analysis times", cell: text("cycles") },
  { name: "Seed", meaning: "All randomness follows from it", cell: text("seed") },
  {
    name: "RMSE, analysis",
    meaning:
      "Mean over the cycles after burn-in of the root mean square error of the analysis, with the half-width of its 95 % confidence interval; units of the state",
    cell: (summary) => withMargin(summary, "rmse.analysis", "rmseConfidence.analysis"),
    smallest: "rmse.analysis",
  },
  {
    name: "RMSE, forecast",
    meaning: "The same just before each analysis; units of the state",
    cell: (summary) => withMargin(summary, "rmse.forecast", "rmseConfidence.forecast"),
    smallest: "rmse.forecast",
  },
  {
    name: "RMSE, smoother",
    meaning: "Error of the smoothed states; units of the state",
    cell: number("rmse.smoother"),
    smallest: "rmse.smoother",
  },
  {
    name: "RMSE, window start",
    meaning: "Error of the analysed trajectory at the start of its window; units of the state",
    cell: number("rmse.windowStart"),
    smallest: "rmse.windowStart",
  },
  {
    name: "RMSE, window end",
    meaning: "Error of the analysed trajectory at the last observation of its window; units of the state",
    cell: number("rmse.windowEnd"),
    smallest: "rmse.windowEnd",
  },
  {
    name: "Spread, analysis",
    meaning:
      "Root mean square of the standard deviations after the analysis; should be near the RMSE; units of the state",
    cell: number("spread.analysis"),
  },
  {
    name: "Spread, forecast",
    meaning: "The same just before each analysis; units of the state",
    cell: number("spread.forecast"),
  },
  {
    name: "Spread / RMSE",
    meaning: "1 if the spread tells the size of the error, below 1 if the analysis is too sure of itself",
    cell: (summary) => {
      const [spread, error] = [numberAt(summary, "spread.analysis"), numberAt(summary, "rmse.analysis")];
      return spread === undefined || error === undefined || error === 0 ? undefined : formatNumber(spread / error);
    },
  },
  {
    name: "CRPS, analysis",
    meaning:
      "Continuous ranked probability score: error of the whole distribution, smaller is better; units of the state",
    cell: number("crps.analysis"),
    smallest: "crps.analysis",
  },
  {
    name: "CRPS, forecast",
    meaning: "The same just before each analysis; units of the state",
    cell: number("crps.forecast"),
    smallest: "crps.forecast",
  },
  {
    name: "Innovation χ²",
    meaning:
      "Squared innovation in units of its assumed covariance, per observation; 1 if all assumed errors are right",
    cell: number("innovation.chi2"),
  },
  {
    name: "Innovation mean",
    meaning: "Mean of observation minus forecast: 0 without bias; units of the observations",
    cell: number("innovation.mean"),
  },
  {
    name: "Log evidence",
    meaning: "Natural logarithm of the probability density of all observations under the method; larger is better",
    cell: number("logEvidence"),
  },
  { name: "Cost, initial", meaning: "J at the background; mean over the windows", cell: number("cost.initial") },
  { name: "Cost, final", meaning: "J at the analysis; mean over the windows", cell: number("cost.final") },
  {
    name: "Iterations",
    meaning: "Iterations of the minimiser; mean over the windows",
    cell: number("cost.iterations"),
  },
  {
    name: "Gradient norm",
    meaning: "Norm of the gradient of J at the end; mean over the windows",
    cell: number("cost.gradientNorm"),
  },
  {
    name: "Windows converged",
    meaning: "Windows whose minimisation met its tolerance, of all",
    cell: (summary) => {
      const [windows, converged] = [numberAt(summary, "cost.windows"), numberAt(summary, "cost.converged")];
      return windows === undefined || converged === undefined ? undefined : `${converged} of ${windows}`;
    },
  },
  { name: "Time, total", meaning: "Wall clock, seconds", cell: number("seconds.total", " s") },
  { name: "Time, forecast", meaning: "Running the model, seconds", cell: number("seconds.forecast", " s") },
  {
    name: "Time, analysis",
    meaning: "Analysis steps or minimisation, seconds",
    cell: number("seconds.analysis", " s"),
  },
  { name: "Time, compile", meaning: "Building and compiling graphs, seconds", cell: number("seconds.compile", " s") },
  {
    name: "Peak memory",
    meaning: "Largest resident memory of the process, 1 MB = 10⁶ bytes",
    cell: (summary) => {
      const bytes = numberAt(summary, "peakMemoryBytes");
      return bytes === undefined ? undefined : `${formatNumber(Math.round(bytes / 1e5) / 10)} MB`;
    },
  },
];

/** The table of all numbers, a column for each run; rows that no run has are left out. One run's stands in two halves. */
export function summaryTable(runs: readonly ReportRun[]): string {
  const rows = ROWS.map((row) => ({ row, cells: runs.map((run) => row.cell(run.summary)) }))
    .filter(({ cells }) => cells.some((cell) => cell !== undefined))
    .map(({ row, cells }) => rowHtml(row, cells, runs.length > 1 ? smallestOf(runs, row.smallest) : undefined));
  if (runs.length > 1) {
    const heads = runs.map((run) => `<th scope="col">${escapeHtml(run.label)}</th>`);
    return `<div class="scroll">${tableHtml(`<thead><tr><td></td>${heads.join("")}</tr></thead>`, rows)}</div>`;
  }
  const half = Math.ceil(rows.length / 2);
  return `<div class="halves">${tableHtml("", rows.slice(0, half))}${tableHtml("", rows.slice(half))}</div>`;
}

function rowHtml(row: Row, cells: readonly (string | undefined)[], best: number | undefined): string {
  const entries = cells.map((cell, index) => {
    const content = escapeHtml(cell ?? "–");
    return `<td>${index === best ? `<strong>${content}</strong>` : content}</td>`;
  });
  return `<tr title="${escapeHtml(row.meaning)}"><th scope="row">${escapeHtml(row.name)}</th>${entries.join("")}</tr>`;
}

function tableHtml(head: string, rows: readonly string[]): string {
  return rows.length === 0 ? "" : `<table>${head}<tbody>\n${rows.join("\n")}\n</tbody></table>`;
}

function withMargin(summary: Record<string, unknown>, path: string, margin: string): string | undefined {
  const [value, half] = [numberAt(summary, path), numberAt(summary, margin)];
  if (value === undefined) return undefined;
  return half === undefined ? formatNumber(value) : `${formatNumber(value)} ± ${formatMargin(half)}`;
}

function smallestOf(runs: readonly ReportRun[], path: string | undefined): number | undefined {
  if (path === undefined) return undefined;
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  runs.forEach((run, index) => {
    const value = numberAt(run.summary, path) ?? Number.POSITIVE_INFINITY;
    if (value < least) [best, least] = [index, value];
  });
  return best;
}
