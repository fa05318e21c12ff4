import { ArgumentError, NumericalError, ShapeError } from "../../engine/errors/index.ts";
import { asymmetryError, checkSize, symmetryTolerance } from "./check.ts";

/** A sparse matrix as triplets, in any order; entries of one place are added. Both triangles are given. */
export interface CooMatrix {
  readonly size: number;
  readonly rows: ArrayLike<number>;
  readonly columns: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** A sparse matrix by rows: row i has the entries from `rowStart[i]` to before `rowStart[i + 1]`. */
export interface CsrMatrix {
  readonly size: number;
  readonly rowStart: ArrayLike<number>;
  readonly columns: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** A checked matrix by rows, columns ascending in each. */
export interface Csr {
  readonly start: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/**
 * Sorts and checks a symmetric matrix. O(non-zeros · log).
 * @throws ShapeError for lists that don't belong together; ArgumentError for indices outside and for asymmetry
 * @throws NumericalError for values that are not finite
 */
export function symmetricCsr(matrix: CooMatrix | CsrMatrix, place: string): Csr {
  const { size, columns, values } = matrix;
  checkSize(place, size);
  const rows = "rows" in matrix ? matrix.rows : rowsOf(matrix, place);
  if (rows.length !== values.length || columns.length !== values.length)
    throw new ShapeError(
      place,
      `expected as many rows and columns as values, got ${rows.length}, ${columns.length} and ${values.length}`,
    );
  const lines: Map<number, number>[] = Array.from({ length: size }, () => new Map());
  for (let p = 0; p < values.length; p++) {
    const [i, j, value] = [rows[p]!, columns[p]!, values[p]!];
    for (const index of [i, j])
      if (!Number.isInteger(index) || index < 0 || index >= size)
        throw new ArgumentError(place, `expected indices from 0 to ${size - 1}, got ${index} in entry ${p}`);
    if (!Number.isFinite(value))
      throw new NumericalError(place, `expected finite numbers, got ${value} at (${i}, ${j})`);
    lines[i]!.set(j, (lines[i]!.get(j) ?? 0) + value);
  }
  const at = (i: number, j: number): number => lines[i]!.get(j) ?? 0;
  // An entry whose mirror image isn't given gets a zero there: both triangles have one pattern.
  lines.forEach((line, i) => {
    for (const j of [...line.keys()]) if (!lines[j]!.has(i)) lines[j]!.set(i, 0);
  });
  const start = new Int32Array(size + 1);
  const sortedColumns: number[] = [];
  const sortedValues: number[] = [];
  lines.forEach((line, i) => {
    for (const j of [...line.keys()].sort((a, b) => a - b)) {
      const [here, mirrored] = [at(i, j), at(j, i)];
      if (Math.abs(here - mirrored) > symmetryTolerance(at(i, i), at(j, j)))
        throw i < j ? asymmetryError(place, i, j, here, mirrored) : asymmetryError(place, j, i, mirrored, here);
      sortedColumns.push(j);
      sortedValues.push((here + mirrored) / 2);
    }
    start[i + 1] = sortedColumns.length;
  });
  return { start, columns: Int32Array.from(sortedColumns), values: Float64Array.from(sortedValues) };
}

function rowsOf({ size, rowStart, values }: CsrMatrix, place: string): Int32Array {
  if (rowStart.length !== size + 1 || rowStart[0] !== 0 || rowStart[size] !== values.length)
    throw new ShapeError(
      place,
      `expected ${size + 1} row starts from 0 to ${values.length}, got ${rowStart.length} from ${rowStart[0]} to ${rowStart[rowStart.length - 1]}`,
    );
  const rows = new Int32Array(values.length);
  for (let i = 0; i < size; i++) {
    if (rowStart[i + 1]! < rowStart[i]!)
      throw new ShapeError(
        place,
        `expected row starts that don't decrease, got ${rowStart[i + 1]} after ${rowStart[i]}`,
      );
    rows.fill(i, rowStart[i]!, rowStart[i + 1]!);
  }
  return rows;
}

/** A v. */
export function multiplyCsr({ start, columns, values }: Csr, v: Float64Array): Float64Array {
  const out = new Float64Array(start.length - 1);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let p = start[i]!; p < start[i + 1]!; p++) sum += values[p]! * v[columns[p]!]!;
    out[i] = sum;
  }
  return out;
}

/** The triplets of the rows and columns in `indices`, in that order. */
export function restrictCsr({ start, columns, values }: Csr, indices: ArrayLike<number>): CooMatrix {
  const places: number[][] = Array.from({ length: start.length - 1 }, () => []);
  for (let i = 0; i < indices.length; i++) places[indices[i]!]!.push(i);
  const out = { rows: [] as number[], columns: [] as number[], values: [] as number[] };
  for (let i = 0; i < indices.length; i++)
    for (let p = start[indices[i]!]!; p < start[indices[i]! + 1]!; p++)
      for (const j of places[columns[p]!]!) {
        out.rows.push(i);
        out.columns.push(j);
        out.values.push(values[p]!);
      }
  return { size: indices.length, ...out };
}
