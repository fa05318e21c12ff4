import type { RandomStreams } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import { anomalies } from "./ensemble.ts";

/**
 * Draws of the observation errors [N, m], one from each member's stream "perturbation" of a cycle. `centred` ones have mean zero and are
 * multiplied by sqrt(N/(N − 1)).
 */
export function observationPerturbations(
  R: Covariance,
  members: number,
  streams: RandomStreams,
  cycle: number,
  centred: boolean,
): NdArray {
  const m = R.size;
  const data = new Float64Array(members * m);
  for (let member = 0; member < members; member++)
    data.set(R.sample(streams.stream("perturbation", cycle, member)), member * m);
  const D = { data, shape: [members, m] };
  if (!centred) return D;
  const factor = Math.sqrt(members / (members - 1));
  const X = anomalies(D);
  for (let i = 0; i < X.data.length; i++) X.data[i] = X.data[i]! * factor;
  return X;
}
