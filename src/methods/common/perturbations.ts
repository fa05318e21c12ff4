import type { RandomStreams } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import { drawRows } from "./draws.ts";
import { ensembleMean } from "./ensemble.ts";

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
  const D = drawRows(R, members, (member) => streams.stream("perturbation", cycle, member));
  if (!centred) return D;
  const factor = Math.sqrt(members / (members - 1));
  const mean = ensembleMean(D);
  const { data } = D;
  const m = R.size;
  for (let row = 0; row < data.length; row += m)
    for (let i = 0; i < m; i++) data[row + i] = factor * (data[row + i]! - mean[i]!);
  return D;
}
