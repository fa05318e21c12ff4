import type { CaseEstimate, EstimatedDeviation, Estimates } from "../study/case/index.ts";
import type { Style } from "./style.ts";
import { digits } from "./table.ts";

const names: readonly (readonly [keyof Estimates, string])[] = [
  ["assumed", "assumed"],
  ["desroziers", "Desroziers"],
  ["desroziersIterated", "… iterated"],
  ["maximumLikelihood", "likelihood"],
  ["hollingsworthLonnberg", "by distance"],
];

/** What was estimated, for people. */
export function estimateTable({ summary, snippet }: CaseEstimate, folder: string, { bold, dim }: Style): string {
  const { cycles, observations, innovation, observationError, backgroundError, length, factors } = summary;
  const lines = [bold(summary.case)];
  const line = (name: string, text: string): void => {
    lines.push(`  ${dim(name.padEnd(14))}${text}`.trimEnd());
  };
  line("method", summary.method);
  line("cycles", `${cycles.used} of ${cycles.all} after the burn-in, ${cycles.complete} complete`);
  line("observations", `${observations}; innovations have mean ${digits(innovation.mean)}`);
  if (innovation.chi2 !== undefined)
    line("χ²", `${digits(innovation.chi2)} per observation (1: all errors are as assumed)`);
  if (summary.cost !== undefined) line("2J", `${digits(summary.cost)} per observation at the minimum (1 likewise)`);
  if (summary.degreesOfFreedom !== undefined)
    line("signal", `${digits(summary.degreesOfFreedom)} degrees of freedom of ${observations}`);
  line("", dim(`${"R: standard".padEnd(20)}HBHᵀ: standard`));
  line("", dim(`${"deviation".padEnd(20)}deviation`));
  for (const [key, name] of names) {
    const [r, b] = [observationError[key], backgroundError[key]];
    if (r !== undefined || b !== undefined) line(name, `${withError(r).padEnd(20)}${withError(b)}`);
  }
  if (factors !== undefined)
    line(
      "factors",
      `${digits(factors.R.value).padEnd(20)}${digits(factors.B.value)}  on the covariances, by likelihood`,
    );
  if (length !== undefined) line("length", `${withError(length)} of the correlation of background errors`);
  line("results", `${folder}; in a case:`);
  return `${lines.join("\n")}\n\n${snippet.replace(/^/gm, "  ").trimEnd()}\n`;
}

function withError(estimate: EstimatedDeviation | undefined): string {
  if (estimate === undefined) return "";
  const { value, error } = estimate;
  return error === undefined || !Number.isFinite(error) ? digits(value) : `${digits(value)} ± ${error.toPrecision(2)}`;
}
