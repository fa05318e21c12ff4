import { ArgumentError, ShapeError } from "../../engine/errors/index.ts";
import { sizeOf } from "../../engine/tensor/index.ts";
import type { CorrelationFunction } from "./correlations.ts";

export interface GridOptions {
  /** Points along each of one or two axes; the last one varies fastest. */
  readonly shape: readonly number[];
  /** Which axes begin again at their end; one answer for all, or one each. None by default. */
  readonly periodic?: boolean | readonly boolean[];
  /** Distance of neighbouring points, for all axes or for each; 1 by default. */
  readonly spacing?: number | readonly number[];
}

/** A checked grid. */
export interface Grid {
  readonly shape: readonly number[];
  readonly periodic: readonly boolean[];
  readonly spacing: readonly number[];
  readonly points: number;
}

/**
 * @throws ShapeError for a number of axes other than 1 or 2 and for lists of another length
 * @throws ArgumentError for extents or spacings out of range
 */
export function checkGrid({ shape, periodic = false, spacing = 1 }: GridOptions, place: string): Grid {
  if (shape.length !== 1 && shape.length !== 2)
    throw new ShapeError(
      `${place}.shape`,
      `expected one or two axes, got ${shape.length}; further ones by a Kronecker product`,
    );
  for (const extent of shape)
    if (!Number.isSafeInteger(extent) || extent < 1)
      throw new ArgumentError(`${place}.shape`, `expected positive integers, got ${extent}`);
  const each = <T extends number | boolean>(value: T | readonly T[], name: string): readonly T[] => {
    if (typeof value !== "object") return shape.map(() => value);
    if (value.length !== shape.length)
      throw new ShapeError(`${place}.${name}`, `expected one for all axes or ${shape.length}, got ${value.length}`);
    return value;
  };
  const steps = each<number>(spacing, "spacing");
  for (const step of steps)
    if (!(step > 0 && step < Number.POSITIVE_INFINITY))
      throw new ArgumentError(`${place}.spacing`, `expected positive numbers, got ${step}`);
  return { shape, periodic: each<boolean>(periodic, "periodic"), spacing: steps, points: sizeOf(shape) };
}

/**
 * The grid without ends in which a grid lies: axes that don't begin again are made longer, until the correlation of the ends, the
 * long way round, is negligible, and to an extent that transforms like.
 */
export function torusOf({ shape, periodic, spacing }: Grid, reach: number): Grid {
  const extents = shape.map((extent, axis) =>
    periodic[axis] || extent === 1 ? extent : smooth(extent + Math.ceil(reach / spacing[axis]!)),
  );
  return { shape: extents, periodic: extents.map(() => true), spacing, points: sizeOf(extents) };
}

/** The next even number without prime factors above 5. */
function smooth(least: number): number {
  for (let value = least + (least % 2); ; value += 2) {
    let rest = value;
    for (const factor of [2, 3, 5]) while (rest % factor === 0) rest /= factor;
    if (rest === 1) return value;
  }
}

/**
 * A correlation of each point of a torus with its first point, [points]: the sum over all ways round of the function, so that
 * positive definite functions stay so, over its value at 0. O(points) times the number of ways that count.
 * @throws ArgumentError for a function that reaches round more than 64 times
 */
export function wrappedCorrelation({ shape, spacing, points }: Grid, f: CorrelationFunction): Float64Array {
  const periods = shape.map((extent, axis) => extent * spacing[axis]!);
  const ways = periods.map((period, axis) => (shape[axis] === 1 ? 0 : Math.ceil(f.reach / period) + 1));
  if (ways.some((count) => count > 64))
    throw new ArgumentError(
      "length",
      `expected a correlation shorter than the domain, of ${periods.join(" x ")}; this one reaches ${f.reach}`,
    );
  const along = (axis: number, index: number): number[] => {
    if (shape[axis] === 1) return [0];
    const [count, period] = [ways[axis]!, periods[axis]!];
    return Array.from({ length: 2 * count + 1 }, (_, k) => index * spacing[axis]! + (k - count) * period).filter(
      (x) => Math.abs(x) <= f.reach,
    );
  };
  const out = new Float64Array(points);
  const width = shape.at(-1)!;
  const last = shape.length - 1;
  const columns = Array.from({ length: width }, (_, column) => along(last, column));
  for (let row = 0; row < points / width; row++) {
    const ys = last === 0 ? [0] : along(0, row);
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (const x of columns[column]!) for (const y of ys) sum += f.value(Math.hypot(x, y));
      out[row * width + column] = sum;
    }
  }
  const first = out[0]!;
  return out.map((value) => value / first);
}
