import { NumericalError, ShapeError } from "../../engine/errors/index.ts";
import { type Tensor, tensor } from "../../engine/graph/index.ts";
import { type ArrayLike64, shapeText, toNdArray } from "../../engine/tensor/index.ts";
import { covarianceFrom } from "./build.ts";
import type { Covariance } from "./covariance.ts";
import { lowRankCovariance } from "./low-rank.ts";
import type { CorrelationRoot } from "./spectral-root.ts";
import { type EnsembleLocalization, taperRoot } from "./taper-root.ts";

export interface EnsembleCovarianceOptions {
  /** Members [N, n]; their mean is taken off. */
  readonly members: ArrayLike64;
  /**
   * Without it the covariance has rank N − 1. The grid's points divide n: a state may hold several fields, one after another. A root
   * made once by {@link taperRoot} serves ensembles of all times.
   */
  readonly localization?: EnsembleLocalization | CorrelationRoot;
  /** The argument's name for messages, "covariance" by default. */
  readonly place?: string;
}

/**
 * The sample covariance of an ensemble, divisor N − 1, times a taper element by element: P ∘ ρ = Σ_k diag(x_k) ρ diag(x_k) with
 * anomalies x_k. With ρ = T Tᵀ the square root is [diag(x_1) T … diag(x_N) T], of N · rank controls; neither P nor ρ is formed. T is a
 * Fourier root (see {@link spectralCovariance}). O(N n log n) a product. Inverses as of sums: dense up to 2048, else conjugate
 * gradients.
 * @throws ShapeError, ArgumentError, NumericalError for members, grids or accuracies that don't fit
 * @see [Buehner2005] [Lorenc2003]
 */
export function ensembleCovariance(options: EnsembleCovarianceOptions): Covariance {
  const { members, localization, place = "covariance" } = options;
  const { data, shape } = toNdArray(members, `${place}.members`);
  const [N, n] = shape;
  if (shape.length !== 2 || N === undefined || N < 2 || !n)
    throw new ShapeError(`${place}.members`, `expected at least 2 members as rows, got shape ${shapeText(shape)}`);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new NumericalError(`${place}.members`, `expected finite numbers, got ${data[bad]} at ${bad}`);
  const X = scaledAnomalies(data, N, n);
  if (localization === undefined) return lowRankCovariance({ factors: { data: X, shape: [N, n] }, place });
  const root = "rank" in localization ? localization : taperRoot(localization, `${place}.localization`);
  const { rank, points } = root;
  if (n % points !== 0)
    throw new ShapeError(
      `${place}.localization.shape`,
      `expected a grid whose points divide the ${n} variables of the members, got ${points}`,
    );
  const fields = n / points;
  return covarianceFrom({
    kind: "ensemble",
    place,
    size: n,
    sqrtSize: N * rank,
    applySqrt(v) {
      const out = new Float64Array(n);
      for (let k = 0; k < N; k++) {
        const weights = root.apply(v.slice(k * rank, (k + 1) * rank));
        for (let i = 0; i < n; i++) out[i]! += X[k * n + i]! * weights[i % points]!;
      }
      return out;
    },
    applySqrtTransposed(v) {
      const out = new Float64Array(N * rank);
      for (let k = 0; k < N; k++) {
        const weights = new Float64Array(points);
        for (let i = 0; i < n; i++) weights[i % points]! += X[k * n + i]! * v[i]!;
        out.set(root.transposed(weights), k * rank);
      }
      return out;
    },
    tracedSqrt(v): Tensor {
      const leading = v.shape.slice(0, -1);
      const weights = root.traced(v.reshape([...leading, N, rank])).reshape([...leading, N, 1, points]);
      return weights
        .mul(tensor({ data: X, shape: [N, fields, points] }))
        .sum(-3)
        .reshape([...leading, n]);
    },
    diagonal() {
      const out = new Float64Array(n);
      for (let k = 0; k < N; k++) for (let i = 0; i < n; i++) out[i]! += X[k * n + i]! ** 2;
      return out;
    },
  });
}

/** Members without their mean over √(N − 1). */
function scaledAnomalies(data: Float64Array, N: number, n: number): Float64Array {
  const X = data.slice();
  for (let i = 0; i < n; i++) {
    let mean = 0;
    for (let k = 0; k < N; k++) mean += data[k * n + i]! / N;
    for (let k = 0; k < N; k++) X[k * n + i] = (data[k * n + i]! - mean) / Math.sqrt(N - 1);
  }
  return X;
}
