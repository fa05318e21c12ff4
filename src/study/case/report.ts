import { type NdArray, sizeOf } from "../../engine/tensor/index.ts";
import type { ReportRun } from "../report/index.ts";
import type { FinishInput } from "./execution.ts";
import { burnInCycles, type RunSummary } from "./summary.ts";
import { firstRows, observationTable } from "./tables.ts";

/** A run as reports show it. */
export function reportRun(input: FinishInput, summary: RunSummary): ReportRun {
  const { config, problem, record } = input;
  const n = sizeOf(problem.shape);
  const times = record.series("clock", 1) ?? new Float64Array(0);
  const empty: NdArray = { data: new Float64Array(0), shape: [0, n] };
  const burnIn = burnInCycles(config.burnIn, times);
  const values = record.rows("chi2");
  const observedIndices = indicesOf(problem.physicalNetwork[0]?.operator);
  const sameOperator = problem.physicalNetwork.every(
    ({ operator }) => operator === problem.physicalNetwork[0]?.operator,
  );
  return {
    label: config.method.name,
    summary: { ...summary },
    times,
    burnInCycles: burnIn,
    forecastMean: record.array("forecastMean") ?? empty,
    analysisMean: record.array("analysisMean") ?? empty,
    fieldShape: problem.shape,
    ...present("truth", firstRows(input.truth?.states, record.cycles)),
    ...present("spread", record.array("analysisSpread")),
    ...present("spreadForecast", rootMeanSquares(record.rows("forecastSpread"))),
    ...present("observations", observationTable(input)),
    ...present("observedIndices", sameOperator ? observedIndices : undefined),
    ...present("rmseForecast", record.series("rmse", 0)),
    ...present("rmseAnalysis", record.series("rmse", 1)),
    ...present(
      "chi2",
      values.length === 0 ? undefined : Float64Array.from(values, ([value, count]) => value! / count!),
    ),
    ...present("cost", record.array("cost")),
    ...present("rankHistogram", sums(record.rows("ranks").slice(burnIn))),
  };
}

function present<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  const entry: Partial<Record<K, T>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}

/** The variables that an operator picks, when it does nothing else. */
function indicesOf(operator: object | undefined): ArrayLike<number> | undefined {
  if (operator === undefined || !("indices" in operator) || !Array.isArray(operator.indices)) return undefined;
  return operator.indices;
}

function rootMeanSquares(rows: readonly Float64Array[]): Float64Array | undefined {
  if (rows.length === 0) return undefined;
  return Float64Array.from(rows, (row) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / row.length));
}

function sums(rows: readonly Float64Array[]): Float64Array | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const out = new Float64Array(first.length);
  for (const row of rows) for (let i = 0; i < out.length; i++) out[i]! += Number.isNaN(row[i]!) ? 0 : row[i]!;
  return out;
}
