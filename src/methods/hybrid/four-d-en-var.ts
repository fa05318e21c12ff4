import type { Minimizer } from "../../engine/minimize/index.ts";
import type { Observation } from "../../problem/observe/index.ts";
import { anomalies, checkCount, checkProblem, innovationOf, localizer, recentre } from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";
import { defaultMinimizer } from "../variational/index.ts";
import { checkPart, type HybridBackgroundOptions, hybridBackground } from "./background.ts";
import { derivatives, type EnsembleMinimum, type ObservedDepartures, solveEnsembleProblem } from "./ensemble-cost.ts";
import { type ObservedMembers, transformedPath } from "./transform.ts";
import {
  type HybridWindow,
  hybridWindows,
  type WindowEnsembleOptions,
  windowOptions,
  windowSettings,
} from "./windows.ts";

export interface FourDEnVarOptions extends WindowEnsembleOptions, HybridBackgroundOptions {
  /** Runs of members about the last estimate, each with a quadratic cost to be minimised; 1 by default. */
  readonly outer?: number;
  /** L-BFGS when left out. */
  readonly minimizer?: Minimizer;
}

const METHOD = "4denvar";

/**
 * 4D-Var without an adjoint: members are run over the window, and what becomes of an increment is taken from them. The increment
 * at a time is √w Σ_i x_i ∘ (T v_i)/√(N − 1) with the anomalies x_i of that time and one root T of the taper at all times, and what is
 * observed of it Σ_i y_i ∘ (T v_i) with anomalies y_i of what is observed and T v_i at the places of the observations: models and operators may
 * be plain functions or answer with promises. With `weight` w below 1 (it is 1 by default) a static increment √(1 − w) B^(1/2) v_0 is
 * added that stays as it is over the window, as in 3D-FGAT; it needs derivatives of the operators, never of the model. Without localisation
 * and with w = 1 it is 4D-Var with the ensemble's covariance when all is linear. Members are carried as in {@link enFourDVar}.
 * (outer · N + 2) runs of the window; O(N n log n + N m) an evaluation of the quadratic cost.
 * @throws ArgumentError for options out of range; CapabilityError (from `run`) for w < 1 and an operator without derivative
 * @see [Liu2008] [Buehner2010] [Desroziers2014]
 */
export function fourDEnVar(options: FourDEnVarOptions): Method {
  const { weight = 1, localization, minimizer = defaultMinimizer() } = options;
  checkPart("weight", weight);
  const outer = checkCount("outer", options.outer ?? 1, 1);
  const settings = windowSettings(options);
  return Object.freeze({
    name: METHOD,
    options: { ...windowOptions(settings, options), weight, outer, minimizer },
    async *run(problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> {
      checkProblem(problem);
      if (weight < 1) for (const { operator } of problem.observations) derivatives(METHOD, operator);
      const { model, compute } = problem;
      const local = localization && localizer(METHOD, localization, model);
      const background = await hybridBackground(METHOD, problem, { ...options, weight });
      const { fixed, taper } = background;
      const nearest = async (observation: Observation, x: Float64Array): Promise<Int32Array> =>
        taper === undefined || local === undefined
          ? new Int32Array(observation.values.length)
          : local.nearest(observation, x);
      /** What the observations say of a trajectory with members about it. */
      const departures = async (
        { seen }: HybridWindow,
        states: readonly Float64Array[],
        observed: readonly ObservedMembers[],
      ): Promise<ObservedDepartures[]> => {
        const all: ObservedDepartures[] = [];
        for (const part of observed) {
          const { observation, indices } = part;
          const x = states[seen.indexOf(observation)]!;
          const variables = await nearest(observation, x);
          const { dy: d } = await innovationOf(observation, x);
          all.push({ ...part, x, d, variables: indices.map((place) => variables[place]!) });
        }
        return all;
      };
      const solve = async (window: HybridWindow): Promise<EnsembleMinimum> => {
        const { mean, E } = window;
        const covariance = background.covariance(E);
        const common = { method: METHOD, mean, covariance, fixed, taper, weight };
        const observed = await departures(window, window.background.states, window.observed);
        let result = await solveEnsembleProblem({ ...common, observed }, minimizer);
        for (let loop = 1; loop < outer; loop++) {
          const { states } = await window.runMembers(recentre(result.state, anomalies(E, mean)));
          const centre = await window.runState(result.state);
          const again = await departures(window, centre.states, await window.observe(states));
          const from = result.minimization.x;
          result = await solveEnsembleProblem({ ...common, observed: again, from }, minimizer);
        }
        return result;
      };
      yield* hybridWindows(problem, context, {
        settings,
        async analyse(window) {
          const result = await solve(window);
          return {
            path: await window.runState(result.state),
            members: await transformedPath(window.forecast.states, window.observed, local, compute?.threads ?? 1),
            result,
          };
        },
      });
    },
  });
}
