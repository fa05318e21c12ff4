import {
  checkPositive,
  collectRun,
  type GaussianMethod,
  gaussianMethod,
  type MethodRun,
  type RunOptions,
  rootFilter,
} from "../common/index.ts";
import type { Problem } from "../method.ts";

export interface ExtendedKalmanOptions {
  /** Factor on the forecast covariance per unit of time, for what linearisation leaves out; 1 by default. */
  readonly inflation?: number;
}

/**
 * The extended Kalman filter: the mean goes through the model itself, the covariance through its tangent-linear map along
 * the mean's path. n tangents per interval, O(n³) an analysis: for small states. Gives the log evidence of the
 * linearised problem.
 * @throws ArgumentError unless inflation is positive
 * @throws CapabilityError (from `run`) for a nonlinear model or operator without a derivative
 * @see [Jazwinski1970]
 */
export function extendedKalman(options: ExtendedKalmanOptions = {}): GaussianMethod {
  const { inflation = 1 } = options;
  checkPositive("inflation", inflation);
  return gaussianMethod("extended-kalman", { inflation }, (problem, context, record) =>
    rootFilter(problem, context, { method: "extended-kalman", inflation, record }),
  );
}

/** Runs the extended Kalman filter over all observation times. */
export function extendedKalmanFilter(
  problem: Problem,
  options: ExtendedKalmanOptions & RunOptions = {},
): Promise<MethodRun> {
  return collectRun(extendedKalman(options), problem, options);
}
