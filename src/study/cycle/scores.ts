import { crps, crpsGaussian, InnovationChi2, meanConfidence, RankHistogram, rmse } from "../../diagnostics/index.ts";
import { ArgumentError } from "../../engine/errors/index.ts";
import type { RandomStreams } from "../../engine/random/index.ts";
import type { Cycle, WindowResult } from "../../methods/method.ts";
import { finite, type Summary } from "./summary.ts";

/** What the averages leave out: times up to and including `time`, or the first cycles. */
export type BurnIn = { readonly time: number } | { readonly cycles: number };

/** True states that go with a cycle. */
export interface CycleTruth {
  /** At the cycle's time, [n]. */
  readonly state: Float64Array;
  /** At the start of the window that begins with this cycle, [n]. */
  readonly windowStart?: Float64Array | undefined;
}

/** @throws ArgumentError for a burn-in that is negative or no number */
export function checkBurnIn(burnIn: BurnIn): void {
  const limit = "time" in burnIn ? burnIn.time : burnIn.cycles;
  if (!(limit >= 0)) throw new ArgumentError("burnIn", `expected a number of at least 0, got ${limit}`);
}

/** Scores of each cycle and their averages so far. Series have one number per cycle, NaN where there is none. */
export class Scores {
  readonly rmseForecast: number[] = [];
  readonly rmseAnalysis: number[] = [];
  readonly rmseSmoother: number[] = [];
  readonly spreadForecast: number[] = [];
  readonly spreadAnalysis: number[] = [];
  /** dᵀ S⁻¹ d / m. */
  readonly chi2: number[] = [];
  readonly logEvidence: number[] = [];
  /** Ranks of the truth in the analysis ensembles after burn-in, one count per rank. */
  ranks: RankHistogram | undefined;
  /** How many of the first cycles the averages leave out. */
  burnInCycles = 0;

  readonly #burnIn: BurnIn;
  readonly #streams: RandomStreams;
  readonly #crps: number[] = [];
  readonly #consistency = new InnovationChi2();
  readonly #innovation = { sum: 0, count: 0 };
  readonly #windows: WindowResult[] = [];
  readonly #windowStart: number[] = [];
  readonly #windowEnd: number[] = [];
  #windowCounts = false;
  #lastError = Number.NaN;
  #forecastSeconds = 0;
  #analysisSeconds = 0;

  /** @throws ArgumentError for a burn-in that is negative or no number */
  constructor(streams: RandomStreams, burnIn: BurnIn = { cycles: 0 }) {
    checkBurnIn(burnIn);
    this.#burnIn = burnIn;
    this.#streams = streams;
  }

  /** Adds a cycle, in order. O(members · n log members). */
  add(cycle: Cycle, truth?: CycleTruth): void {
    const counts = !this.#isBurnIn(cycle);
    if (!counts) this.burnInCycles++;
    this.#forecastSeconds += cycle.seconds.forecast;
    this.#analysisSeconds += cycle.seconds.analysis;
    this.spreadForecast.push(rootMeanSquare(cycle.forecastSpread));
    this.spreadAnalysis.push(rootMeanSquare(cycle.analysisSpread));
    this.chi2.push(cycle.chi2 === undefined ? Number.NaN : cycle.chi2.value / cycle.chi2.count);
    this.logEvidence.push(cycle.logEvidence ?? Number.NaN);
    this.rmseForecast.push(truth === undefined ? Number.NaN : rmse(cycle.forecastMean, truth.state));
    this.rmseAnalysis.push(truth === undefined ? Number.NaN : rmse(cycle.analysisMean, truth.state));
    const { smootherMean } = cycle;
    this.rmseSmoother.push(
      truth === undefined || smootherMean === undefined ? Number.NaN : rmse(smootherMean, truth.state),
    );
    if (cycle.window !== undefined) this.#openWindow(cycle.window, counts, truth);
    this.#lastError = this.rmseAnalysis.at(-1)!;
    if (!counts) return;
    if (cycle.chi2 !== undefined)
      this.#consistency.add({ chi2: cycle.chi2.value / cycle.chi2.count, count: cycle.chi2.count });
    for (const d of cycle.innovation ?? [])
      if (!Number.isNaN(d)) {
        this.#innovation.sum += d;
        this.#innovation.count++;
      }
    if (truth !== undefined) this.#verify(cycle, truth.state);
  }

  #isBurnIn({ index, time }: Cycle): boolean {
    if ("cycles" in this.#burnIn) return index < this.#burnIn.cycles;
    // Times are products with dt: 3 · 0.1 is not above 0.3.
    return this.#burnIn.time > 0 && time <= this.#burnIn.time * (1 + 1e-12);
  }

  /** A window begins: the one before it ended with the last cycle. */
  #openWindow(window: WindowResult, counts: boolean, truth: CycleTruth | undefined): void {
    if (this.#windowCounts) this.#windowEnd.push(this.#lastError);
    this.#windowCounts = counts;
    this.#windows.push(window);
    if (counts && truth?.windowStart !== undefined) this.#windowStart.push(rmse(window.start, truth.windowStart));
  }

  #verify(cycle: Cycle, truth: Float64Array): void {
    const { analysisEnsemble: E, analysisSpread, analysisMean, index } = cycle;
    if (E !== undefined) {
      this.#crps.push(crps(E, truth));
      this.ranks ??= new RankHistogram(E.shape[0]!);
      const stream = this.#streams.stream("rank", index);
      this.ranks.add(E, truth, () => stream.uniform());
    } else if (analysisSpread !== undefined) this.#crps.push(crpsGaussian(analysisMean, analysisSpread, truth));
  }

  /** The averages so far. */
  summary(): Pick<Summary, "rmse" | "spread" | "rmseConfidence" | "logEvidence" | "crps" | "innovation" | "cost"> & {
    readonly seconds: { readonly forecast: number; readonly analysis: number };
  } {
    const after = (series: readonly number[]): readonly number[] => series.slice(this.burnInCycles);
    const evidence = this.logEvidence.filter(Number.isFinite);
    const parts = {
      rmse: finite({
        forecast: mean(after(this.rmseForecast)),
        analysis: mean(after(this.rmseAnalysis)),
        smoother: mean(after(this.rmseSmoother)),
        windowStart: mean(this.#windowStart),
        windowEnd: mean(this.#windowCounts ? [...this.#windowEnd, this.#lastError] : this.#windowEnd),
      }),
      spread: finite({ forecast: mean(after(this.spreadForecast)), analysis: mean(after(this.spreadAnalysis)) }),
      rmseConfidence: finite({ analysis: meanConfidence(after(this.rmseAnalysis)).halfWidth }),
      logEvidence: evidence.length === 0 ? undefined : evidence.reduce((sum, value) => sum + value, 0),
      crps: finite({ analysis: mean(this.#crps) }),
      innovation: finite({
        chi2: this.#consistency.summary().mean,
        mean: this.#innovation.sum / this.#innovation.count,
      }),
      cost: this.#windows.length === 0 ? undefined : costOf(this.#windows),
    };
    return { ...defined(parts), seconds: { forecast: this.#forecastSeconds, analysis: this.#analysisSeconds } };
  }
}

function costOf(windows: readonly WindowResult[]): NonNullable<Summary["cost"]> {
  const last = windows.map(({ history }) => history.at(-1));
  return {
    ...finite({
      initial: mean(windows.map(({ history }) => history[0]?.[1] ?? Number.NaN)),
      final: mean(last.map((row) => row?.[1] ?? Number.NaN)),
      iterations: mean(last.map((row) => row?.[0] ?? Number.NaN)),
      gradientNorm: mean(last.map((row) => row?.[4] ?? Number.NaN)),
    }),
    windows: windows.length,
    converged: windows.filter(({ converged }) => converged).length,
  };
}

/** An object without its undefined entries. */
function defined<T extends object>(parts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const out: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const key in parts) {
    const value = parts[key];
    if (isDefined(value)) out[key] = value;
  }
  return out;
}

function isDefined<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined;
}

function mean(series: readonly number[]): number {
  return series.reduce((sum, value) => sum + value, 0) / series.length;
}

function rootMeanSquare(values: Float64Array | undefined): number {
  if (values === undefined) return Number.NaN;
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
