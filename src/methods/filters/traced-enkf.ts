import { scan, type Tensor, type TensorLike, tensor } from "../../engine/graph/index.ts";
import { innovationDensity } from "./traced-kalman.ts";
import { memberwise } from "./traced-members.ts";

/** An ensemble filter's problem on tensors, each of which may depend on what is differentiated by. */
export interface TracedEnkfInput {
  /** A member [n] from one observation time to the next; `noise` [n] are its standard normal draws, if there are any. */
  forecast(x: Tensor, noise: Tensor | undefined): Tensor;
  /** What is seen of a member, [m]. */
  observe(x: Tensor): Tensor;
  /** Covariance of the observations' errors, [m, m]. */
  readonly error: Tensor;
  /** Members one interval before the first observation, [N, n]. */
  readonly ensemble: Tensor;
  /** y_1 … y_K, [K, m], none missing. */
  readonly observations: TensorLike;
  /**
   * Standard normal draws for perturbed observations, [K, N, m]: the stochastic update, its draws centred and rescaled by
   * √(N/(N−1)). Left out: the deterministic update of Sakov and Oke, anomalies minus half the gain.
   */
  readonly perturbations?: TensorLike;
  /** Standard normal draws for the forecasts, [K, N, n]. */
  readonly noise?: TensorLike;
  /** Factor on analysed anomalies; 1 by default. */
  readonly inflation?: TensorLike;
  /** Factors on the gain's covariances between variables and observations, [n, m], and between observations, [m, m]. */
  readonly localization?: { readonly cross: Tensor; readonly observed: Tensor };
}

/** What the filter finds, on tensors. */
export interface TracedEnkfResult {
  /** Σ ln p(y_k | forecast ensemble), the ensemble's Gaussian. */
  readonly logEvidence: Tensor;
  /** Analysed means [K, n] and the last members [N, n]. */
  readonly means: Tensor;
  readonly ensemble: Tensor;
}

/**
 * The ensemble Kalman filter as a part of a graph, forecasts and analyses in one loop: `grad` of the log evidence with respect
 * to parameters of the model, noise levels, inflation or tapers is that of the very filter (draws held fixed), by which they are
 * learned. O(K (N·forecast + m³ + N m n)), its derivative about three times that.
 * @see [Chen2022] [SakovOke2008] [Evensen2003]
 */
export function tracedEnkf(input: TracedEnkfInput): TracedEnkfResult {
  const { error, observations, perturbations, noise, inflation = 1, localization } = input;
  const N = input.ensemble.shape[0]!;
  const m = error.shape[0]!;
  const root = perturbations === undefined ? undefined : error.cholesky();
  const sequences = [observations, ...(perturbations === undefined ? [] : [perturbations]), ...(noise ? [noise] : [])];
  const { carry, ys } = scan(
    ([E, total], [y, ...rest]) => {
      const draws = perturbations === undefined ? undefined : rest[0]!;
      const steps = noise === undefined ? undefined : rest.at(-1)!;
      const X = memberwise((x, w) => input.forecast(x, w), E!, steps);
      const HX = memberwise((x) => input.observe(x), X);
      const [mean, meanHX] = [X.mean(0), HX.mean(0)];
      const [A, Y] = [X.sub(mean), HX.sub(meanHX)];
      const taper = (C: Tensor, factors: Tensor | undefined): Tensor => (factors === undefined ? C : C.mul(factors));
      const cross = taper(
        A.transpose()
          .matmul(Y)
          .div(N - 1),
        localization?.cross,
      );
      const seen = taper(
        Y.transpose()
          .matmul(Y)
          .div(N - 1),
        localization?.observed,
      );
      const { logDensity, solve } = innovationDensity(seen.add(error), y!.sub(meanHX), m);
      const gained = (D: Tensor): Tensor => solve(D.transpose()).transpose().matmul(cross.transpose());
      const analysis =
        draws === undefined || root === undefined
          ? mean.add(gained(y!.sub(meanHX).reshape([1, m])).reshape([mean.shape[0]!])).add(A.sub(gained(Y).mul(0.5)))
          : X.add(gained(y!.add(centred(draws, N).matmul(root.transpose())).sub(HX)));
      const after = analysis.mean(0);
      return {
        carry: [after.add(analysis.sub(after).mul(inflation)), total!.add(logDensity)],
        ys: [after],
      };
    },
    [input.ensemble, tensor(0)],
    sequences,
  );
  return { logEvidence: carry[1]!, means: ys[0]!, ensemble: carry[0]! };
}

/** Draws [N, m] with mean zero and the variance of a sample of them. */
function centred(draws: Tensor, N: number): Tensor {
  return draws.sub(draws.mean(0)).mul(Math.sqrt(N / (N - 1)));
}
