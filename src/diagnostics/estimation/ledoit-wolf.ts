import { gemm } from "../../engine/linalg/index.ts";
import type { ArrayLike64 } from "../../engine/tensor/index.ts";
import { type Covariance, lowRankCovariance, scalarCovariance } from "../../problem/covariance/index.ts";
import { centred, completeCases } from "./cases.ts";

export interface ShrunkCovariance {
  /** (1 − s) S + s μ I, never a matrix. */
  readonly covariance: Covariance;
  /** s, from 0 to 1. */
  readonly shrinkage: number;
  /** μ, the mean variance. */
  readonly variance: number;
}

/**
 * The covariance of members [N, n] shrunk towards a multiple of I, as much as makes the expected squared error least: S = XᵀX/N about the mean (divisor N, as
 * published; scikit-learn's `LedoitWolf`). All is computed from X Xᵀ [N, N]: O(N² n), no matrix [n, n].
 * @throws ShapeError, ArgumentError for fewer than two members
 * @see [LedoitWolf2004]
 */
export function ledoitWolf(members: ArrayLike64): ShrunkCovariance {
  const cases = completeCases(members, "members", 2);
  const { count: N, m: n } = cases;
  const X = centred(cases);
  const G = gemm(N, N, n, X, X, { transB: true });
  let [total, squares, norms] = [0, 0, 0];
  for (let k = 0; k < N; k++) {
    total += G[k * N + k]!;
    norms += G[k * N + k]! ** 2;
    for (let l = 0; l < N; l++) squares += G[k * N + l]! ** 2;
  }
  const variance = total / (N * n);
  const frobenius = squares / N ** 2;
  const spread = frobenius / n - variance ** 2;
  const noise = Math.min((norms / N - frobenius) / (N * n), spread);
  const shrinkage = noise === 0 ? 0 : noise / spread;
  const root = Math.sqrt((1 - shrinkage) / N);
  const covariance =
    shrinkage >= 1
      ? scalarCovariance(n, variance)
      : lowRankCovariance({
          factors: { data: X.map((value) => value * root), shape: [N, n] },
          variance: shrinkage * variance,
        });
  return { covariance, shrinkage, variance };
}
