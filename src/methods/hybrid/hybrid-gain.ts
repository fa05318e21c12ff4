import { ArgumentError } from "../../engine/errors/index.ts";
import type { Minimizer } from "../../engine/minimize/index.ts";
import {
  anomalies,
  type CovarianceChoice,
  chosenCovariance,
  type EnsembleMethod,
  type EnsembleOptions,
  ensembleMean,
  ensembleMethod,
  ensembleSettings,
  type LocalizationOptions,
  recentre,
} from "../common/index.ts";
import { defaultMinimizer, solveWindowAsync, windowCosts, windowResult } from "../variational/index.ts";
import { checkDerivatives, checkPart, once } from "./background.ts";
import { transformedPath } from "./transform.ts";

export interface HybridGainOptions extends EnsembleOptions {
  /** Weight α of the variational analysis, from 0 to 1; 0.5 by default. */
  readonly alpha?: number;
  /**
   * What the variational analysis starts from: `sequential` (default) from the ensemble's analysis, `parallel` from the
   * forecast.
   */
  readonly combination?: "sequential" | "parallel";
  /** The static covariance B; that of the problem's background when left out. */
  readonly covariance?: CovarianceChoice;
  /** How far observations reach in the ensemble's analysis; everywhere when left out. */
  readonly localization?: LocalizationOptions;
  /** L-BFGS when left out. */
  readonly minimizer?: Minimizer;
}

const METHOD = "hybrid-gain";

/**
 * The hybrid gain: the mean is (1 − α) x_E + α x_V with the analysis mean x_E of an ETKF, or with `localization` of an LETKF, and that of a
 * 3D-Var with the static covariance B, x_V. `sequential`: the background of x_V is x_E, so that for linear H the gain is K + α K_B (I − H K);
 * `parallel`: it is the forecast, and the gain (1 − α) K + α K_B. Perturbations are the ensemble's. With α = 0 it is the ensemble filter.
 * The cost of a filter's update and of a 3D-Var.
 * @throws ArgumentError for options out of range; CapabilityError (from `run`) for an H without derivative
 * @see [Penny2014]
 */
export function hybridGain(options: HybridGainOptions): EnsembleMethod {
  const { alpha = 0.5, combination = "sequential", covariance, localization, minimizer = defaultMinimizer() } = options;
  checkPart("alpha", alpha);
  if (combination !== "sequential" && combination !== "parallel")
    throw new ArgumentError("combination", `expected sequential or parallel, got ${JSON.stringify(combination)}`);
  return ensembleMethod({
    name: METHOD,
    settings: ensembleSettings(options),
    options: { alpha, combination, ...(covariance && { covariance }), minimizer },
    localization,
    update(_, local, problem) {
      checkDerivatives(METHOD, "letkf", problem);
      const costs = windowCosts(METHOD, problem.compute);
      const staticCovariance = once(() =>
        chosenCovariance(METHOD, covariance ?? problem.background.covariance, problem),
      );
      return async (update) => {
        const { E, observation, cycle } = update;
        const members = await transformedPath([E], [update], local, problem.compute?.threads ?? 1);
        const B = await staticCovariance();
        if (alpha === 0) return { ensemble: members };
        const centre = ensembleMean(members);
        const analysis = await solveWindowAsync(
          costs,
          {
            background: { mean: combination === "sequential" ? centre : ensembleMean(E), covariance: B },
            observations: [{ ...observation, step: 0 }],
            time: observation.time,
          },
          minimizer,
        );
        const mean = centre.map((value, i) => (1 - alpha) * value + alpha * analysis.state[i]!);
        return {
          ensemble: recentre(mean, anomalies(members, centre)),
          window: windowResult(cycle, observation.step, observation.time, analysis),
        };
      };
    },
  });
}
