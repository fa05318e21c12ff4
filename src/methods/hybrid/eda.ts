import type { Minimizer } from "../../engine/minimize/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { checkProblem, ensembleMean, joinColumns, observationPerturbations, stepError } from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";
import { defaultMinimizer, solveWindowAsync, type WindowAnalysis, windowCosts } from "../variational/index.ts";
import { checkDerivatives, checkPart, type HybridBackgroundOptions, hybridBackground } from "./background.ts";
import {
  type HybridWindow,
  hybridWindows,
  type WindowEnsembleOptions,
  windowOptions,
  windowSettings,
} from "./windows.ts";

export interface EdaOptions extends WindowEnsembleOptions, HybridBackgroundOptions {
  /** L-BFGS when left out. */
  readonly minimizer?: Minimizer;
}

const METHOD = "eda";

/**
 * An ensemble of data assimilations: every member is a 4D-Var of its own, from its own background, of observations with errors of its
 * own, all with the covariance (1 − w) B + w P ∘ ρ (`weight` w, 0 by default: B alone); a window whose only observation is at its
 * start makes them 3D-Vars. Perturbations have mean zero and are multiplied by sqrt(N/(N − 1)). When all is linear the members'
 * covariance tends to the analysis error's. N runs of the window, and N minimisations, whose cost is compiled once.
 * With model error the members are run once more, with it, to the start of the next window.
 * @throws ArgumentError for options out of range; CapabilityError (from `run`) for a model or an operator without derivative
 * @see [Houtekamer1996] [Isaksen2010]
 */
export function eda(options: EdaOptions): Method {
  const { weight = 0, minimizer = defaultMinimizer() } = options;
  checkPart("weight", weight);
  const settings = windowSettings(options);
  return Object.freeze({
    name: METHOD,
    options: { ...windowOptions(settings, options), weight, minimizer },
    async *run(problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> {
      checkProblem(problem);
      checkDerivatives(METHOD, "4denvar, which needs none", problem, problem.model);
      const background = await hybridBackground(METHOD, problem, { ...options, weight });
      const costs = windowCosts(METHOD, problem.compute);
      const perfect = stepError(problem) === undefined;
      yield* hybridWindows(problem, context, {
        settings,
        async analyse(window) {
          const { E, startStep, startTime } = window;
          const [N, n] = [E.shape[0]!, E.shape[1]!];
          const B = background.covariance(E);
          const starts: NdArray = { data: new Float64Array(N * n), shape: [N, n] };
          const perturbed = perturbedObservations(window, N, context);
          const analyses: WindowAnalysis[] = [];
          for (let member = 0; member < N; member++) {
            const observations = window.seen.map(({ step, operator, error }, k) => {
              return { step: step - startStep, operator, error, values: perturbed[k]![member]! };
            });
            const mean = E.data.slice(member * n, (member + 1) * n);
            const own = { model: problem.model, background: { mean, covariance: B }, observations, time: startTime };
            const analysis = await solveWindowAsync(costs, own, minimizer);
            starts.data.set(analysis.state, member * n);
            analyses.push(analysis);
          }
          const { states, trajectories } = await window.runMembers(starts);
          return {
            path: { states: states.map((state) => ensembleMean(state)), trajectories },
            members: joinColumns(states),
            ...(!perfect && { next: (await window.runMembers(starts, true)).states.at(-1)! }),
            result: { ...slowest(analyses), state: ensembleMean(starts) },
          };
        },
      });
    },
  });
}

/** Observations of each time for each member; NaN where missing. */
function perturbedObservations(
  { seen, first, observed }: HybridWindow,
  N: number,
  { streams }: RunContext,
): Float64Array[][] {
  return seen.map((observation, k) => {
    const part = observed.find((one) => one.observation === observation);
    const rows = Array.from({ length: N }, () => observation.values.slice());
    if (part === undefined) return rows;
    const { indices, R } = part;
    const { data } = observationPerturbations(R, N, streams, first + k, true);
    rows.forEach((row, member) => {
      indices.forEach((place, i) => {
        row[place] = row[place]! + data[member * indices.length + i]!;
      });
    });
    return rows;
  });
}

/** What is told of the minimisations: the first one that hasn't converged, else the one with most iterations. */
function slowest(analyses: readonly WindowAnalysis[]): WindowAnalysis {
  const failed = analyses.find(({ minimization: { status } }) => status !== "converged" && status !== "early-stop");
  return failed ?? analyses.reduce((a, b) => (b.minimization.iterations > a.minimization.iterations ? b : a));
}
