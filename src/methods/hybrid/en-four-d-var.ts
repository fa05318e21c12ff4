import type { Minimizer } from "../../engine/minimize/index.ts";
import { checkProblem, localizer } from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";
import { defaultMinimizer, solveWindowAsync, windowCosts } from "../variational/index.ts";
import { checkDerivatives, checkPart, type HybridBackgroundOptions, hybridBackground } from "./background.ts";
import { transformedPath } from "./transform.ts";
import { hybridWindows, type WindowEnsembleOptions, windowOptions, windowSettings } from "./windows.ts";

export interface EnFourDVarOptions extends WindowEnsembleOptions, HybridBackgroundOptions {
  /** L-BFGS when left out. */
  readonly minimizer?: Minimizer;
}

const METHOD = "en4dvar";

/**
 * 4D-Var over windows with the covariance (1 − w) B + w P ∘ ρ at each window's start (`weight` w, 1 by default: the ensemble's alone) and the
 * model's adjoint. Members are carried by an ETKF of the window, or with `localization` an LETKF, put about the analysed trajectory. N + 2
 * runs of the window, its filter update, and a run of model and adjoint an evaluation of the cost, which is compiled once for
 * windows of one shape.
 * @throws ArgumentError for options out of range; CapabilityError (from `run`) for a model or an operator without derivative
 * @see [Zhang2009] [Buehner2010] [Clayton2013]
 */
export function enFourDVar(options: EnFourDVarOptions): Method {
  const { weight = 1, localization, minimizer = defaultMinimizer() } = options;
  checkPart("weight", weight);
  const settings = windowSettings(options);
  return Object.freeze({
    name: METHOD,
    options: { ...windowOptions(settings, options), weight, minimizer },
    async *run(problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> {
      checkProblem(problem);
      checkDerivatives(METHOD, "4denvar, which needs none", problem, problem.model);
      const { model, compute } = problem;
      const local = localization && localizer(METHOD, localization, model);
      const background = await hybridBackground(METHOD, problem, { ...options, weight });
      const costs = windowCosts(METHOD, compute);
      yield* hybridWindows(problem, context, {
        settings,
        async analyse(window) {
          const { mean, E, seen, startStep, startTime, forecast, observed } = window;
          const observations = seen.map((observation) => ({ ...observation, step: observation.step - startStep }));
          const result = await solveWindowAsync(
            costs,
            { model, background: { mean, covariance: background.covariance(E) }, observations, time: startTime },
            minimizer,
          );
          return {
            path: await window.runState(result.state),
            members: await transformedPath(forecast.states, observed, local, compute?.threads ?? 1),
            result,
          };
        },
      });
    },
  });
}
