import { ShapeError } from "../../engine/errors/index.ts";
import { gemm, transformCentred } from "../../engine/linalg/index.ts";
import type { RandomStreams } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Problem } from "../method.ts";
import { drawMembers } from "./draws.ts";

/** Columns that are worked on at a time, so that a row's part stays in the cache. */
const WIDTH = 4096;

/** Mean over the members of [N, n]. */
export function ensembleMean({ data, shape }: NdArray): Float64Array {
  const [N, n] = [shape[0]!, shape[1]!];
  const mean = new Float64Array(n);
  for (let from = 0; from < n; from += WIDTH) {
    const to = Math.min(n, from + WIDTH);
    for (let row = 0; row < N * n; row += n) for (let i = from; i < to; i++) mean[i] = mean[i]! + data[row + i]!;
  }
  for (let i = 0; i < n; i++) mean[i]! /= N;
  return mean;
}

/** Members minus their mean, [N, n]. */
export function anomalies(E: NdArray, mean: Float64Array = ensembleMean(E)): NdArray {
  const n = mean.length;
  const data = new Float64Array(E.data.length);
  for (let row = 0; row < data.length; row += n)
    for (let i = 0; i < n; i++) data[row + i] = E.data[row + i]! - mean[i]!;
  return { data, shape: E.shape };
}

/** Mean plus anomalies times a factor, [N, n]. */
export function recentre(mean: Float64Array, X: NdArray, factor = 1): NdArray {
  const n = mean.length;
  const data = new Float64Array(X.data.length);
  for (let row = 0; row < data.length; row += n)
    for (let i = 0; i < n; i++) data[row + i] = mean[i]! + factor * X.data[row + i]!;
  return { data, shape: X.shape };
}

/** Members with their distance to the mean multiplied by a factor: a standard-deviation factor. */
export function inflate(E: NdArray, factor: number): NdArray {
  if (factor === 1) return E;
  const n = E.shape[1]!;
  const mean = ensembleMean(E);
  const data = new Float64Array(E.data.length);
  for (let row = 0; row < data.length; row += n)
    for (let i = 0; i < n; i++) data[row + i] = mean[i]! + factor * (E.data[row + i]! - mean[i]!);
  return { data, shape: E.shape };
}

/** Standard deviation of each variable (divisor N − 1) about the members' mean. */
export function ensembleDeviations(E: NdArray, mean: Float64Array = ensembleMean(E)): Float64Array {
  const { data } = E;
  const [N, n] = [E.shape[0]!, E.shape[1]!];
  const out = new Float64Array(n);
  for (let from = 0; from < n; from += WIDTH) {
    const to = Math.min(n, from + WIDTH);
    for (let row = 0; row < N * n; row += n)
      for (let i = from; i < to; i++) {
        const departure = data[row + i]! - mean[i]!;
        out[i] = out[i]! + departure * departure;
      }
  }
  for (let i = 0; i < n; i++) out[i] = Math.sqrt(out[i]! / (N - 1));
  return out;
}

/**
 * The first ensemble [N, n]: the members given, or a draw of the background for each from its stream "initial".
 * @throws ShapeError when another number of members is given
 */
export function initialEnsemble({ background }: Problem, members: number, streams: RandomStreams): NdArray {
  const { mean, covariance, ensemble } = background;
  if (ensemble !== undefined) {
    if (ensemble.shape[0] !== members)
      throw new ShapeError("background.ensemble", `expected ${members} members, got ${ensemble.shape[0]}`);
    return { data: ensemble.data.slice(), shape: [...ensemble.shape] };
  }
  return drawMembers(mean, covariance, members, (member) => streams.stream("initial", 0, member));
}

/** Members mean + T X for a transform T [N, N] of the anomalies. O(N² n). */
export function transformedAnomalies(mean: Float64Array, X: NdArray, T: Float64Array): NdArray {
  const [N, n] = [X.shape[0]!, X.shape[1]!];
  return recentre(mean, { data: gemm(N, n, N, T, X.data), shape: X.shape });
}

/** Members mean + T X, X being the anomalies of E from `mean`, without an array for these. O(N² n). */
export function transformedMembers(E: NdArray, mean: Float64Array, T: Float64Array): NdArray {
  const [N, n] = [E.shape[0]!, E.shape[1]!];
  return { data: transformCentred(T, E.data, N, n, mean), shape: [N, n] };
}

/** Ensembles [N, n] beside each other, [N, n · count]: one ensemble of a joint state. */
export function joinColumns(parts: readonly NdArray[]): NdArray {
  const N = parts[0]!.shape[0]!;
  const width = parts.reduce((sum, { shape }) => sum + shape[1]!, 0);
  const data = new Float64Array(N * width);
  let column = 0;
  for (const { data: part, shape } of parts) {
    const n = shape[1]!;
    for (let k = 0; k < N; k++) data.set(part.subarray(k * n, (k + 1) * n), k * width + column);
    column += n;
  }
  return { data, shape: [N, width] };
}
