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
  const field: Field = {
    order,
    coordinates: axes.map((_, k) => Float64Array.from(order, (i) => places.data[i * d + k]!)),
    periods: Float64Array.from(periods),
    reach,
    point: new Float64Array(d),
    indices: new Int32Array(m),
    distances: new Float64Array(m),
  };
  const scan = d === 1 ? scanLine : d === 2 ? scanPlane : scanSpace;
  const { point, indices, distances } = field;
  const [low, counts, step] = [new Int32Array(d), new Int32Array(d), new Int32Array(d)];
  const last = axes.at(-1)!;
  return (place) => {
    let rows = 1;
    for (let k = 0; k < d; k++) {
      point[k] = place[k]!;
      step[k] = 0;
      const { first, count } = cellsAround(axes[k]!, place[k]!, reach);
      low[k] = first;
      counts[k] = count;
      if (k < d - 1) rows *= count;
    }
    let found = 0;
    // Cells side by side along the last axis lie side by side in the order, in two parts where the axis begins again.
    const [from, to] = [low[d - 1]!, low[d - 1]! + counts[d - 1]!];
    for (let visit = 0; visit < rows; visit++) {
      let row = 0;
      for (let k = 0; k < d - 1; k++) {
        const { cells } = axes[k]!;
        const own = low[k]! + step[k]!;
        row = row * cells + (own < 0 ? own + cells : own >= cells ? own - cells : own);
      }
      row *= last.cells;
      if (from < 0) found = scan(field, starts[row + last.cells + from]!, starts[row + last.cells]!, found);
      found = scan(field, starts[row + Math.max(0, from)]!, starts[row + Math.min(last.cells, to)]!, found);
      if (to > last.cells) found = scan(field, starts[row]!, starts[row + to - last.cells]!, found);
      for (let k = d - 2; k >= 0 && ++step[k]! === counts[k]; k--) step[k] = 0;
    }
    return { indices: indices.subarray(0, found), distances: distances.subarray(0, found) };
  };
}

/** The cells of an axis that hold what is within reach: numbers below 0 and from `cells` on stand for those at the other end. */
function cellsAround(
  { origin, width, cells, period }: Axis,
  x: number,
  reach: number,
): { first: number; count: number } {
  if (cells === 1) return { first: 0, count: 1 };
  const from = (reduced(x, period) - origin) / width;
  // A little more, for what lies on the border.
  const span = (reach / width) * (1 + 1e-9) + 1e-9;
  let [first, last] = [Math.floor(from - span), Math.floor(from + span)];
  if (period === Number.POSITIVE_INFINITY)
    [first, last] = [Math.min(cells - 1, Math.max(0, first)), Math.min(cells - 1, Math.max(0, last))];
  else if (last - first + 1 >= cells) return { first: 0, count: cells };
  return { first, count: last - first + 1 };
}

/** Places in the order of their cells, with what a search works on. */
interface Field {
  readonly order: Int32Array;
  /** Coordinates along each axis. */
  readonly coordinates: readonly Float64Array[];
  readonly periods: Float64Array;
  readonly reach: number;
  /** The place that is searched about, and what has been found. */
  readonly point: Float64Array;
  readonly indices: Int32Array;
  readonly distances: Float64Array;
}

/** Adds those of places `from` to `to` that are within reach to what has been found, of which there is `found`. */
type Scan = (field: Field, from: number, to: number, found: number) => number;

const scanLine: Scan = ({ order, coordinates, periods, reach, point, indices, distances }, from, to, found) => {
  const [x, p, period] = [coordinates[0]!, point[0]!, periods[0]!];
  let next = found;
  for (let i = from; i < to; i++) {
    const distance = separation(p, x[i]!, period);
    if (distance > reach) continue;
    indices[next] = order[i]!;
    distances[next++] = distance;
  }
  return next;
};

const scanPlane: Scan = ({ order, coordinates, periods, reach, point, indices, distances }, from, to, found) => {
  const [x, y] = [coordinates[0]!, coordinates[1]!];
  const [px, py] = [point[0]!, point[1]!];
  const [periodX, periodY] = [periods[0]!, periods[1]!];
  // What is surely too far is left out before the root.
  const enough = reach * reach * (1 + 1e-9);
  let next = found;
  for (let i = from; i < to; i++) {
    const dx = separation(px, x[i]!, periodX);
    const dy = separation(py, y[i]!, periodY);
    const square = dx * dx + dy * dy;
    if (square > enough) continue;
    const distance = Math.sqrt(square);
    if (distance > reach) continue;
    indices[next] = order[i]!;
    distances[next++] = distance;
  }
  return next;
};

const scanSpace: Scan = ({ order, coordinates, periods, reach, point, indices, distances }, from, to, found) => {
  let next = found;
  for (let i = from; i < to; i++) {
    let square = 0;
    for (let k = 0; k < coordinates.length; k++) square += separation(point[k]!, coordinates[k]![i]!, periods[k]!) ** 2;
    const distance = Math.sqrt(square);
    if (distance > reach) continue;
    indices[next] = order[i]!;
    distances[next++] = distance;
  }
  return next;
};

/** The shorter way between two coordinates. */
function separation(a: number, b: number, period: number): number {
  let way = Math.abs(a - b);
  if (way >= period) way %= period;
  return way > 0.5 * period ? period - way : way;
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
