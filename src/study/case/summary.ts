import { meanConfidence, rmse } from "../../diagnostics/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { RunRecord } from "./record.ts";
import type { BurnInConfig, Case } from "./types.ts";
import { version } from "./version.ts";

/** How a run ended. */
export type RunStatus = "done" | "stopped" | "failed";

/** The numbers of summary.json; what a run can't have is left out. */
export interface RunSummary {
  readonly onda: string;
  readonly case: string;
  readonly method: string;
  readonly seed: number;
  readonly cycles: number;
  readonly status: RunStatus;
  readonly reason?: string;
  readonly rmse?: Readonly<Record<string, number>>;
  readonly spread?: Readonly<Record<string, number>>;
  readonly rmseConfidence?: Readonly<Record<string, number>>;
  readonly logEvidence?: number;
  readonly crps?: Readonly<Record<string, number>>;
  readonly innovation?: Readonly<Record<string, number>>;
  readonly cost?: Readonly<Record<string, number>>;
  /** Coefficients of a bias of the observations: means over the windows after burn-in. */
  readonly bias?: readonly number[];
  readonly seconds: Readonly<Record<string, number>>;
  readonly peakMemoryBytes?: number;
}

export interface SummaryInput {
  readonly config: Case;
  readonly record: RunRecord;
  readonly status: RunStatus;
  readonly reason?: string | undefined;
  /** True states at the starts of windows, by model step. */
  readonly truthAt: (step: number) => Float64Array | undefined;
  readonly seconds: number;
  readonly compileSeconds: number;
  readonly peakMemoryBytes?: number | undefined;
}

/** How many of the first cycles the averages leave out. */
export function burnInCycles(burnIn: BurnInConfig, times: ArrayLike<number>): number {
  if ("cycles" in burnIn) return Math.min(burnIn.cycles, times.length);
  let count = 0;
  while (count < times.length && times[count]! <= burnIn.time * (1 + 1e-12)) count++;
  return count;
}

/** The numbers of a run. O(cycles · n). */
export function summarize(input: SummaryInput): RunSummary {
  const { config, record, status, reason, peakMemoryBytes } = input;
  const first = burnInCycles(config.burnIn, record.series("clock", 1) ?? []);
  const after = (name: string, at = 0): Float64Array | undefined => record.series(name, at)?.subarray(first);
  const analysis = meanConfidence(after("rmse", 1) ?? []);
  const windows = windowErrors(input, first);
  const evidence = record.series("logEvidence")?.filter(Number.isFinite);
  const seconds = { forecast: total(record.series("clock", 2)), analysis: total(record.series("clock", 3)) };
  return {
    onda: version,
    case: config.title,
    method: config.method.name,
    seed: config.seed,
    cycles: record.cycles,
    status,
    ...(reason !== undefined && { reason }),
    ...group("rmse", {
      forecast: mean(after("rmse", 0)),
      analysis: analysis.mean,
      smoother: mean(after("rmseSmoother")),
      ...windows,
    }),
    ...group("spread", {
      forecast: meanSpread(record, "forecastSpread", first),
      analysis: meanSpread(record, "analysisSpread", first),
    }),
    ...group("rmseConfidence", { analysis: analysis.halfWidth }),
    ...single("logEvidence", evidence && evidence.length > 0 ? total(evidence) : undefined),
    ...group("crps", { analysis: mean(after("crps")) }),
    ...group("innovation", { chi2: chi2(record, first), mean: innovationMean(record, first) }),
    ...group("cost", costs(record)),
    ...biases(record, first),
    seconds: finite({ total: input.seconds, ...seconds, compile: input.compileSeconds }),
    ...single("peakMemoryBytes", peakMemoryBytes),
  };
}

type Numbers = Record<string, number | undefined>;

function finite(numbers: Numbers): Record<string, number> {
  const kept: Record<string, number> = {};
  for (const [key, value] of Object.entries(numbers))
    if (value !== undefined && Number.isFinite(value)) kept[key] = value;
  return kept;
}

function group(name: string, numbers: Numbers): Record<string, Record<string, number>> {
  const kept = finite(numbers);
  return Object.keys(kept).length === 0 ? {} : { [name]: kept };
}

function single(name: string, value: number | undefined): Record<string, number> {
  return finite({ [name]: value });
}

function total(series: ArrayLike<number> | undefined): number {
  let sum = 0;
  for (let k = 0; k < (series?.length ?? 0); k++) sum += series![k]!;
  return sum;
}

function mean(series: Float64Array | undefined): number {
  const kept = series?.filter(Number.isFinite);
  return kept === undefined || kept.length === 0 ? Number.NaN : total(kept) / kept.length;
}

/** Mean over the cycles of the root mean square over the variables of their standard deviations. */
function meanSpread(record: RunRecord, name: string, first: number): number {
  return mean(Float64Array.from(record.rows(name).slice(first), (row) => rmse(row, new Float64Array(row.length))));
}

/** dᵀ S⁻¹ d per observation. */
function chi2(record: RunRecord, first: number): number {
  const rows = record
    .rows("chi2")
    .slice(first)
    .filter((row) => row.every(Number.isFinite));
  return total(rows.map((row) => row[0]!)) / total(rows.map((row) => row[1]!));
}

function innovationMean(record: RunRecord, first: number): number {
  let sum = 0;
  let count = 0;
  for (const row of record.rows("innovations").slice(first))
    for (const value of row)
      if (Number.isFinite(value)) {
        sum += value;
        count++;
      }
  return sum / count;
}

/** Errors of the analysed trajectories at the starts of windows and at their last observations; 3D-Var has no such ends. */
function windowErrors({ record, truthAt }: SummaryInput, first: number): Numbers {
  const windows = record.rows("windows");
  if (windows.length === 0) return {};
  const starts: number[] = [];
  const ends: number[] = [];
  windows.forEach(([, cycle, step], w) => {
    if (cycle! < first) return;
    if (record.rows("clock")[cycle!]?.[0] === step) return;
    const truth = truthAt(step!);
    const start = record.rows("windowStart")[w];
    if (truth !== undefined && start !== undefined) starts.push(rmse(start, truth));
    const last = (windows[w + 1]?.[1] ?? record.cycles) - 1;
    ends.push(record.rows("rmse")[last]?.[1] ?? Number.NaN);
  });
  return { windowStart: mean(Float64Array.from(starts)), windowEnd: mean(Float64Array.from(ends)) };
}

/** Means over the windows of the cost at the start and at the end of the minimisation. */
function costs(record: RunRecord): Numbers {
  const windows = record.rows("windows");
  if (windows.length === 0) return {};
  const first: Float64Array[] = [];
  const last: Float64Array[] = [];
  for (const row of record.rows("cost")) {
    if (row[0] === last.at(-1)?.[0]) last[last.length - 1] = row;
    else {
      first.push(row);
      last.push(row);
    }
  }
  const average = (rows: readonly Float64Array[], at: number): number =>
    mean(Float64Array.from(rows, (row) => row[at]!));
  return {
    initial: average(first, 2),
    final: average(last, 2),
    iterations: average(last, 1),
    gradientNorm: average(last, 5),
    windows: windows.length,
    converged: total(windows.map((row) => row[3]!)),
  };
}

function biases(record: RunRecord, first: number): { bias?: number[] } {
  const windows = record.rows("windows");
  const kept = record.rows("bias").filter((_, w) => windows[w]![1]! >= first);
  if (kept.length === 0) return {};
  return { bias: Array.from(kept[0]!, (_, i) => mean(Float64Array.from(kept, (row) => row[i]!)) ?? Number.NaN) };
}

/** True states by model step, from the start and the states at the observation times. */
export function truthLookup(
  start: Float64Array | undefined,
  states: NdArray | undefined,
  steps: readonly number[],
): (step: number) => Float64Array | undefined {
  const n = states?.shape[1] ?? 0;
  return (step) => {
    const k = steps.indexOf(step);
    if (k >= 0 && states !== undefined) return states.data.subarray(k * n, (k + 1) * n);
    return step === 0 ? start : undefined;
  };
}
