import { gram, symmetricSqrt } from "../../engine/linalg/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";

/** Σ w_i x_i of [N, n]. */
export function weightedMean({ data, shape }: NdArray, w: Float64Array): Float64Array {
  const [N, n] = [shape[0]!, shape[1]!];
  const out = new Float64Array(n);
  for (let k = 0; k < N; k++) for (let i = 0; i < n; i++) out[i]! += w[k]! * data[k * n + i]!;
  return out;
}

/** 1/Σ w²: how many equal weights these are worth. */
export function effectiveSize(w: Float64Array): number {
  return 1 / w.reduce((sum, value) => sum + value * value, 0);
}

/** Rows sqrt(w_k/(1 − Σ w²)) (x_k − mean): their products are the unbiased covariance; zeros when one weight is all. */
export function weightedRows({ data, shape }: NdArray, w: Float64Array, mean: Float64Array): NdArray {
  const [N, n] = [shape[0]!, shape[1]!];
  const out = new Float64Array(N * n);
  const divisor = 1 - 1 / effectiveSize(w);
  if (divisor > 1e-14)
    for (let k = 0; k < N; k++) {
      const factor = Math.sqrt(w[k]! / divisor);
      for (let i = 0; i < n; i++) out[k * n + i] = factor * (data[k * n + i]! - mean[i]!);
    }
  return { data: out, shape };
}

/** N draws from N(0, ZᵀZ) of rows Z [k, n]: by the covariance's root where n ≤ k, else by weights of the rows. */
export function drawsOf(Z: NdArray, N: number, stream: RandomStream): NdArray {
  const [k, n] = [Z.shape[0]!, Z.shape[1]!];
  const small = n <= k;
  const root = small ? symmetricSqrt(gram(Z.data, k, n), n) : Z.data;
  const rows = small ? n : k;
  const out = new Float64Array(N * n);
  for (let member = 0; member < N; member++)
    for (let row = 0; row < rows; row++) {
      const draw = stream.normal();
      for (let i = 0; i < n; i++) out[member * n + i]! += draw * root[row * n + i]!;
    }
  return { data: out, shape: [N, n] };
}
