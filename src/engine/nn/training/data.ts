import { ArgumentError, NumericalError, ShapeError } from "../../errors/index.ts";
import { type ArrayLike64, type NdArray, shapeText, toNdArray } from "../../tensor/index.ts";

/** Arrays with one row per sample. */
export interface Samples {
  readonly arrays: readonly NdArray[];
  readonly count: number;
}

/**
 * Checks arrays whose rows belong together.
 * @throws ShapeError when they have different numbers of rows; NumericalError for numbers that are not finite
 */
export function samples(values: readonly ArrayLike64[], place: string): Samples {
  const arrays = values.map((value, i) => toNdArray(value, `${place}[${i}]`));
  const count = arrays[0]?.shape[0];
  if (count === undefined || count === 0) throw new ArgumentError(place, "expected arrays with samples, got none");
  arrays.forEach(({ shape, data }, i) => {
    if (shape[0] !== count)
      throw new ShapeError(`${place}[${i}]`, `expected ${count} rows as in ${place}[0], got shape ${shapeText(shape)}`);
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new NumericalError(`${place}[${i}]`, `expected finite numbers, got ${data[bad]} at element ${bad}`);
  });
  return { arrays, count };
}

/** Shapes of a batch of so many rows. */
export function batchShapes({ arrays }: Samples, rows: number): number[][] {
  return arrays.map(({ shape }) => [rows, ...shape.slice(1)]);
}

/** Rows in a given order, in new arrays. */
export function gather({ arrays }: Samples, rows: ArrayLike<number>): NdArray[] {
  return arrays.map(({ data, shape }) => {
    const width = data.length / shape[0]!;
    const out = new Float64Array(rows.length * width);
    for (let i = 0; i < rows.length; i++) out.set(data.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width);
    return { data: out, shape: [rows.length, ...shape.slice(1)] };
  });
}
