import type { NdArray } from "../../engine/tensor/index.ts";
import { blockCovariance, type Covariance, diagonalCovariance } from "../../problem/covariance/index.ts";
import type { Observation } from "../../problem/observe/index.ts";
import {
  type AnalysisInput,
  ensembleMean,
  joinColumns,
  type Localizer,
  type LocalPatches,
  type PlacedPatches,
  seenPatches,
  squareRootAnalysis,
  whitenEnsemble,
} from "../common/index.ts";
import { sharedLetkfAnalysis } from "../filters/index.ts";

/** Members at an observation time, what is observed of them, and what was seen. */
export interface ObservedMembers extends AnalysisInput {
  readonly observation: Observation;
  /** The places of y among the observations of the time. */
  readonly indices: Int32Array;
}

/**
 * The (local) ensemble transform of a window: members at several times, `path`, transformed by the weights that all of
 * the window's observations give, as one ensemble [N, n · times]. Without a localizer one transform for all; with one, an
 * observation counts at the places within reach of its own, whenever it was made.
 * @see [Hunt2004] [Hunt2007]
 */
export async function transformedPath(
  path: readonly NdArray[],
  observed: readonly ObservedMembers[],
  local: Localizer | undefined,
  threads: number,
): Promise<NdArray> {
  const E = path.length === 1 ? path[0]! : joinColumns(path);
  const HE = joinColumns(observed.map((part) => part.HE));
  const y = Float64Array.from(observed.flatMap((part) => [...part.y]));
  const input = { E, HE, y, R: jointErrors(observed.map(({ R }) => R)) };
  if (local === undefined) return squareRootAnalysis(whitenEnsemble(input), input.R).ensemble;
  const parts: PlacedPatches[] = [];
  for (const { E: members, observation, indices } of observed) {
    const all = await local.patches(observation, ensembleMean(members));
    parts.push(seenPatches(all, indices, observation.values.length));
  }
  const counts = observed.map((part) => part.y.length);
  const patches = jointPatches(parts, counts, path[0]!.shape[1]!, path.length);
  return (await sharedLetkfAnalysis({ ...input, patches }, threads)).ensemble;
}

/** Independent errors of several times, one after the other. */
function jointErrors(errors: readonly Covariance[]): Covariance {
  if (errors.length === 1) return errors[0]!;
  return errors.every(({ kind }) => kind === "scalar" || kind === "diagonal")
    ? diagonalCovariance(Float64Array.from(errors.flatMap((R) => [...R.diagonal()])))
    : blockCovariance(errors);
}

/** For every place its variables at all times and the observations of all times within reach. */
function jointPatches(
  parts: readonly PlacedPatches[],
  counts: readonly number[],
  n: number,
  times: number,
): LocalPatches {
  const [first] = parts;
  if (parts.length === 1 && times === 1) return first!;
  const starts = counts.map((_, k) => counts.slice(0, k).reduce((a, b) => a + b, 0));
  return {
    length: first!.length,
    at(place) {
      const own = first!.variables(place);
      const variables = new Int32Array(own.length * times);
      for (let k = 0; k < times; k++)
        for (let i = 0; i < own.length; i++) variables[k * own.length + i] = own[i]! + k * n;
      // Copied at once: patches of one search share their arrays.
      const observations: number[] = [];
      const tapers: number[] = [];
      parts.forEach((part, k) => {
        const patch = part.at(place);
        patch?.observations.forEach((j, i) => {
          observations.push(starts[k]! + j);
          tapers.push(patch.tapers[i]!);
        });
      });
      return { variables, observations: Int32Array.from(observations), tapers: Float64Array.from(tapers) };
    },
  };
}
