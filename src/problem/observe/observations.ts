import type { Covariance } from "../covariance/covariance.ts";
import type { Operator } from "../operators/operator.ts";

/** One observation time: what was seen (NaN where it is missing), through which operator, with which errors. */
export interface Observation {
  /** Model steps since the start; 0 is the start itself. */
  readonly step: number;
  readonly time: number;
  readonly values: Float64Array;
  readonly operator: Operator;
  readonly error: Covariance;
}

/** Observations in increasing order of steps. */
export type ObservationSeries = readonly Observation[];
