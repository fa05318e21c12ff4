import type { Minimizer } from "../../engine/minimize/index.ts";
import {
  anomalies,
  type EnsembleMethod,
  type EnsembleOptions,
  ensembleMean,
  ensembleMethod,
  ensembleSettings,
  recentre,
} from "../common/index.ts";
import { defaultMinimizer, solveWindowAsync, windowCosts, windowResult } from "../variational/index.ts";
import { checkDerivatives, checkPart, type HybridBackgroundOptions, hybridBackground, once } from "./background.ts";
import { transformedPath } from "./transform.ts";

export interface EtkfThreeDVarOptions extends EnsembleOptions, HybridBackgroundOptions {
  /** L-BFGS when left out. */
  readonly minimizer?: Minimizer;
}

const METHOD = "etkf-3dvar";

/**
 * The hybrid of an ensemble transform filter and 3D-Var: the mean is the minimum of a 3D-Var with the covariance
 * (1 − w) B + w P ∘ ρ (`weight` w, 0.5 by default), the perturbations are those of an ETKF, or with `localization` of an LETKF, about it.
 * With w = 1, no localisation and a linear H it is the ETKF, with w = 0 its mean is that of 3D-Var. N runs of the model, an update of the
 * filter, and per evaluation of the cost H, its adjoint, and a product with the covariance's root and its transpose.
 * @throws ArgumentError for options out of range; CapabilityError (from `run`) for an H without derivative
 * @see [Wang2008] [HamillSnyder2000]
 */
export function etkfThreeDVar(options: EtkfThreeDVarOptions): EnsembleMethod {
  const { weight = 0.5, covariance, localization, minimizer = defaultMinimizer() } = options;
  checkPart("weight", weight);
  return ensembleMethod({
    name: METHOD,
    settings: ensembleSettings(options),
    options: { weight, ...(covariance && { covariance }), minimizer },
    localization,
    update(_, local, problem) {
      checkDerivatives(METHOD, "4denvar or letkf", problem);
      const costs = windowCosts(METHOD, problem.compute);
      const background = once(() => hybridBackground(METHOD, problem, { ...options, weight }));
      return async (update) => {
        const { E, observation, cycle } = update;
        const analysis = await solveWindowAsync(
          costs,
          {
            background: { mean: ensembleMean(E), covariance: (await background()).covariance(E) },
            observations: [{ ...observation, step: 0 }],
            time: observation.time,
          },
          minimizer,
        );
        const members = await transformedPath([E], [update], local, problem.compute?.threads ?? 1);
        return {
          ensemble: recentre(analysis.state, anomalies(members)),
          // Exactly dᵀ(HBHᵀ + R)⁻¹d when H is linear.
          chi2: 2 * analysis.J,
          window: windowResult(cycle, observation.step, observation.time, analysis),
        };
      };
    },
  });
}
