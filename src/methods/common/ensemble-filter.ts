import type { NdArray } from "../../engine/tensor/index.ts";
import type { Observation } from "../../problem/observe/index.ts";
import type { Awaitable } from "../../problem/operators/index.ts";
import type { Problem, RunContext } from "../method.ts";
import { ensembleDeviations, ensembleMean, inflate, initialEnsemble } from "./ensemble.ts";
import type { EnsembleSettings } from "./ensemble-options.ts";
import { forecastEnsemble, stepError } from "./forecast.ts";
import { ensembleInnovation } from "./observed.ts";
import { relaxed } from "./relaxation.ts";
import { rotated } from "./rotation.ts";
import { type SequentialFilter, savedArray } from "./sequential.ts";
import type { AnalysisInput, EnsembleAnalysis } from "./whitened.ts";

/** What a method's update is given. */
export interface EnsembleUpdate extends AnalysisInput {
  readonly cycle: number;
  /** The observation time, and the places of y among its observations: the others are missing. */
  readonly observation: Observation;
  readonly indices: Int32Array;
}

export interface EnsembleFilterOptions {
  readonly settings: EnsembleSettings;
  /** The update of a method. */
  analyse(update: EnsembleUpdate): Awaitable<EnsembleAnalysis>;
}

/**
 * The part that ensemble filters share: first members, forecasts with model error, missing values, relaxation, inflation,
 * rotation, statistics. At a time without any observation the forecast stays as it is.
 */
export function ensembleFilter(
  problem: Problem,
  { streams, everyStep }: RunContext,
  { settings, analyse }: EnsembleFilterOptions,
): SequentialFilter<NdArray> {
  const { model } = problem;
  const { members, inflation, rotate, relaxation } = settings;
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
      const { values: y, error: R, indices } = seen;
      const { ensemble, chi2, logEvidence } = await analyse({ E, HE, y, R, cycle, observation, indices });
      const inflated = inflate(relaxed(ensemble, E, relaxation), inflation);
      const state = rotate ? rotated(inflated, streams.stream("rotation", cycle)) : inflated;
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
