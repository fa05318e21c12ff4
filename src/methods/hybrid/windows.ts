import { NumericalError } from "../../engine/errors/index.ts";
import type { MinimizeResult } from "../../engine/minimize/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { ObservationSeries } from "../../problem/observe/index.ts";
import {
  anomalies,
  checkCount,
  checkSpread,
  type EnsembleOptions,
  type EnsembleSettings,
  ensembleDeviations,
  ensembleInnovation,
  ensembleMean,
  ensembleSettings,
  forecastEnsemble,
  forecastState,
  type Interval,
  inflateAndRotate,
  initialEnsemble,
  innovationOf,
  joinColumns,
  mender,
  recentre,
  relaxed,
  restarted,
  savedArray,
  stepError,
} from "../common/index.ts";
import type { Cycle, Problem, RunContext } from "../method.ts";
import { windowResult } from "../variational/index.ts";
import type { HybridBackgroundOptions } from "./background.ts";
import type { ObservedMembers } from "./transform.ts";

/** Options of ensembles that are carried from window to window. */
export interface WindowEnsembleOptions
  extends Pick<EnsembleOptions, "members" | "inflation" | "rotate" | "relaxation" | "onFailure"> {
  /** Observation times in a window; 1 by default. */
  readonly window?: number;
}

/** {@link WindowEnsembleOptions}, checked. */
export interface WindowSettings extends EnsembleSettings {
  readonly length: number;
}

/** @throws ArgumentError for options out of range */
export function windowSettings(options: WindowEnsembleOptions): WindowSettings {
  const { members, inflation, rotate, relaxation, onFailure, window = 1 } = options;
  const settings = ensembleSettings({
    members,
    ...(inflation !== undefined && { inflation }),
    ...(rotate !== undefined && { rotate }),
    ...(relaxation && { relaxation }),
    ...(onFailure && { onFailure }),
  });
  return Object.freeze({ ...settings, length: checkCount("window", window, 1) });
}

/** What a method says of these settings and of its background covariance. */
export function windowOptions(
  { members, length, inflation, rotate, onFailure, relaxation }: WindowSettings,
  { covariance, localization }: HybridBackgroundOptions,
): Readonly<Record<string, unknown>> {
  return {
    ...{ members, window: length, inflation, rotate, onFailure },
    ...(relaxation && { relaxation }),
    ...(covariance && { covariance }),
    ...(localization && { localization }),
  };
}

/** A state or members at the observation times of a window. */
export interface Path<T> {
  readonly states: readonly T[];
  /** Means at every step of the intervals before, where they are asked for. */
  readonly trajectories: readonly (NdArray | undefined)[];
}

/** A window and what can be run over it. */
export interface HybridWindow {
  /** Number of its first observation time. */
  readonly first: number;
  readonly startStep: number;
  readonly startTime: number;
  readonly seen: ObservationSeries;
  /** Members at its start [N, n]; their mean is the background. */
  readonly E: NdArray;
  readonly mean: Float64Array;
  /** The background and the members at its observation times. */
  readonly background: Path<Float64Array>;
  readonly forecast: Path<NdArray>;
  /** Members, what is observed of them and what was seen, of the times when something was. */
  readonly observed: readonly ObservedMembers[];
  /** One state from the window's start, without model error. */
  runState(x: Float64Array): Promise<Path<Float64Array>>;
  /** Members from there; without model error unless it is asked for. */
  runMembers(E: NdArray, withError?: boolean): Promise<Path<NdArray>>;
  observe(path: readonly NdArray[]): Promise<readonly ObservedMembers[]>;
}

/** What an analysis of a window finds. */
export interface HybridAnalysis {
  /** The analysed trajectory. */
  readonly path: Path<Float64Array>;
  /** Analysed members at the observation times beside each other, [N, n · times]; they are put about the trajectory. */
  readonly members: NdArray;
  /** Members with which the next window starts, when these are not those at the last time. */
  readonly next?: NdArray;
  /** The analysed state at the window's start and the minimisation that found it. */
  readonly result?: { readonly state: Float64Array; readonly minimization: MinimizeResult };
}

export interface HybridWindowsOptions {
  readonly settings: WindowSettings;
  analyse(window: HybridWindow): Promise<HybridAnalysis>;
}

/**
 * Windows of a variational analysis that carries an ensemble: members and their mean are run over the window, analysed, relaxed,
 * inflated, rotated and put about the analysed trajectory; those at the window's end start the next one. A window without any
 * observation keeps its forecast. Model error is drawn for members, never for the mean's own run.
 */
export async function* hybridWindows(
  problem: Problem,
  context: RunContext,
  { settings, analyse }: HybridWindowsOptions,
): AsyncGenerator<Cycle, void, undefined> {
  const { model, observations } = problem;
  const { streams, signal, resume } = context;
  const { members, length } = settings;
  const n = model.size;
  const run = windowRunner(problem, context, settings);
  let E = resume
    ? savedArray(resume.state, "ensemble", [members, n])
    : await initialEnsemble(problem, members, streams);
  let first = resume === undefined ? 0 : resume.after + 1;
  let startStep = resume === undefined ? 0 : observations[resume.after]!.step;
  let index = resume === undefined ? 0 : savedArray(resume.state, "window", [1]).data[0]! + 1;
  for (; first < observations.length; index++) {
    signal?.throwIfAborted();
    const seen = observations.slice(first, first + length);
    const begin = performance.now();
    const window = await run(E, seen, first, startStep);
    const middle = performance.now();
    const analysis = await analysed(problem, context, settings, window, analyse);
    const [states, next] = finished(analysis, window, settings, context);
    const count = seen.length;
    const seconds = {
      forecast: (middle - begin) / 1000 / count,
      analysis: (performance.now() - middle) / 1000 / count,
    };
    E = next;
    for (const [k, observation] of seen.entries()) {
      const before = window.forecast.states[k]!;
      const { path, result } = analysis;
      const trajectory = path.trajectories[k];
      yield {
        index: first + k,
        step: observation.step,
        time: observation.time,
        forecastMean: window.background.states[k]!,
        forecastSpread: ensembleDeviations(before),
        forecastEnsemble: before,
        analysisMean: path.states[k]!,
        analysisSpread: ensembleDeviations(states[k]!),
        analysisEnsemble: states[k]!,
        innovation: (await innovationOf(observation, window.background.states[k]!)).innovation,
        ...(trajectory && { trajectory }),
        ...(k === 0 && result && { window: windowResult(index, startStep, window.startTime, result) }),
        ...(k === count - 1 && { state: { ensemble: E, window: { data: Float64Array.of(index), shape: [1] } } }),
        seconds,
      };
    }
    startStep = seen.at(-1)!.step;
    first += count;
  }
}

/** An analysis; new members where it fails and a restart is wanted; the forecast where nothing was seen. */
async function analysed(
  problem: Problem,
  { streams }: RunContext,
  { members, onFailure }: WindowSettings,
  window: HybridWindow,
  analyse: HybridWindowsOptions["analyse"],
): Promise<HybridAnalysis> {
  const { first, seen, forecast, background } = window;
  if (window.observed.length === 0) return { path: background, members: joinColumns(forecast.states) };
  try {
    const latest = forecast.states.at(-1)!;
    if (seen.at(-1)!.step > 0) checkSpread(ensembleMean(latest), ensembleDeviations(latest));
    return await analyse(window);
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error;
    if (onFailure === "restart") {
      const fresh = await window.runMembers(await restarted(problem, members, streams, first + seen.length - 1), true);
      return {
        path: { states: fresh.states.map((state) => ensembleMean(state)), trajectories: fresh.trajectories },
        members: joinColumns(fresh.states),
      };
    }
    if (error.cycle !== undefined) throw error;
    const { code, member, message } = error;
    throw new NumericalError(`cycle ${first}`, message, {
      code,
      cycle: first,
      ...(member !== undefined && { member }),
    });
  }
}

/** Relaxation, inflation and rotation of the members of all times alike, about the analysed trajectory; and the next window's. */
function finished(
  { path, members, next }: HybridAnalysis,
  { forecast, observed, first, seen }: HybridWindow,
  { relaxation, inflation, rotate }: WindowSettings,
  { streams }: RunContext,
): [NdArray[], NdArray] {
  const [N, n] = [members.shape[0]!, forecast.states[0]!.shape[1]!];
  let all = next === undefined ? members : joinColumns([members, next]);
  if (observed.length > 0) {
    const before = next === undefined ? forecast.states : [...forecast.states, forecast.states.at(-1)!];
    const last = first + seen.length - 1;
    all = inflateAndRotate(relaxed(all, joinColumns(before), relaxation), { inflation, rotate }, () =>
      streams.stream("rotation", last),
    );
  }
  const width = all.shape[1]!;
  const part = (k: number): NdArray => {
    const data = new Float64Array(N * n);
    for (let i = 0; i < N; i++) data.set(all.data.subarray(i * width + k * n, i * width + (k + 1) * n), i * n);
    return { data, shape: [N, n] };
  };
  const states = path.states.map((mean, k) => recentre(mean, anomalies(part(k))));
  return [states, next === undefined ? states.at(-1)! : part(path.states.length)];
}

/** What runs members, their mean and others over a window. */
function windowRunner(
  problem: Problem,
  { streams, everyStep = false }: RunContext,
  { onFailure }: WindowSettings,
): (E: NdArray, seen: ObservationSeries, first: number, startStep: number) => Promise<HybridWindow> {
  const { model } = problem;
  const error = stepError(problem);
  const mend = mender(problem, streams, onFailure);
  return async (E, seen, first, startStep) => {
    const intervals = seen.map(({ step }, k): Interval => {
      const from = k === 0 ? startStep : seen[k - 1]!.step;
      return { cycle: first + k, steps: step - from, start: from * model.dt, end: step * model.dt };
    });
    const along = async <T>(
      start: T,
      move: (state: T, interval: Interval) => Promise<{ state: T; trajectory?: NdArray | undefined }>,
    ): Promise<Path<T>> => {
      const [states, trajectories]: [T[], (NdArray | undefined)[]] = [[], []];
      let now: { state: T; trajectory?: NdArray | undefined } = { state: start };
      for (const interval of intervals) {
        now = interval.steps > 0 ? await move(now.state, interval) : { state: now.state };
        states.push(now.state);
        trajectories.push(now.trajectory);
      }
      return { states, trajectories };
    };
    const runState = (x: Float64Array): Promise<Path<Float64Array>> =>
      along(x, (state, interval) => forecastState(model, state, interval, everyStep));
    const runMembers = (members: NdArray, withError = false): Promise<Path<NdArray>> =>
      along(members, async (state, interval) => {
        const options = { error: withError ? error : undefined, streams, mend, everyStep };
        const { ensemble, trajectory } = await forecastEnsemble(model, state, interval, options);
        return { state: ensemble, trajectory };
      });
    const observe = async (path: readonly NdArray[]): Promise<readonly ObservedMembers[]> => {
      const observed: ObservedMembers[] = [];
      for (const [k, observation] of seen.entries()) {
        const members = path[k]!;
        const { seen: present, HE } = await ensembleInnovation(observation, members);
        const { error: R, values: y, indices } = present;
        if (R !== undefined) observed.push({ E: members, HE, y, R, indices, observation });
      }
      return observed;
    };
    const mean = ensembleMean(E);
    const forecast = await runMembers(E, true);
    const background = await runState(mean).catch((failure: unknown): Path<Float64Array> => {
      if (onFailure !== "restart" || !(failure instanceof NumericalError)) throw failure;
      return { ...forecast, states: forecast.states.map((state) => ensembleMean(state)) };
    });
    const observed = await observe(forecast.states);
    return {
      first,
      startStep,
      startTime: startStep * model.dt,
      seen,
      E,
      mean,
      background,
      forecast,
      observed,
      runState,
      runMembers,
      observe,
    };
  };
}
