import type { CompileOptions } from "../engine/execute/index.ts";
import type { RandomStreams } from "../engine/random/index.ts";
import type { NdArray } from "../engine/tensor/index.ts";
import type { Covariance } from "../problem/covariance/covariance.ts";
import type { Model } from "../problem/models/model.ts";
import type { ObservationSeries } from "../problem/observe/observations.ts";

/** Long-run statistics of the true model. */
export interface Climatology {
  readonly mean: Float64Array;
  readonly covariance: Covariance;
}

/** What a method works on. */
export interface Problem {
  readonly model: Model;
  readonly observations: ObservationSeries;
  readonly background: {
    readonly mean: Float64Array;
    readonly covariance: Covariance;
    /** Members given instead of drawn: [members, n]. */
    readonly ensemble?: NdArray;
  };
  /** Model error per unit of time; none when left out. */
  readonly modelError?: Covariance;
  /** Where and how costs and their gradients are computed; models and operators know that of themselves. */
  readonly compute?: CompileOptions;
  /** Computed when a method asks for it, once. */
  readonly climatology?: () => Promise<Climatology>;
}

export interface RunContext {
  readonly streams: RandomStreams;
  readonly signal?: AbortSignal;
  /** Ask for the mean at every model step between analyses. */
  readonly everyStep?: boolean;
  /** A state that an earlier run of the same method on the same problem gave with cycle `after`. */
  readonly resume?: { readonly after: number; readonly state: MethodState };
}

/** What a method needs to go on after a cycle: arrays by name. */
export type MethodState = Readonly<Record<string, NdArray>>;

/** Result of one observation time. */
export interface Cycle {
  /** 0-based number of the observation time. */
  readonly index: number;
  readonly step: number;
  readonly time: number;
  readonly forecastMean: Float64Array;
  readonly analysisMean: Float64Array;
  /** Standard deviation of each variable before and after the analysis, where the method has one. */
  readonly forecastSpread?: Float64Array;
  readonly analysisSpread?: Float64Array;
  /** Members before and after the analysis, [members, n]. */
  readonly forecastEnsemble?: NdArray;
  readonly analysisEnsemble?: NdArray;
  /** Smoothers: mean and standard deviations at this time given later observations too. */
  readonly smootherMean?: Float64Array;
  readonly smootherSpread?: Float64Array;
  /** y − H(forecast mean), or y minus the mean of H over the members; NaN where missing. */
  readonly innovation?: Float64Array;
  /** dᵀ S⁻¹ d and the number of observations in it. */
  readonly chi2?: { readonly value: number; readonly count: number };
  /** ln p(y_k | y_1 … y_(k−1)). */
  readonly logEvidence?: number;
  /** Means at every model step since the last cycle (this one's forecast included), [steps, n]: with `everyStep`. */
  readonly trajectory?: NdArray;
  /** Window methods: given with the first cycle of a window. */
  readonly window?: WindowResult;
  /** What `resume` needs to go on after this cycle; window methods give it with the last cycle of a window. */
  readonly state?: MethodState;
  readonly seconds: { readonly forecast: number; readonly analysis: number };
}

export interface WindowResult {
  readonly index: number;
  /** The analysed control: the state at the window's start, and its time. */
  readonly start: Float64Array;
  readonly startTime: number;
  readonly startStep: number;
  /** Rows [iteration, J, Jb, Jo, gradientNorm]. */
  readonly history: readonly (readonly [number, number, number, number, number])[];
  readonly converged: boolean;
  readonly reason: string;
  /** The coefficients of the observations' bias that were found with the state. */
  readonly bias?: Float64Array;
}

/** A method with its options: a value. `run` yields one cycle per observation time, in order. */
export interface Method {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  run(problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined>;
}
