import type { NdArray } from "../../../src/engine/tensor/index.ts";
import type { ReportInput, ReportRun } from "../../../src/study/report/index.ts";

/** A smooth made-up run with everything in it. */
export function fullRun(cycles: number, n: number, label = "etkf"): ReportRun {
  const field = (phase: number, height: number): NdArray => ({
    data: Float64Array.from(
      { length: cycles * n },
      (_, at) => height * Math.sin(0.3 * Math.floor(at / n) + (at % n) + phase),
    ),
    shape: [cycles, n],
  });
  const series = (height: number): Float64Array =>
    Float64Array.from({ length: cycles }, (_, k) => height * (1 + 0.3 * Math.sin(0.7 * k)));
  return {
    label,
    summary: {
      method: label,
      status: "done",
      cycles,
      seed: 1,
      rmse: { forecast: 0.29, analysis: 0.22 },
      rmseConfidence: { analysis: 0.0051 },
      spread: { analysis: 0.21 },
      innovation: { chi2: 1.01 },
      cost: { initial: 1400, final: 700, iterations: 12, windows: 3, converged: 2 },
    },
    times: Float64Array.from({ length: cycles }, (_, k) => 0.5 * (k + 1)),
    burnInCycles: Math.floor(cycles / 10),
    truth: field(0, 1),
    forecastMean: field(0.2, 1),
    analysisMean: field(0.1, 1),
    spread: { data: new Float64Array(cycles * n).fill(0.1), shape: [cycles, n] },
    observations: { data: field(0, 1).data.map((y, at) => (at % 7 === 0 ? Number.NaN : y + 0.1)), shape: [cycles, n] },
    observedIndices: Array.from({ length: n }, (_, i) => i),
    rmseForecast: series(0.29),
    rmseAnalysis: series(0.22),
    spreadForecast: series(0.28),
    spreadAnalysis: series(0.21),
    chi2: series(1),
    rankHistogram: [10, 12, 9, 11, 10, 8],
    cost: { data: Float64Array.from([0, 0, 9, 0, 9, 5, 0, 1, 3, 1, 2, 0.1, 1, 0, 8, 0, 8, 4]), shape: [3, 6] },
    fieldShape: [n],
  };
}

/** A run with the obligatory entries alone. */
export function bareRun(cycles: number, n: number): ReportRun {
  const { label, times, burnInCycles, forecastMean, analysisMean } = fullRun(cycles, n);
  return { label, times, burnInCycles, forecastMean, analysisMean, summary: { method: "none", status: "done" } };
}

export function inputOf(...runs: ReportRun[]): ReportInput {
  return { title: "A case", createdBy: "onda 0.1.0", runs, caseText: "model: {name: lorenz63}\n" };
}
