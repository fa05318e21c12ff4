import { gemm, svd, symmetricSqrt, transpose } from "../../engine/linalg/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import { anomalies, ensembleMean, transformedAnomalies } from "./ensemble.ts";

/** Singular values up to this part of the largest one span nothing. */
const negligible = 1e-12;

/**
 * Members [N, n] with the covariance of an error added deterministically: the anomalies X = V S Uᵀ become
 * V (I + (N − 1) S⁻¹ Uᵀ Q U S⁻¹)^(1/2) Vᵀ X, so that their covariance is P + Π Q Π with the projection Π on their span. What Q has
 * beyond the span is left out. The mean stays. O(N² n) and N products with the root of Q.
 * @see [Raanes2015]
 */
export function squareRootError(E: NdArray, Q: Covariance): NdArray {
  const [N, n] = [E.shape[0]!, E.shape[1]!];
  const mean = ensembleMean(E);
  const X = anomalies(E, mean);
  const { U: V, S, V: U } = svd(X.data, N, n);
  const r = Math.min(N, n);
  let rank = 0;
  while (rank < r && S[rank]! > negligible * S[0]!) rank++;
  if (rank === 0) return E;
  const rows = transpose(U, n, r);
  const q = Q.sqrtSize;
  const B = new Float64Array(rank * q);
  for (let k = 0; k < rank; k++) {
    const root = Q.applySqrtTransposed(rows.subarray(k * n, (k + 1) * n));
    const factor = Math.sqrt(N - 1) / S[k]!;
    for (let i = 0; i < q; i++) B[k * q + i] = root[i]! * factor;
  }
  const G = gemm(rank, rank, q, B, B, { transB: true });
  for (let k = 0; k < rank; k++) G[k * rank + k]! += 1;
  const T = symmetricSqrt(G, rank);
  for (let k = 0; k < rank; k++) T[k * rank + k]! -= 1;
  // X + V_r (T − I) V_rᵀ X.
  const W = new Float64Array(N * rank);
  for (let i = 0; i < N; i++) for (let k = 0; k < rank; k++) W[i * rank + k] = V[i * r + k]!;
  const change = gemm(N, N, rank, gemm(N, rank, rank, W, T), W, { transB: true });
  for (let i = 0; i < N; i++) change[i * N + i]! += 1;
  return transformedAnomalies(mean, X, change);
}
