import type { RandomStreams } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import { drawRows } from "./draws.ts";
import { anomalies } from "./ensemble.ts";

/**
 * Members [N, n] with draws of a covariance added, from the streams "additive-inflation" of a cycle: centred, so that the ensemble's
 * mean stays; what is added to its sample covariance is this one on average. N draws.
 * @see [MitchellHoutekamer2000] [WhitakerHamill2012]
 */
export function inflateAdditively(E: NdArray, covariance: Covariance, streams: RandomStreams, cycle: number): NdArray {
  const draws = drawRows(covariance, E.shape[0]!, (member) => streams.stream("additive-inflation", cycle, member));
  const X = anomalies(draws).data;
  return { data: E.data.map((value, at) => value + X[at]!), shape: E.shape };
}
