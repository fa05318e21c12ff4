import type { Covariance } from "../covariance/index.ts";
import type { Observation } from "./observations.ts";

/** The observations of one time that are not missing. */
export interface PresentObservations {
  /** Their places among all of the operator's results, ascending. */
  readonly indices: Int32Array;
  /** `[indices.length]`. */
  readonly values: Float64Array;
  /** The covariance of their errors alone; undefined when nothing was seen. */
  readonly error: Covariance | undefined;
}

/** What was seen, NaN left out: indices, values, and R of these components. */
export function presentObservations({ values, error }: Observation): PresentObservations {
  let count = 0;
  const all = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!)) all[count++] = i;
  const indices = all.slice(0, count);
  if (indices.length === values.length) return { indices, values, error };
  return {
    indices,
    values: Float64Array.from(indices, (i) => values[i]!),
    error: indices.length === 0 ? undefined : error.restrict(indices),
  };
}
