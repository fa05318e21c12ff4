import { rmse } from "../../diagnostics/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { ReportRun } from "./input.ts";

/** Error and spread per cycle: what the run brings, else what follows from its arrays. */
export interface ErrorSeries {
  readonly rmseForecast: Float64Array | undefined;
  readonly rmseAnalysis: Float64Array | undefined;
  readonly spreadForecast: Float64Array | undefined;
  readonly spreadAnalysis: Float64Array | undefined;
}

/** Collects the series of errors and spreads of a run. Cost `O(cycles · n)` where they must be computed. */
export function errorSeries(run: ReportRun): ErrorSeries {
  const { truth, spread } = run;
  const against = (estimate: NdArray): Float64Array | undefined =>
    truth && perCycle(estimate, (row, k) => rmse(row, rowOf(truth, k)));
  return {
    rmseForecast: run.rmseForecast ?? against(run.forecastMean),
    rmseAnalysis: run.rmseAnalysis ?? against(run.analysisMean),
    spreadForecast: run.spreadForecast,
    spreadAnalysis:
      run.spreadAnalysis ?? (spread && perCycle(spread, (row) => rmse(row, new Float64Array(row.length)))),
  };
}

/** Root mean square of observations minus truth after burn-in; undefined if there is nothing to compare. */
export function observationRmse(run: ReportRun): number | undefined {
  const { truth, observations, observedIndices } = run;
  if (truth === undefined || observations === undefined || observedIndices === undefined) return undefined;
  const n = truth.shape[1]!;
  const m = observations.shape[1]!;
  let sum = 0;
  let count = 0;
  for (let k = Math.min(run.burnInCycles, run.times.length); k < run.times.length; k++)
    for (let j = 0; j < m; j++) {
      const error = observations.data[k * m + j]! - truth.data[k * n + observedIndices[j]!]!;
      if (!Number.isFinite(error)) continue;
      sum += error * error;
      count++;
    }
  return count === 0 ? undefined : Math.sqrt(sum / count);
}

/** Observations of each cycle that aren't missing. */
export function observationCounts(observations: NdArray): Float64Array {
  return perCycle(observations, (row) => row.reduce((count, y) => count + (Number.isNaN(y) ? 0 : 1), 0));
}

/** A row of a `[cycles, n]` array, not copied. */
export function rowOf(array: NdArray, cycle: number): Float64Array {
  const n = array.shape[1]!;
  return array.data.subarray(cycle * n, (cycle + 1) * n);
}

function perCycle(array: NdArray, score: (row: Float64Array, cycle: number) => number): Float64Array {
  return Float64Array.from({ length: array.shape[0]! }, (_, k) => score(rowOf(array, k), k));
}
