import { NumericalError } from "../../engine/errors/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Observation } from "../../problem/observe/index.ts";
import type { Awaitable } from "../../problem/operators/index.ts";
import type { Problem, RunContext, WindowResult } from "../method.ts";
import { adaptInflation, type InflationState, inflateEach } from "./adaptive-inflation.ts";
import { inflateAdditively } from "./additive-inflation.ts";
import { chosenCovariance } from "./covariance-choice.ts";
import { ensembleDeviations, ensembleMean, inflate, initialEnsemble } from "./ensemble.ts";
import type { EnsembleSettings } from "./ensemble-options.ts";
import { checkSpread, mender, type OnFailure, restarted } from "./failure.ts";
import { forecastEnsemble, stepError } from "./forecast.ts";
import type { Localizer } from "./localized.ts";
import { squareRootError } from "./model-error.ts";
import { ensembleInnovation } from "./observed.ts";
import { relaxed } from "./relaxation.ts";
import { inflateAndRotate, rotated } from "./rotation.ts";
import { seenReaches } from "./seen.ts";
import { type SequentialFilter, savedArray } from "./sequential.ts";
import type { AnalysisInput, EnsembleAnalysis } from "./whitened.ts";

/** What a method's update is given. */
export interface EnsembleUpdate extends AnalysisInput {
  readonly cycle: number;
  /** The observation time, and the places of y among its observations: the others are missing. */
  readonly observation: Observation;
  readonly indices: Int32Array;
}

/** What a method's update gives. */
export interface UpdatedEnsemble extends EnsembleAnalysis {
  /** The minimisation that its mean comes from, where there is one. */
  readonly window?: WindowResult;
}

export interface EnsembleFilterOptions {
  readonly settings: EnsembleSettings;
  /** Where observations count, for adaptive inflation; everywhere when left out. */
  readonly localizer?: Localizer | undefined;
  /** The update of a method. */
  analyse(update: EnsembleUpdate): Awaitable<UpdatedEnsemble>;
}

/** Members, and the inflation that is learnt where it is wanted. */
export interface EnsembleState {
  readonly ensemble: NdArray;
  readonly inflation?: InflationState;
}

/**
 * The part that ensemble filters share: first members, forecasts with model error, missing values, adaptive and constant
 * inflation, relaxation, rotation, failures, statistics. At a time without any observation the forecast stays as it is.
 */
export function ensembleFilter(
  problem: Problem,
  { streams, everyStep }: RunContext,
  { settings, analyse, localizer }: EnsembleFilterOptions,
): SequentialFilter<EnsembleState> {
  const { model } = problem;
  const { members, adaptiveInflation, modelErrors, onFailure } = settings;
  const n = model.size;
  const error = stepError(problem);
  const addError = modelErrors === "square-root" && error ? (E: NdArray) => squareRootError(E, error) : undefined;
  const mend = mender(problem, streams, onFailure);
  /** The forecast as the analysis takes it, what is observed of it, and the inflation after that. */
  const observe = async (state: EnsembleState, observation: Observation) => {
    const { inflation } = state;
    const E = inflation === undefined ? state.ensemble : inflateEach(state.ensemble, inflation.mean);
    const seen = await ensembleInnovation(observation, E);
    return { E, ...seen };
  };
  const adapted = async (update: EnsembleUpdate, inflation: InflationState): Promise<InflationState> => {
    if (adaptiveInflation === false) return inflation;
    const all = await localizer?.reaches(update.observation, ensembleMean(update.E));
    return adaptInflation(update, inflation, adaptiveInflation, all && seenReaches(all, update.indices));
  };
  /** Relaxation, inflations and rotation of analysed members. */
  const finished = async (analysis: NdArray, forecast: NdArray, cycle: number): Promise<NdArray> => {
    const { relaxation, inflation, additiveInflation, rotate } = settings;
    const E = relaxed(analysis, forecast, relaxation);
    const stream = (): RandomStream => streams.stream("rotation", cycle);
    if (additiveInflation === undefined) return inflateAndRotate(E, { inflation, rotate }, stream);
    const draws = await chosenCovariance("additiveInflation", additiveInflation, problem);
    const inflated = inflateAdditively(inflate(E, inflation), draws, streams, cycle);
    return rotate ? rotated(inflated, stream()) : inflated;
  };
  return {
    start: async () => ({
      ensemble: await initialEnsemble(problem, members, streams),
      ...(adaptiveInflation && {
        inflation: {
          mean: new Float64Array(n).fill(1),
          deviation: new Float64Array(n).fill(adaptiveInflation.deviation),
        },
      }),
    }),
    restore: (saved) => ({
      ensemble: savedArray(saved, "ensemble", [members, n]),
      ...(adaptiveInflation && {
        inflation: {
          mean: savedArray(saved, "inflation", [n]).data,
          deviation: savedArray(saved, "inflationDeviation", [n]).data,
        },
      }),
    }),
    save: ({ ensemble, inflation }) => ({
      ensemble,
      ...(inflation && {
        inflation: { data: inflation.mean, shape: [n] },
        inflationDeviation: { data: inflation.deviation, shape: [n] },
      }),
    }),
    async forecast(state, interval) {
      const options = { error, streams, everyStep, mend, addError };
      const { ensemble, trajectory } = await forecastEnsemble(model, state.ensemble, interval, options);
      const damping = adaptiveInflation && adaptiveInflation.damping;
      const inflation = state.inflation && {
        mean: state.inflation.mean.map((value) => 1 + (damping || 0) * (value - 1)),
        deviation: state.inflation.deviation,
      };
      const next = { ensemble, ...(inflation && { inflation }) };
      return trajectory === undefined ? { state: next } : { state: next, trajectory };
    },
    async analyse(state, observation, cycle) {
      const { E, seen, dy, innovation, HE, meanHE } = await observe(state, observation);
      const forecastMean = ensembleMean(E);
      const forecastSpread = ensembleDeviations(E, forecastMean);
      const base = { forecastMean, forecastSpread, forecastEnsemble: E, innovation };
      if (seen.error === undefined) {
        const unchanged = { analysisMean: forecastMean, analysisSpread: forecastSpread, analysisEnsemble: E };
        return { state: { ...state, ensemble: E }, result: { ...base, ...unchanged } };
      }
      const { values: y, error: R, indices } = seen;
      const update = { E, HE, y, R, mean: forecastMean, meanHE, cycle, observation, indices };
      const done = await saved(
        onFailure,
        () => restarted(problem, members, streams, cycle),
        async () => {
          if (observation.step > 0) checkSpread(forecastMean, forecastSpread);
          const inflation = state.inflation && (await adapted(update, state.inflation));
          return { ...(await analyse(update)), inflation };
        },
      );
      const ensemble = done.restarted ? done.ensemble : await finished(done.ensemble, E, cycle);
      const analysisMean = ensembleMean(ensemble);
      const { chi2, logEvidence, window } = done;
      const inflation = done.inflation ?? state.inflation;
      return {
        state: { ensemble, ...(inflation && { inflation }) },
        result: {
          ...base,
          analysisMean,
          analysisSpread: ensembleDeviations(ensemble, analysisMean),
          analysisEnsemble: ensemble,
          ...(chi2 !== undefined && { chi2: { value: chi2, count: dy.length } }),
          ...(logEvidence !== undefined && { logEvidence }),
          ...(window && { window }),
        },
      };
    },
  };
}

type Outcome = UpdatedEnsemble & { readonly inflation?: InflationState | undefined; readonly restarted?: boolean };

/** An analysis, or a new ensemble where that fails and a restart is wanted. */
async function saved(
  onFailure: OnFailure,
  restart: () => Promise<NdArray>,
  act: () => Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await act();
  } catch (error) {
    if (onFailure !== "restart" || !(error instanceof NumericalError)) throw error;
    return { ensemble: await restart(), restarted: true };
  }
}
