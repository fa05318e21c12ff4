import type { NdArray } from "../../engine/tensor/index.ts";
import type { FinishInput } from "./execution.ts";

/** The first `count` rows of a table. */
export function firstRows(array: NdArray | undefined, count: number): NdArray | undefined {
  if (array === undefined) return undefined;
  const [rows = 0, ...rest] = array.shape;
  const kept = Math.min(count, rows);
  return { data: array.data.slice(0, rows === 0 ? 0 : (array.data.length / rows) * kept), shape: [kept, ...rest] };
}

/** Observations as a table, NaN where there is none. */
export function observationTable({ observations = [], record }: FinishInput): NdArray | undefined {
  const rows = observations.slice(0, record.cycles);
  const width = Math.max(0, ...observations.map((row) => row.length));
  if (width === 0) return undefined;
  const data = new Float64Array(rows.length * width).fill(Number.NaN);
  rows.forEach((row, k) => {
    data.set(row, k * width);
  });
  return { data, shape: [rows.length, width] };
}
