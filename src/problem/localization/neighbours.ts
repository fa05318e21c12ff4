import type { NdArray } from "../../engine/tensor/index.ts";
import type { Domain } from "./domain.ts";

/** Places within reach, in a fixed order: their numbers and distances, in arrays that the next search overwrites. */
export interface Neighbours {
  readonly indices: Int32Array;
  readonly distances: Float64Array;
}

/** Cells along one axis. */
interface Axis {
  readonly origin: number;
  readonly width: number;
  readonly cells: number;
  /** Infinity where the axis doesn't begin again. */
  readonly period: number;
}

/** Cells along the reach: smaller ones hold fewer places that are too far, but there are more of them. */
const FINENESS = 4;

/**
 * A search among `places` [m, axes] for those within `reach` of a place. With a Euclidean domain places are put into cells
 * a quarter as wide as the reach, so that a search costs what it finds; else every place is asked.
 */
export function neighbourSearch(
  domain: Domain,
  places: NdArray,
  reach: number,
): (place: ArrayLike<number>) => Neighbours {
  if (domain.periods !== undefined) return cellSearch(domain.periods, places, reach);
  const [m, d] = [places.shape[0]!, places.shape[1]!];
  const [indices, distances] = [new Int32Array(m), new Float64Array(m)];
  return (place) => {
    let found = 0;
    for (let i = 0; i < m; i++) {
      const distance = domain.distance(place, places.data.subarray(i * d, (i + 1) * d));
      if (distance > reach) continue;
      indices[found] = i;
      distances[found++] = distance;
    }
    return { indices: indices.subarray(0, found), distances: distances.subarray(0, found) };
  };
}

function cellSearch(
  periods: readonly number[],
  places: NdArray,
  reach: number,
): (place: ArrayLike<number>) => Neighbours {
  const [m, d] = [places.shape[0]!, places.shape[1]!];
  const most = Math.ceil(m ** (1 / d));
  const axes = periods.map((period, axis) => axisOf(period, places, axis, reach, most));
  const { starts, order } = sorted(axes, places);
  const at = axes.map((_, k) => Float64Array.from(order, (i) => places.data[i * d + k]!));
  const [indices, distances] = [new Int32Array(m), new Float64Array(m)];
  const [point, low, counts, step] = [new Float64Array(d), new Int32Array(d), new Int32Array(d), new Int32Array(d)];
  const [firstAxis, ...otherAxes] = axes.map(({ period }, k) => ({ k, period, half: period / 2, at: at[k]! }));
  if (firstAxis === undefined) throw new Error("places have no axes");
  const others = otherAxes.length;
  const { at: x0, half: half0, period: period0 } = firstAxis;
  // What is surely too far is left out before the root.
  const enough = reach * reach * (1 + 1e-9);
  return (place) => {
    let found = 0;
    let total = 1;
    for (let k = 0; k < d; k++) {
      const { origin, width, cells, period } = axes[k]!;
      const x = reduced(place[k]!, period);
      point[k] = place[k]!;
      step[k] = 0;
      // A little more, for what lies on the border.
      const from = (x - origin) / width;
      const span = (reach / width) * (1 + 1e-9) + 1e-9;
      let [first, last] = [Math.floor(from - span), Math.floor(from + span)];
      if (cells === 1) [first, last] = [0, 0];
      else if (period === Number.POSITIVE_INFINITY)
        [first, last] = [Math.min(cells - 1, Math.max(0, first)), Math.min(cells - 1, Math.max(0, last))];
      else if (last - first + 1 >= cells) [first, last] = [0, cells - 1];
      low[k] = first;
      counts[k] = last - first + 1;
      total *= last - first + 1;
    }
    const p0 = point[0]!;
    for (let visit = 0; visit < total; visit++) {
      let cell = 0;
      for (let k = 0; k < d; k++) {
        const { cells } = axes[k]!;
        const own = low[k]! + step[k]!;
        cell = cell * cells + (own < 0 ? own + cells : own >= cells ? own - cells : own);
      }
      for (let i = starts[cell]!; i < starts[cell + 1]!; i++) {
        let way = Math.abs(p0 - x0[i]!);
        if (way > half0) way = shorter(way, period0);
        let square = way * way;
        if (square > enough) continue;
        for (let k = 0; k < others; k++) {
          const axis = otherAxes[k]!;
          way = Math.abs(point[axis.k]! - axis.at[i]!);
          if (way > axis.half) way = shorter(way, axis.period);
          square += way * way;
        }
        if (square > enough) continue;
        const distance = Math.sqrt(square);
        if (distance > reach) continue;
        indices[found] = order[i]!;
        distances[found++] = distance;
      }
      for (let k = d - 1; k >= 0 && ++step[k]! === counts[k]; k--) step[k] = 0;
    }
    return { indices: indices.subarray(0, found), distances: distances.subarray(0, found) };
  };
}

/** The shorter way round. */
function shorter(way: number, period: number): number {
  const rest = way % period;
  return Math.min(rest, period - rest);
}

/** A coordinate between 0 and the period. */
function reduced(x: number, period: number): number {
  if (period === Number.POSITIVE_INFINITY || (x >= 0 && x < period)) return x;
  const rest = x % period;
  return rest < 0 ? rest + period : rest;
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
  const cells = Math.max(1, Math.min(most, Math.floor((FINENESS * extent) / Math.max(reach, Number.MIN_VALUE))));
  return { origin: periodic ? 0 : least, width: extent / cells, cells, period };
}

/** Places cell by cell: where each cell begins in their order. */
function sorted(axes: readonly Axis[], { data, shape }: NdArray): { starts: Int32Array; order: Int32Array } {
  const [m, d] = [shape[0]!, shape[1]!];
  const starts = new Int32Array(axes.reduce((total, { cells }) => total * cells, 1) + 1);
  const cellOf = new Int32Array(m);
  for (let i = 0; i < m; i++) {
    let cell = 0;
    for (let k = 0; k < d; k++) {
      const { origin, width, cells, period } = axes[k]!;
      const own = Math.floor((reduced(data[i * d + k]!, period) - origin) / width);
      cell = cell * cells + Math.min(cells - 1, Math.max(0, own));
    }
    cellOf[i] = cell;
    starts[cell + 1]! += 1;
  }
  for (let cell = 1; cell < starts.length; cell++) starts[cell]! += starts[cell - 1]!;
  const next = starts.slice();
  const order = new Int32Array(m);
  for (let i = 0; i < m; i++) order[next[cellOf[i]!]!++] = i;
  return { starts, order };
}
