import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Awaitable } from "../../problem/operators/index.ts";
import type { Problem, RunContext } from "../method.ts";
import { ensembleDeviations, ensembleMean, inflate, initialEnsemble } from "./ensemble.ts";
import { forecastEnsemble, stepError } from "./forecast.ts";
import { ensembleInnovation } from "./observed.ts";
import { type SequentialFilter, savedArray } from "./sequential.ts";

/** Analysed members with the consistency of the innovation. */
export interface EnsembleAnalysis {
  /** Analysed members [N, n]. */
  readonly ensemble: NdArray;
  /** dᵀ S⁻¹ d for the mean's innovation, where the method has it. */
  readonly chi2?: number;
  /** ln p(y | forecast) of the ensemble's Gaussian, where the method has it. */
  readonly logEvidence?: number;
}

export interface EnsembleFilterOptions {
  readonly members: number;
  /** Factor on the anomalies after an analysis. */
  readonly inflation: number;
  /**
   * The update of a method: members E [N, n], what is observed of them HE [N, m], the observations y [m] that are not
   * missing and the covariance R of their errors.
   */
  analyse(E: NdArray, HE: NdArray, y: Float64Array, R: Covariance, cycle: number): Awaitable<EnsembleAnalysis>;
}

/**
 * The part that ensemble filters share: first members, forecasts with model error, missing values, inflation, statistics.
 * At a time without any observation the forecast stays as it is, inflation included.
 */
export function ensembleFilter(
  problem: Problem,
  { streams, everyStep }: RunContext,
  { members, inflation, analyse }: EnsembleFilterOptions,
): SequentialFilter<NdArray> {
  const { model } = problem;
  const error = stepError(problem);
  return {
    start: () => initialEnsemble(problem, members, streams),
    restore: (saved) => savedArray(saved, "ensemble", [members, model.size]),
    save: (ensemble) => ({ ensemble }),
    async forecast(E, interval) {
      const { ensemble, trajectory } = await forecastEnsemble(model, E, interval, { error, streams, everyStep });
      return trajectory === undefined ? { state: ensemble } : { state: ensemble, trajectory };
    },
    async analyse(E, observation, cycle) {
      const { seen, dy, innovation, HE } = await ensembleInnovation(observation, E);
      const [forecastMean, forecastSpread] = [ensembleMean(E), ensembleDeviations(E)];
      const base = { forecastMean, forecastSpread, forecastEnsemble: E };
      if (seen.error === undefined) {
        const unchanged = { analysisMean: forecastMean, analysisSpread: forecastSpread, analysisEnsemble: E };
        return { state: E, result: { ...base, ...unchanged, innovation } };
      }
      const { ensemble, chi2, logEvidence } = await analyse(E, HE, seen.values, seen.error, cycle);
      const state = inflate(ensemble, inflation);
      return {
        state,
        result: {
          ...base,
          analysisMean: ensembleMean(state),
          analysisSpread: ensembleDeviations(state),
          analysisEnsemble: state,
          innovation,
          ...(chi2 !== undefined && { chi2: { value: chi2, count: dy.length } }),
          ...(logEvidence !== undefined && { logEvidence }),
        },
      };
    },
  };
}
