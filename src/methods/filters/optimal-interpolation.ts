import {
  analyseRoot,
  type CovarianceChoice,
  chosenCovariance,
  climatologyOf,
  covarianceRoot,
  type GaussianState,
  sequential,
} from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";

export interface OptimalInterpolationOptions {
  /** Covariance about the climatological mean; the climatological one when left out. */
  readonly covariance?: CovarianceChoice;
}

/**
 * Statistical interpolation of each time's observations by themselves: the climatological mean and covariance are the
 * background of every analysis, the model isn't run. n tangents of H once per time, O(n² m + n³) an analysis.
 * @throws CapabilityError (from `run`) for a problem without a climatology or an operator without a derivative
 * @see [Gandin1963]
 */
export function optimalInterpolation(options: OptimalInterpolationOptions = {}): Method {
  const method = "optimal-interpolation";
  return Object.freeze({
    name: method,
    options: { ...options },
    async *run(problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> {
      const { mean } = await climatologyOf(method, problem);
      const n = problem.model.size;
      const covariance = await chosenCovariance(method, options.covariance ?? { climatological: 1 }, problem);
      const background: GaussianState = { mean, root: covarianceRoot(covariance) };
      yield* sequential<null>(problem, context, {
        start: () => null,
        restore: () => null,
        save: () => ({}),
        forecast: (_, { steps }) => {
          if (!context.everyStep) return { state: null };
          const data = Float64Array.from({ length: steps * n }, (_, at) => mean[at % n]!);
          return { state: null, trajectory: { data, shape: [steps, n] } };
        },
        async analyse(_, observation) {
          const { result } = await analyseRoot(method, background, observation);
          return { state: null, result };
        },
      });
    },
  });
}
