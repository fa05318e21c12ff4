import type { ReportRun } from "./input.ts";
import { formatMargin, formatNumber, numberAt, textAt } from "./numbers.ts";
import { observationRmse } from "./series-data.ts";

/** The result of one run in a few sentences of plain text. */
export function runVerdict(run: ReportRun): string {
  return [errorSentence(run), spreadSentence(run), chi2Sentence(run), costSentence(run)]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

/** Which of several runs has the smallest analysis error, and by how much. */
export function comparisonVerdict(runs: readonly ReportRun[]): string {
  const ranked = runs
    .map((run) => ({
      label: run.label,
      rmse: numberAt(run.summary, "rmse.analysis"),
      margin: numberAt(run.summary, "rmseConfidence.analysis"),
    }))
    .filter((entry) => entry.rmse !== undefined)
    .map((entry) => ({ ...entry, rmse: entry.rmse ?? 0 }))
    .sort((a, b) => a.rmse - b.rmse);
  const [best, second] = ranked;
  if (best === undefined) return `${runs.length} runs, none with a truth to compare with.`;
  if (second === undefined) return `Only ${best.label} has an analysis error: ${formatNumber(best.rmse)}.`;
  const distance = second.rmse - best.rmse;
  // The runs share their truth and observations, which makes this test of the difference a cautious one.
  const unclear = distance < Math.hypot(best.margin ?? 0, second.margin ?? 0);
  const percent = formatNumber(Math.round((100 * distance) / best.rmse));
  return (
    `Smallest analysis error: ${best.label} with an RMSE of ${formatNumber(best.rmse)}, before ${second.label} with ${formatNumber(second.rmse)}` +
    `${best.rmse > 0 && Number.isFinite(distance / best.rmse) ? ` (${percent} % more)` : ""}` +
    `${unclear ? "; the difference is within the uncertainty of runs of this length" : ""}.`
  );
}

/** What went wrong, for runs that aren't done. */
export function statusWarning(run: ReportRun): string | undefined {
  const status = textAt(run.summary, "status");
  if (status === undefined || status === "done") return undefined;
  const reason = textAt(run.summary, "reason") ?? textAt(run.summary, "error");
  return `${run.label}: ${status} after ${run.times.length} cycles${reason === undefined ? "." : `: ${reason}`}`;
}

function errorSentence(run: ReportRun): string {
  const analysis = numberAt(run.summary, "rmse.analysis");
  if (analysis === undefined) {
    if (run.times.length === 0) return "No cycle was finished.";
    return run.truth === undefined
      ? "There is no truth to compare with."
      : "There is no score: no cycle lies after the burn-in.";
  }
  const margin = numberAt(run.summary, "rmseConfidence.analysis");
  const others = [
    ["the forecast", numberAt(run.summary, "rmse.forecast")],
    ["a single observation", observationRmse(run)],
  ] as const;
  const against = others
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${formatNumber(value ?? 0)} for ${name}`);
  return (
    `Analysis RMSE ${formatNumber(analysis)}${margin === undefined ? "" : ` ± ${formatMargin(margin)}`}` +
    `${against.length === 0 ? "" : `, against ${against.join(" and ")}`}.`
  );
}

function spreadSentence(run: ReportRun): string {
  const spread = numberAt(run.summary, "spread.analysis");
  const error = numberAt(run.summary, "rmse.analysis");
  if (spread === undefined || error === undefined || !(error > 0)) return "";
  const ratio = spread / error;
  const text = `Spread ${formatNumber(spread)}, ${formatNumber(ratio)} times the error: `;
  if (ratio < 0.8) return `${text}too small, the analysis is surer of itself than it should be.`;
  return ratio > 1.25 ? `${text}too large, the analysis is better than it says.` : `${text}well calibrated.`;
}

function chi2Sentence(run: ReportRun): string {
  const chi2 = numberAt(run.summary, "innovation.chi2");
  if (chi2 === undefined) return "";
  const text = `Innovation chi-square ${formatNumber(chi2)} (1 expected)`;
  if (chi2 > 1.2) return `${text}: forecast and observation errors are larger than assumed.`;
  return chi2 < 0.8 ? `${text}: forecast and observation errors are smaller than assumed.` : `${text}.`;
}

function costSentence(run: ReportRun): string {
  const [initial, final] = [numberAt(run.summary, "cost.initial"), numberAt(run.summary, "cost.final")];
  if (initial === undefined || final === undefined) return "";
  const iterations = numberAt(run.summary, "cost.iterations");
  const [windows, converged] = [numberAt(run.summary, "cost.windows"), numberAt(run.summary, "cost.converged")];
  const several = windows !== undefined && windows > 1;
  const state =
    windows === undefined || converged === undefined
      ? ""
      : several
        ? `; ${converged === windows ? `all ${windows}` : `${converged} of ${windows}`} windows converged`
        : converged >= 1
          ? "; converged"
          : "; not converged";
  return (
    `Cost from ${formatNumber(initial)} to ${formatNumber(final)}${iterations === undefined ? "" : ` in ${formatNumber(iterations)} iterations`}` +
    `${several ? " (means over the windows)" : ""}${state}.`
  );
}
