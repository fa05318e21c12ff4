import type { Covariance } from "../../problem/covariance/index.ts";
import type { Operator } from "../../problem/operators/index.ts";
import { chosenCovariance, forecastState, innovationOf, savedArray, sequential } from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";
import { type VariationalOptions, variationalSettings } from "./options.ts";
import { solveWindow, solveWindowAsync, type WindowAnalysis, windowResult } from "./solve.ts";
import { windowCosts } from "./window-cost.ts";

export interface ThreeDVarOptions extends VariationalOptions {}

/** One analysis from a background and observations at its time. */
export interface ThreeDVarProblem extends Omit<ThreeDVarOptions, "covariance" | "posterior"> {
  readonly background: { readonly mean: Float64Array; readonly covariance: Covariance };
  readonly observations: { readonly operator: Operator; readonly error: Covariance; readonly values: Float64Array };
}

/** What goes from one analysis to the next. */
interface State {
  readonly mean: Float64Array;
  readonly bias: Float64Array | undefined;
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
  const { minimizer, posterior, window: settings } = variationalSettings(METHOD, input);
  if ("observations" in input) {
    const { background, observations } = input;
    return solveWindow(
      windowCosts(METHOD),
      { ...settings, background, observations: [{ ...observations, step: 0 }] },
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
      const { bias } = settings;
      yield* sequential<State>(problem, context, {
        start: () => ({ mean: background.mean.slice(), bias: bias?.mean }),
        restore: (saved) => ({
          mean: savedArray(saved, "mean", [model.size]).data,
          bias: bias && savedArray(saved, "bias", [bias.mean.length]).data,
        }),
        save: ({ mean, bias }) => ({
          mean: { data: mean, shape: [model.size] },
          ...(bias && { bias: { data: bias, shape: [bias.length] } }),
        }),
        async forecast({ mean, bias }, interval) {
          const { state, ...path } = await forecastState(model, mean, interval, context.everyStep);
          return { state: { mean: state, bias }, ...path };
        },
        async analyse(before, observation, cycle) {
          const { mean } = before;
          const { seen, dy, innovation } = await innovationOf(observation, mean);
          const base = { forecastMean: mean, forecastSpread: spread, innovation };
          if (seen.error === undefined) return { state: before, result: { ...base, analysisMean: mean } };
          const analysis = await solveWindowAsync(
            costs,
            {
              ...settings,
              ...(bias && before.bias && { bias: { ...bias, mean: before.bias } }),
              background: { mean, covariance: B },
              observations: [{ ...observation, step: 0 }],
              time: observation.time,
            },
            minimizer,
          );
          const window = windowResult(cycle, observation.step, observation.time, analysis);
          // Twice the cost at the minimum is dᵀ(HBHᵀ + R)⁻¹d, exactly when H is linear.
          const gaussian = (settings.huber ?? Number.POSITIVE_INFINITY) === Number.POSITIVE_INFINITY;
          const chi2 = gaussian ? { value: 2 * analysis.J, count: dy.length } : undefined;
          const uncertainty =
            posterior && (await analysis.posteriorRoot(posterior)).covariance.diagonal().map(Math.sqrt);
          return {
            state: { mean: analysis.state, bias: analysis.bias },
            result: {
              ...base,
              analysisMean: analysis.state,
              ...(uncertainty && { analysisSpread: uncertainty }),
              ...(chi2 && { chi2 }),
              window,
            },
          };
        },
      });
    },
  });
}
