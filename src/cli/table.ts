import type { CaseRun } from "../study/case/index.ts";
import { timeText } from "./progress.ts";
import type { Style } from "./style.ts";

/** The result of a run for people: a dozen lines at most. */
export function resultTable(run: CaseRun, folder: string, { bold, dim }: Style): string {
  const { summary } = run;
  const { rmse = {}, rmseConfidence = {}, spread = {}, crps = {}, innovation = {}, cost = {}, seconds } = summary;
  const lines: string[] = [bold(summary.case)];
  const line = (name: string, text: string): void => {
    lines.push(`  ${dim(name.padEnd(14))}${text}`);
  };
  line("method", methodText(run.case.method));
  line("cycles", `${summary.cycles}${summary.status === "done" ? "" : ` (${summary.status})`}`);
  const pairs: [string, Readonly<Record<string, number>>, Readonly<Record<string, number>>][] = [
    ["RMSE", rmse, rmseConfidence],
    ["spread", spread, {}],
    ["CRPS", crps, {}],
  ];
  const rows = pairs.filter(([, values]) => values.forecast !== undefined || values.analysis !== undefined);
  if (rows.length > 0) line("", dim(`${"forecast".padEnd(18)}analysis`));
  for (const [name, values, margins] of rows)
    line(
      name,
      withMargin(values.forecast, margins.forecast).padEnd(18) + withMargin(values.analysis, margins.analysis),
    );
  if (rmse.smoother !== undefined) line("smoother RMSE", digits(rmse.smoother));
  if (rmse.windowStart !== undefined || rmse.windowEnd !== undefined)
    line("window RMSE", `${digits(rmse.windowStart)} at the start, ${digits(rmse.windowEnd)} at the end`);
  if (innovation.chi2 !== undefined)
    line("χ²", `${digits(innovation.chi2)} per observation (1: all errors are as assumed)`);
  if (cost.windows !== undefined)
    line(
      "cost",
      `${digits(cost.initial)} → ${digits(cost.final)}; ${cost.converged} of ${cost.windows} windows converged`,
    );
  line("time", timeText(seconds.total ?? 0));
  line("results", `${folder}${run.case.outputs.report ? " (open report.html in a browser)" : ""}`);
  return `${lines.map((text) => text.trimEnd()).join("\n")}\n`;
}

function methodText({ name, ...options }: { readonly name: string }): string {
  const parts = Object.entries(options).flatMap(([key, value]) =>
    ["number", "string", "boolean"].includes(typeof value) ? [`${key} ${value}`] : [],
  );
  return parts.length === 0 ? name : `${name}: ${parts.join(", ")}`;
}

function withMargin(value: number | undefined, margin: number | undefined): string {
  return margin === undefined || margin === 0 ? digits(value) : `${digits(value)} ± ${margin.toPrecision(2)}`;
}

/** Three digits, as powers of ten where a number is very small or large. */
export function digits(value: number | undefined): string {
  if (value === undefined) return "";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(2);
  return size >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}
