import { ArgumentError } from "../../engine/errors/index.ts";
import { checkPositive, type GaussianMethod, gaussianMethod, sigmaPointFilter } from "../common/index.ts";

export interface UnscentedKalmanOptions {
  /** How far the points are from the mean, in parts of sqrt(n + kappa) standard deviations; 1 by default. */
  readonly alpha?: number;
  /** Added to the weight of the central point in covariances; 0 by default, 2 suits Gaussians when alpha is small. */
  readonly beta?: number;
  /** With n it spreads the points; 0 by default: with alpha 1 the central point then has no weight, a cubature rule. */
  readonly kappa?: number;
}

/**
 * The unscented Kalman filter: 2n + 1 points with the mean and covariance of the state go through model and operator, no derivative
 * is needed. In square-root form: covariances are sums of rows, nothing is subtracted unless the central weight is
 * negative. 2n + 1 runs of M and H an interval (a step with model error), O(n³ + n² m) an analysis: for small states.
 * @throws ArgumentError for parameters out of range
 * @throws NumericalError (from `run`) when a negative central weight makes a covariance indefinite
 * @see [JulierUhlmann2004] [VanDerMerweWan2001]
 */
export function unscentedKalman(options: UnscentedKalmanOptions = {}): GaussianMethod {
  const { alpha = 1, beta = 0, kappa = 0 } = options;
  checkPositive("alpha", alpha);
  for (const [name, value] of Object.entries({ beta, kappa }))
    if (!Number.isFinite(value)) throw new ArgumentError(name, `expected a finite number, got ${value}`);
  const weights = { alpha, beta, kappa };
  return gaussianMethod("unscented-kalman", weights, (problem, context, record) =>
    sigmaPointFilter(problem, context, weights, record),
  );
}
