import type { NdArray } from "../../engine/tensor/index.ts";

/** Where the variables of a state are, and how far places are from each other. */
export interface Domain {
  readonly name: string;
  /** Coordinates of each variable's place, [variables, axes]; several variables may have one place. */
  readonly places: NdArray;
  /** Distance of two places, given by their coordinates. */
  distance(a: ArrayLike<number>, b: ArrayLike<number>): number;
  /**
   * For Euclidean distances: after which length each axis begins again, Infinity where it doesn't. Neighbours are then
   * found by buckets; without it every place is asked.
   */
  readonly periods?: readonly number[];
  /** For regular grids: points along each axis, the last one fastest, and which axes begin again. */
  readonly grid?: { readonly shape: readonly number[]; readonly periodic: readonly boolean[] };
}

/** The coordinates of one place. */
export function placeOf({ data, shape }: NdArray, row: number): Float64Array {
  const axes = shape[1]!;
  return data.subarray(row * axes, (row + 1) * axes);
}
