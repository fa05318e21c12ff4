import { ShapeError } from "../../engine/errors/index.ts";
import type { RandomStreams } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Problem } from "../method.ts";

/** Mean over the members of [N, n]. */
export function ensembleMean({ data, shape }: NdArray): Float64Array {
  const [N, n] = [shape[0]!, shape[1]!];
  const mean = new Float64Array(n);
  for (let k = 0; k < N; k++) for (let i = 0; i < n; i++) mean[i]! += data[k * n + i]!;
  for (let i = 0; i < n; i++) mean[i]! /= N;
  return mean;
}

/** Members minus their mean, [N, n]. */
export function anomalies(E: NdArray, mean: Float64Array = ensembleMean(E)): NdArray {
  return { data: rowsPlus(E, mean, -1), shape: E.shape };
}

/** Each row plus a vector times a factor. */
function rowsPlus({ data, shape }: NdArray, v: Float64Array, factor: number): Float64Array {
  const [N, n] = [shape[0]!, shape[1]!];
  const out = new Float64Array(N * n);
  for (let row = 0; row < N; row++) for (let i = 0; i < n; i++) out[row * n + i] = data[row * n + i]! + factor * v[i]!;
  return out;
}

/** Members with their distance to the mean multiplied by a factor: a standard-deviation factor. */
export function inflate(E: NdArray, factor: number): NdArray {
  if (factor === 1) return E;
  return recentre(ensembleMean(E), anomalies(E), factor);
}

/** Mean plus anomalies times a factor, [N, n]. */
export function recentre(mean: Float64Array, X: NdArray, factor = 1): NdArray {
  const [N, n] = [X.shape[0]!, mean.length];
  const out = new Float64Array(N * n);
  for (let row = 0; row < N; row++)
    for (let i = 0; i < n; i++) out[row * n + i] = mean[i]! + factor * X.data[row * n + i]!;
  return { data: out, shape: X.shape };
}

/** Standard deviation of each variable (divisor N − 1). */
export function ensembleDeviations({ data, shape }: NdArray): Float64Array {
  const mean = ensembleMean({ data, shape });
  const [N, n] = [shape[0]!, shape[1]!];
  const out = new Float64Array(n);
  for (let row = 0; row < N; row++) for (let i = 0; i < n; i++) out[i]! += (data[row * n + i]! - mean[i]!) ** 2;
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
  const n = mean.length;
  const data = new Float64Array(members * n);
  for (let member = 0; member < members; member++) {
    const draw = covariance.sample(streams.stream("initial", 0, member));
    for (let i = 0; i < n; i++) data[member * n + i] = mean[i]! + draw[i]!;
  }
  return { data, shape: [members, n] };
}
