import type { NdArray } from "../../engine/tensor/index.ts";
import {
  analyseRoot,
  type CovarianceChoice,
  chosenCovariance,
  covarianceRoot,
  forecastState,
  savedArray,
  sequential,
} from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";

export interface ConstantCovarianceKalmanOptions {
  /** Covariance of every forecast's errors; that of the background when left out. */
  readonly covariance?: CovarianceChoice;
}

/**
 * Kalman's analysis with one forecast covariance for all times: TorchDA's filter with its faults put right (the innovation
 * is y − H(x) for nonlinear H, intervals may differ, the last analysis is given). n tangents of H and O(n³) an analysis.
 * @throws CapabilityError (from `run`) for a nonlinear operator without a derivative
 * @see [Cheng2025]
 */
export function constantCovarianceKalman(options: ConstantCovarianceKalmanOptions = {}): Method {
  const method = "constant-covariance-kalman";
  return Object.freeze({
    name: method,
    options: { ...options },
    async *run(problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> {
      const { model, background } = problem;
      const choice = options.covariance ?? background.covariance;
      const root: NdArray = covarianceRoot(await chosenCovariance(method, choice, problem));
      yield* sequential<Float64Array>(problem, context, {
        start: () => background.mean.slice(),
        restore: (saved) => savedArray(saved, "mean", [model.size]).data,
        save: (mean) => ({ mean: { data: mean, shape: [model.size] } }),
        forecast: (mean, interval) => forecastState(model, mean, interval, context.everyStep),
        async analyse(mean, observation) {
          const { state, result } = await analyseRoot(method, { mean, root }, observation);
          return { state: state.mean, result };
        },
      });
    },
  });
}
