import type { NdArray } from "../../engine/tensor/index.ts";
import type { CaseRun, FinishInput } from "./execution.ts";
import type { RunRecord } from "./record.ts";
import { reportRun } from "./report.ts";
import { burnInCycles, type RunStatus, summarize, truthLookup } from "./summary.ts";
import { firstRows, observationTable } from "./tables.ts";
import type { Case } from "./types.ts";

/** Puts together what is said of a run. */
export function finish(input: FinishInput): CaseRun {
  const { config, problem, record, status, error, seconds, saved } = input;
  const steps = problem.network.map(({ step }) => step);
  const reason = status === "stopped" ? `stopped after cycle ${record.cycles} of ${steps.length}` : error?.message;
  const truthAt = truthLookup(input.truth?.initial, input.truth?.states, steps);
  const { peakMemoryBytes, compileSeconds } = input;
  const summary = summarize({ config, record, status, reason, truthAt, seconds, compileSeconds, peakMemoryBytes });
  const notes = [...input.notes, ...notesOf(config, record, status)];
  return {
    case: config,
    status,
    ...(error && { error }),
    summary,
    arrays: savedArrays(input),
    report: (caseText) => ({
      title: config.title,
      createdBy: `onda ${summary.onda}`,
      runs: [reportRun(input, summary)],
      caseText,
      notes,
    }),
    ...(status === "stopped" && saved && { checkpoint: { ...saved, record: record.arrays(), seconds } }),
    notes,
  };
}

function notesOf(config: Case, record: RunRecord, status: RunStatus): string[] {
  const first = burnInCycles(config.burnIn, record.series("clock", 1) ?? []);
  if (status === "done" && record.cycles > 0 && first >= record.cycles)
    return ["No cycle lies after the burn-in: there are no scores."];
  return [];
}

function savedArrays(input: FinishInput): Record<string, NdArray> {
  const { config, record, truth, forecast } = input;
  const sources: Record<(typeof config.outputs.save)[number], () => NdArray | undefined> = {
    analysisMean: () => record.array("analysisMean"),
    forecastMean: () => record.array("forecastMean"),
    spread: () => record.array("analysisSpread"),
    smootherMean: () => record.array("smootherMean"),
    smootherSpread: () => record.array("smootherSpread"),
    ensemble: () => record.array("ensemble"),
    innovations: () => record.array("innovations"),
    truth: () => firstRows(truth?.states, record.cycles),
    observations: () => observationTable(input),
    cost: () => record.array("cost"),
  };
  const arrays: Record<string, NdArray> = {};
  const times = record.series("clock", 1);
  if (times !== undefined) arrays.times = { data: times, shape: [times.length] };
  if (record.cycles === 0) return arrays;
  const { save } = config.outputs;
  // What a smoother is run for goes along with what its filter makes.
  for (const name of save.includes("analysisMean") ? new Set([...save, "smootherMean" as const]) : save) {
    const array = sources[name]();
    if (array !== undefined) arrays[name] = array;
  }
  const trajectory = config.outputs.everyStep ? record.array("trajectory") : undefined;
  if (trajectory !== undefined) arrays.trajectory = trajectory;
  if (forecast !== undefined) arrays.forecast = forecast;
  const bias = record.array("bias");
  if (bias !== undefined) arrays.bias = bias;
  return arrays;
}
