import type { RandomStream } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";

/** Draws from N(0, C) as rows [count, n], each from its own stream. */
export function drawRows(C: Covariance, count: number, streamOf: (row: number) => RandomStream): NdArray {
  const n = C.size;
  const data = new Float64Array(count * n);
  const independent = C.kind === "scalar" || C.kind === "diagonal";
  if (!independent) {
    for (let row = 0; row < count; row++) data.set(C.sample(streamOf(row)), row * n);
    return { data, shape: [count, n] };
  }
  for (let row = 0; row < count; row++) streamOf(row).fillNormal(data, row * n, (row + 1) * n);
  const std = C.diagonal();
  for (let i = 0; i < n; i++) std[i] = Math.sqrt(std[i]!);
  for (let row = 0; row < data.length; row += n) for (let i = 0; i < n; i++) data[row + i] = data[row + i]! * std[i]!;
  return { data, shape: [count, n] };
}

/** Draws from N(mean, C) as rows [count, n], each from its own stream. */
export function drawMembers(
  mean: Float64Array,
  C: Covariance,
  count: number,
  streamOf: (row: number) => RandomStream,
): NdArray {
  const draws = drawRows(C, count, streamOf);
  const { data } = draws;
  const n = mean.length;
  for (let row = 0; row < data.length; row += n) for (let i = 0; i < n; i++) data[row + i] = mean[i]! + data[row + i]!;
  return draws;
}
