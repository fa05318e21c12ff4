import { NumericalError } from "../../engine/errors/index.ts";
import { allFinite, type NdArray } from "../../engine/tensor/index.ts";
import { type Observation, type PresentObservations, presentObservations } from "../../problem/observe/index.ts";
import { ensembleMean } from "./ensemble.ts";

/** What one observation time says about a state. */
export interface Innovation {
  /** The observations that are not missing. */
  readonly seen: PresentObservations;
  /** y − H(x) of these. */
  readonly dy: Float64Array;
  /** The same among all of the time's observations, NaN where missing. */
  readonly innovation: Float64Array;
}

/**
 * The innovation of one state.
 * @throws NumericalError naming the operator when it gives a number that isn't finite for something that was seen
 */
export async function innovationOf(observation: Observation, x: Float64Array): Promise<Innovation> {
  const { operator, time } = observation;
  const seen = presentObservations(observation);
  const Hx = { data: await operator.apply(x, time), shape: [1, operator.outSize] };
  return against(observation, seen, seenColumns(observation, seen, Hx).data);
}

/**
 * The operator on each member, the columns [N, m] of what was seen, and the innovation of their mean.
 * @throws NumericalError as {@link innovationOf}
 */
export async function ensembleInnovation(
  observation: Observation,
  E: NdArray,
): Promise<Innovation & { readonly HE: NdArray; readonly meanHE: Float64Array }> {
  const seen = presentObservations(observation);
  const HE = seenColumns(observation, seen, await observation.operator.applyBatch(E, observation.time));
  const meanHE = ensembleMean(HE);
  return { ...against(observation, seen, meanHE), HE, meanHE };
}

function against(observation: Observation, seen: PresentObservations, Hx: Float64Array): Innovation {
  const dy = new Float64Array(Hx.length);
  for (let i = 0; i < dy.length; i++) dy[i] = seen.values[i]! - Hx[i]!;
  return { seen, dy, innovation: scatterInnovation(observation, seen, dy) };
}

/** Innovations of what was seen put back among all of a time's observations, NaN where missing. */
export function scatterInnovation(observation: Observation, seen: PresentObservations, d: Float64Array): Float64Array {
  const { indices } = seen;
  const out = new Float64Array(observation.values.length).fill(Number.NaN);
  for (let i = 0; i < indices.length; i++) out[indices[i]!] = d[i]!;
  return out;
}

/**
 * Columns of an operator's results [k, m] at the places of what was seen.
 * @throws NumericalError when one of them isn't finite
 */
export function seenColumns(
  { operator }: Observation,
  { indices }: PresentObservations,
  { data, shape }: NdArray,
): NdArray {
  const [k, m] = [shape[0]!, shape[1]!];
  const count = indices.length;
  if (count === m && allFinite(data)) return { data: data.slice(), shape };
  const out = new Float64Array(k * count);
  for (let row = 0; row < k; row++)
    for (let i = 0; i < count; i++) {
      const value = data[row * m + indices[i]!]!;
      if (!Number.isFinite(value))
        throw new NumericalError(
          `operator "${operator.name}"`,
          `expected finite numbers, got ${value} for observation ${indices[i]}`,
        );
      out[row * count + i] = value;
    }
  return { data: out, shape: [k, count] };
}
