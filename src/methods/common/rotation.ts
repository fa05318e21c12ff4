import { onesPreservingOrthogonal } from "../../engine/linalg/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { ensembleMean, inflate, transformedMembers } from "./ensemble.ts";

/**
 * A random orthogonal matrix [N, N] that leaves the vector of ones as it is, uniform among those. O(N³).
 * @see [SakovOke2008b] [Stewart1980]
 */
export function meanPreservingRotation(N: number, stream: RandomStream): Float64Array {
  return onesPreservingOrthogonal(N, stream.normals((N * (N - 1)) / 2));
}

/**
 * Members with their anomalies turned by {@link meanPreservingRotation}, mean and covariance stay, then times a factor.
 * O(N³ + N² n).
 */
export function rotated(E: NdArray, stream: RandomStream, factor = 1): NdArray {
  const T = meanPreservingRotation(E.shape[0]!, stream);
  if (factor !== 1) for (let i = 0; i < T.length; i++) T[i] = T[i]! * factor;
  return transformedMembers(E, ensembleMean(E), T);
}

/** What follows an update: inflation, then a rotation where one is wanted, in one pass. The stream is made when it is needed. */
export function inflateAndRotate(
  E: NdArray,
  { inflation, rotate }: { readonly inflation: number; readonly rotate: boolean },
  stream: () => RandomStream,
): NdArray {
  return rotate ? rotated(E, stream(), inflation) : inflate(E, inflation);
}
