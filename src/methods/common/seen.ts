import type { PlacedPatches } from "./localized.ts";
import type { SerialReach } from "./serial.ts";

/** Reaches of the observations that were seen, at `indices` among all, numbered among themselves. */
export function seenReaches(all: readonly SerialReach[], indices: Int32Array): readonly SerialReach[] {
  if (indices.length === all.length) return all;
  const keep = kept(indices);
  return Array.from(indices, (place) => {
    const { observations, observationTapers, ...state } = all[place]!;
    const seen = keep(observations, observationTapers);
    return { ...state, observations: seen.observations, observationTapers: seen.tapers };
  });
}

/** Patches with the observations that were seen, at `indices` among `count`, numbered among themselves. */
export function seenPatches(patches: PlacedPatches, indices: Int32Array, count: number): PlacedPatches {
  if (indices.length === count) return patches;
  const position = new Int32Array(count).fill(-1);
  indices.forEach((place, i) => {
    position[place] = i;
  });
  return {
    length: patches.length,
    variables: patches.variables,
    at(place) {
      const patch = patches.at(place);
      if (patch === undefined) return undefined;
      const { variables, observations, tapers } = patch;
      return {
        variables,
        observations: observations.map((j) => position[j]!).filter((j) => j >= 0),
        tapers: tapers.filter((_, i) => position[observations[i]!]! >= 0),
      };
    },
  };
}

function kept(
  indices: Int32Array,
): (all: Int32Array, tapers: Float64Array) => { observations: Int32Array; tapers: Float64Array } {
  const position = new Map<number, number>();
  indices.forEach((place, i) => {
    position.set(place, i);
  });
  return (all, tapers) => ({
    observations: all.filter((place) => position.has(place)).map((place) => position.get(place) ?? 0),
    tapers: tapers.filter((_, i) => position.has(all[i]!)),
  });
}
