import { qr } from "../../engine/linalg/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { ensembleMean, transformedMembers } from "./ensemble.ts";

/**
 * A random orthogonal matrix [N, N] that leaves the vector of ones as it is, uniform among those. O(N³).
 * @see [SakovOke2008b]
 */
export function meanPreservingRotation(N: number, stream: RandomStream): Float64Array {
  const k = N - 1;
  const { Q } = qr(stream.normals(k * k), k, k);
  const out = new Float64Array(N * N);
  out[0] = 1;
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) out[(i + 1) * N + j + 1] = Q[i * k + j]!;
  // Between two reflections that exchange the first axis and the direction of ones.
  const v = new Float64Array(N).fill(1 / Math.sqrt(N));
  v[0]! -= 1;
  const factor = 2 / v.reduce((sum, value) => sum + value * value, 0);
  reflectRows(out, v, factor);
  reflectColumns(out, v, factor);
  return out;
}

function reflectRows(A: Float64Array, v: Float64Array, factor: number): void {
  const N = v.length;
  for (let i = 0; i < N; i++) {
    let dot = 0;
    for (let j = 0; j < N; j++) dot += A[i * N + j]! * v[j]!;
    for (let j = 0; j < N; j++) A[i * N + j]! -= factor * dot * v[j]!;
  }
}

function reflectColumns(A: Float64Array, v: Float64Array, factor: number): void {
  const N = v.length;
  for (let j = 0; j < N; j++) {
    let dot = 0;
    for (let i = 0; i < N; i++) dot += A[i * N + j]! * v[i]!;
    for (let i = 0; i < N; i++) A[i * N + j]! -= factor * dot * v[i]!;
  }
}

/** Members with their anomalies turned by {@link meanPreservingRotation}: mean and covariance stay. O(N³ + N² n). */
export function rotated(E: NdArray, stream: RandomStream): NdArray {
  return transformedMembers(E, ensembleMean(E), meanPreservingRotation(E.shape[0]!, stream));
}
