import { CapabilityError } from "../../engine/errors/index.ts";
import {
  collectRun,
  type GaussianMethod,
  gaussianMethod,
  type MethodRun,
  type RunOptions,
  rootFilter,
} from "../common/index.ts";
import type { Problem } from "../method.ts";

/**
 * The Kalman filter: the exact posterior of a linear model and linear operators with Gaussian errors. In square-root
 * form; n products with the model per interval, O(n³) an analysis. Gives the log evidence.
 * @throws CapabilityError (from `run`) for a model or an operator that isn't linear
 * @see [Kalman1960]
 */
export function kalman(): GaussianMethod {
  return gaussianMethod("kalman", {}, (problem, context, record) => {
    if (!problem.model.linear) throw nonlinear(`model "${problem.model.name}"`);
    for (const { operator } of problem.observations)
      if (!operator.linear) throw nonlinear(`observation operator "${operator.name}"`);
    return rootFilter(problem, context, { method: "kalman", record });
  });
}

function nonlinear(what: string): CapabilityError {
  return new CapabilityError(
    "kalman",
    `expected a linear model and linear operators, but ${what} isn't linear: use extended-kalman`,
    "capability/nonlinear",
  );
}

/** Runs the Kalman filter over all observation times. */
export function kalmanFilter(problem: Problem, options: RunOptions = {}): Promise<MethodRun> {
  return collectRun(kalman(), problem, options);
}
