import type { NdArray } from "../../engine/tensor/index.ts";
import { type Domain, placeOf } from "./domain.ts";

/** Places within reach: their numbers, ascending, and distances. */
export interface Neighbours {
  readonly indices: Int32Array;
  readonly distances: Float64Array;
}

/** Cells of one axis. */
interface Axis {
  readonly origin: number;
  readonly width: number;
  readonly cells: number;
  readonly periodic: boolean;
  /** How many cells to either side hold what is within reach. */
  readonly span: number;
}

/**
 * A search among `places` [m, axes] for those within `reach` of a place. With a Euclidean domain places are put into
 * buckets about as wide as the reach, so that a search costs what it finds; else every place is asked.
 */
export function neighbourSearch(
  domain: Domain,
  places: NdArray,
  reach: number,
): (place: ArrayLike<number>) => Neighbours {
  const [m, d] = [places.shape[0]!, places.shape[1]!];
  const candidates =
    domain.periods === undefined
      ? () => Array.from({ length: m }, (_, i) => i)
      : buckets(domain.periods, places, reach);
  return (place) => {
    const found: number[] = [];
    const distances: number[] = [];
    for (const i of candidates(place)) {
      const distance = domain.distance(place, places.data.subarray(i * d, (i + 1) * d));
      if (distance > reach) continue;
      found.push(i);
      distances.push(distance);
    }
    return { indices: Int32Array.from(found), distances: Float64Array.from(distances) };
  };
}

function buckets(
  periods: readonly number[],
  places: NdArray,
  reach: number,
): (place: ArrayLike<number>) => readonly number[] {
  const [m, d] = [places.shape[0]!, places.shape[1]!];
  const most = Math.ceil(m ** (1 / d));
  const axes = periods.map((period, axis) => axisOf(period, places, axis, reach, most));
  const items = new Map<number, number[]>();
  for (let i = 0; i < m; i++) {
    const place = placeOf(places, i);
    let cell = 0;
    axes.forEach((axis, k) => {
      cell = cell * axis.cells + cellOf(axis, place[k]!);
    });
    const list = items.get(cell);
    if (list === undefined) items.set(cell, [i]);
    else list.push(i);
  }
  return (place) => {
    let cells = [0];
    axes.forEach((axis, k) => {
      const near = cellsAround(axis, place[k]!);
      cells = cells.flatMap((cell) => near.map((next) => cell * axis.cells + next));
    });
    return cells.flatMap((cell) => items.get(cell) ?? []).sort((a, b) => a - b);
  };
}

function axisOf(period: number, places: NdArray, axis: number, reach: number, most: number): Axis {
  const [m, d] = [places.shape[0]!, places.shape[1]!];
  const periodic = period < Number.POSITIVE_INFINITY;
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < m; i++) {
    least = Math.min(least, places.data[i * d + axis]!);
    greatest = Math.max(greatest, places.data[i * d + axis]!);
  }
  const extent = periodic ? period : Math.max(greatest - least, Number.MIN_VALUE);
  const cells = Math.max(1, Math.min(most, Math.floor(extent / Math.max(reach, Number.MIN_VALUE))));
  const width = extent / cells;
  return { origin: periodic ? 0 : least, width, cells, periodic, span: Math.ceil((reach / width) * (1 + 1e-9)) };
}

function cellOf({ origin, width, cells, periodic }: Axis, x: number): number {
  const cell = Math.floor((x - origin) / width);
  return periodic ? ((cell % cells) + cells) % cells : Math.min(cells - 1, Math.max(0, cell));
}

function cellsAround(axis: Axis, x: number): number[] {
  const { cells, periodic, span, origin, width } = axis;
  if (cells === 1 || (periodic && 2 * span + 1 >= cells)) return Array.from({ length: cells }, (_, i) => i);
  const centre = Math.floor((x - origin) / width);
  const out: number[] = [];
  // The last bucket of a line also holds what lies on its end.
  for (let cell = centre - span - 1; cell <= centre + span; cell++) {
    if (periodic) {
      const wrapped = ((cell % cells) + cells) % cells;
      if (!out.includes(wrapped)) out.push(wrapped);
    } else if (cell >= 0 && cell < cells) out.push(cell);
  }
  return out;
}
