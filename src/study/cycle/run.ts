import type { NdArray } from "../../engine/tensor/index.ts";
import type { Cycle, MethodState } from "../../methods/method.ts";
import type { ObservationSeries } from "../../problem/observe/index.ts";
import type { Scores } from "./scores.ts";
import type { Summary } from "./summary.ts";

/** A collected run: the finished cycles as arrays, cycles first. What a method doesn't have is left out. */
export interface Run {
  readonly summary: Summary;
  /** What a run that isn't done was ended by. */
  readonly error?: unknown;
  /** Time of each cycle. */
  readonly times: Float64Array;
  /** How many of the first cycles the averages leave out. */
  readonly burnInCycles: number;
  /** [cycles, n]. */
  readonly forecastMean: NdArray;
  /** [cycles, n]. */
  readonly analysisMean: NdArray;
  /** Standard deviations before and after the analysis, [cycles, n]. */
  readonly forecastSpread?: NdArray;
  readonly analysisSpread?: NdArray;
  /** Smoothers: means and standard deviations given later observations too, [cycles, n]. */
  readonly smootherMean?: NdArray;
  readonly smootherSpread?: NdArray;
  /** Analysed members [cycles, members, n], when asked for. */
  readonly ensemble?: NdArray;
  /** True states [cycles, n]. */
  readonly truth?: NdArray;
  /** [cycles, m] with the largest m, NaN where missing. */
  readonly observations: NdArray;
  /** [cycles, m]. */
  readonly innovations?: NdArray;
  /** Rows of [window, iteration, J, Jb, Jo, gradientNorm]. */
  readonly cost?: NdArray;
  /** Means at every model step, [steps, n], when asked for. */
  readonly trajectory?: NdArray;
  /** Scores of each cycle, [cycles]; NaN where a cycle has none. */
  readonly series: {
    readonly rmseForecast: Float64Array;
    readonly rmseAnalysis: Float64Array;
    readonly spreadForecast: Float64Array;
    readonly spreadAnalysis: Float64Array;
    /** dᵀ S⁻¹ d / m. */
    readonly chi2: Float64Array;
    readonly logEvidence: Float64Array;
  };
  /** One count per rank of the truth among the analysed members, after burn-in. */
  readonly rankHistogram?: Float64Array;
  /** What resuming needs, and the cycle after which it goes on. */
  readonly resume?: { readonly after: number; readonly state: MethodState };
}

/** Keeps cycles and joins them to a {@link Run}. */
export class RunRecorder {
  readonly #kept: Omit<Cycle, "forecastEnsemble" | "state">[] = [];
  readonly #ensemble: boolean;
  readonly #size: number;
  #resume: Run["resume"];

  /** @param size n @param ensemble whether to keep the members */
  constructor(size: number, ensemble: boolean) {
    this.#size = size;
    this.#ensemble = ensemble;
  }

  get cycles(): number {
    return this.#kept.length;
  }

  add(cycle: Cycle): void {
    const { forecastEnsemble: _, analysisEnsemble, state, ...kept } = cycle;
    this.#kept.push({ ...kept, ...(this.#ensemble && analysisEnsemble !== undefined && { analysisEnsemble }) });
    if (state !== undefined) this.#resume = { after: cycle.index, state };
  }

  /** The arrays of the cycles so far. */
  finish(summary: Summary, scores: Scores, observations: ObservationSeries, truth: NdArray | undefined): Run {
    const cycles = this.#kept;
    const n = this.#size;
    const seen = cycles.map(({ index }) => observations[index]!.values);
    const members = cycles[0]?.analysisEnsemble?.shape[0];
    const paths = cycles.flatMap(({ trajectory }) => trajectory ?? []);
    const cost = costTable(cycles);
    const optional = {
      forecastSpread: complete(cycles.map((cycle) => cycle.forecastSpread)),
      analysisSpread: complete(cycles.map((cycle) => cycle.analysisSpread)),
      smootherMean: complete(cycles.map((cycle) => cycle.smootherMean)),
      smootherSpread: complete(cycles.map((cycle) => cycle.smootherSpread)),
      ensemble: complete(cycles.map((cycle) => cycle.analysisEnsemble?.data)),
      truth: truth && complete(cycles.map(({ index }) => truth.data.subarray(index * n, (index + 1) * n))),
      innovations: complete(cycles.map((cycle) => cycle.innovation)),
    };
    const { forecastSpread, analysisSpread, smootherMean, smootherSpread, ensemble, innovations } = optional;
    return {
      summary,
      times: Float64Array.from(cycles, ({ time }) => time),
      burnInCycles: scores.burnInCycles,
      forecastMean: table(
        cycles.map((cycle) => cycle.forecastMean),
        n,
      ),
      analysisMean: table(
        cycles.map((cycle) => cycle.analysisMean),
        n,
      ),
      observations: table(seen),
      ...(forecastSpread && { forecastSpread: table(forecastSpread, n) }),
      ...(analysisSpread && { analysisSpread: table(analysisSpread, n) }),
      ...(smootherMean && { smootherMean: table(smootherMean, n) }),
      ...(smootherSpread && { smootherSpread: table(smootherSpread, n) }),
      ...(ensemble &&
        members !== undefined && {
          ensemble: { data: table(ensemble).data, shape: [cycles.length, members, n] },
        }),
      ...(optional.truth && { truth: table(optional.truth, n) }),
      ...(innovations && { innovations: table(innovations) }),
      ...(cost && { cost }),
      ...(paths.length > 0 && { trajectory: join(paths, n) }),
      series: {
        rmseForecast: Float64Array.from(scores.rmseForecast),
        rmseAnalysis: Float64Array.from(scores.rmseAnalysis),
        spreadForecast: Float64Array.from(scores.spreadForecast),
        spreadAnalysis: Float64Array.from(scores.spreadAnalysis),
        chi2: Float64Array.from(scores.chi2),
        logEvidence: Float64Array.from(scores.logEvidence),
      },
      ...(scores.ranks && { rankHistogram: scores.ranks.counts.slice() }),
      ...(this.#resume && { resume: this.#resume }),
    };
  }
}

/** A list, unless it is empty or an entry is missing. */
function complete<T>(list: readonly (T | undefined)[]): T[] | undefined {
  const present = list.flatMap((entry) => (entry === undefined ? [] : [entry]));
  return present.length === list.length && list.length > 0 ? present : undefined;
}

/** Rows of one length, shorter ones filled with NaN. */
function table(rows: readonly Float64Array[], width: number = Math.max(0, ...rows.map((row) => row.length))): NdArray {
  const data = new Float64Array(rows.length * width).fill(Number.NaN);
  rows.forEach((row, k) => {
    data.set(row, k * width);
  });
  return { data, shape: [rows.length, width] };
}

function join(parts: readonly NdArray[], n: number): NdArray {
  const data = new Float64Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { data, shape: [data.length / n, n] };
}

function costTable(cycles: readonly Pick<Cycle, "window">[]): NdArray | undefined {
  const windows = cycles.flatMap(({ window }) => window ?? []);
  if (windows.length === 0) return undefined;
  return table(
    windows.flatMap(({ index, history }) => history.map((row) => Float64Array.of(index, ...row))),
    6,
  );
}
