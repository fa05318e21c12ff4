import type { Minimizer } from "../../engine/minimize/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Operator } from "../../problem/operators/index.ts";
import {
  type CovarianceChoice,
  chosenCovariance,
  forecastState,
  innovationOf,
  savedArray,
  sequential,
} from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";
import { defaultMinimizer, solveWindow, solveWindowAsync, type WindowAnalysis, windowResult } from "./solve.ts";
import type { Control } from "./window.ts";
import { windowCosts } from "./window-cost.ts";

export interface ThreeDVarOptions {
  /** Background covariance B of every analysis; that of the problem's background when left out. */
  readonly covariance?: CovarianceChoice;
  /** L-BFGS when left out. */
  readonly minimizer?: Minimizer;
  /** `sqrt` (default): over v in x = x_b + B^(1/2) v. `state`: over x itself. */
  readonly control?: Control;
}

/** One analysis from a background and observations at its time. */
export interface ThreeDVarProblem extends Omit<ThreeDVarOptions, "covariance"> {
  readonly background: { readonly mean: Float64Array; readonly covariance: Covariance };
  readonly observations: { readonly operator: Operator; readonly error: Covariance; readonly values: Float64Array };
}

const METHOD = "3dvar";

/**
 * Three-dimensional variational analysis: the minimum of ½ (x−x_b)ᵀB⁻¹(x−x_b) + ½ (y−H(x))ᵀR⁻¹(y−H(x)). With options, the
 * method for cycling: every forecast is the background of an analysis with the same B. With a problem, that one analysis.
 * Each evaluation of the cost costs a run of H and of its adjoint, and a product with B^(1/2) and its transpose.
 * @throws CapabilityError for an H without derivative; NumericalError for a cost that isn't finite
 * @see [Lorenc1986]
 */
export function threeDVar(problem: ThreeDVarProblem): WindowAnalysis;
export function threeDVar(options?: ThreeDVarOptions): Method;
export function threeDVar(input: ThreeDVarOptions | ThreeDVarProblem = {}): WindowAnalysis | Method {
  const minimizer = input.minimizer ?? defaultMinimizer();
  const control = input.control ?? "sqrt";
  if ("observations" in input) {
    const { background, observations } = input;
    return solveWindow(
      windowCosts(METHOD),
      { background, observations: [{ ...observations, step: 0 }], control },
      minimizer,
    );
  }
  const { covariance } = input;
  return Object.freeze({
    name: METHOD,
    options: { ...input, minimizer },
    async *run(problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> {
      const { model, background } = problem;
      const B = await chosenCovariance(METHOD, covariance ?? background.covariance, problem);
      const spread = B.diagonal().map(Math.sqrt);
      const costs = windowCosts(METHOD, problem.compute);
      yield* sequential<Float64Array>(problem, context, {
        start: () => background.mean.slice(),
        restore: (saved) => savedArray(saved, "mean", [model.size]).data,
        save: (mean) => ({ mean: { data: mean, shape: [model.size] } }),
        forecast: (mean, interval) => forecastState(model, mean, interval, context.everyStep),
        async analyse(mean, observation, cycle) {
          const { seen, dy, innovation } = await innovationOf(observation, mean);
          const base = { forecastMean: mean, forecastSpread: spread, innovation };
          if (seen.error === undefined) return { state: mean, result: { ...base, analysisMean: mean } };
          const analysis = await solveWindowAsync(
            costs,
            {
              background: { mean, covariance: B },
              observations: [{ ...observation, step: 0 }],
              time: observation.time,
              control,
            },
            minimizer,
          );
          const window = windowResult(cycle, observation.step, observation.time, analysis);
          // Twice the cost at the minimum is dᵀ(HBHᵀ + R)⁻¹d, exactly when H is linear.
          const chi2 = { value: 2 * analysis.J, count: dy.length };
          return { state: analysis.state, result: { ...base, analysisMean: analysis.state, chi2, window } };
        },
      });
    },
  });
}
