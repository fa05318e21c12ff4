import { CapabilityError, NumericalError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { type Observation, presentObservations } from "../../problem/observe/index.ts";
import {
  anomalies,
  checkProblem,
  checkSpread,
  type EnsembleSettings,
  ensembleDeviations,
  ensembleInnovation,
  ensembleMean,
  forecastEnsemble,
  inflateAndRotate,
  initialEnsemble,
  joinColumns,
  mender,
  type OnFailure,
  restarted,
  savedArray,
  stepError,
  whitenRows,
} from "../common/index.ts";
import type { Cycle, Problem, RunContext } from "../method.ts";

/** Where windows lie. */
export interface WindowLayout {
  /** Observation intervals that a window goes back from its last observation time. */
  readonly lag: number;
  /** Observation times that a window has more than the one before. */
  readonly shift: number;
  /** Weights of a window's observations by their place in it, [lag]: the last one is the newest. */
  readonly weights: readonly number[];
}

/** What members at a window's start say about its observations. */
export interface WindowSimulation {
  /** Whitened anomalies [N, M] and innovation [M] of all its observations that count, times the roots of their weights. */
  readonly Y: NdArray;
  readonly dy: Float64Array;
  readonly logDeterminant: number;
  /** Members at each of its observation times. */
  readonly path: readonly NdArray[];
}

/** The members at a window's start that an update makes, and what it says of the first simulation. */
export interface WindowUpdate {
  readonly ensemble: NdArray;
  readonly chi2: number;
  readonly logEvidence: number;
}

/** Members at a window's observation times, and their means at every step of the intervals before, where they were asked for. */
interface Path {
  readonly states: NdArray[];
  readonly means: (NdArray | undefined)[];
}

export interface EnsembleWindowOptions {
  readonly method: string;
  readonly settings: EnsembleSettings;
  readonly layout: WindowLayout;
  /** Members at the window's start from them, their simulation, what simulates others, and the number of its last observation time. */
  update(
    E: NdArray,
    first: WindowSimulation,
    simulate: (E: NdArray) => Promise<WindowSimulation>,
    window: number,
  ): Promise<WindowUpdate>;
}

/**
 * Smoothers over overlapping windows: the members at a window's start are updated with its observations, inflated, rotated and run
 * again; at the observation times that the window leaves behind they are the smoothed ones. Cycles come when their window has passed. With `everyStep` a cycle has
 * the means of the members that are run again.
 * @throws CapabilityError for a problem with model error
 */
export async function* ensembleWindows(
  problem: Problem,
  context: RunContext,
  { method, settings, layout, update }: EnsembleWindowOptions,
): AsyncGenerator<Cycle, void, undefined> {
  checkProblem(problem);
  if (stepError(problem) !== undefined)
    throw new CapabilityError(
      method,
      "expected a perfect model, but the problem has model error: use enks, or inflation",
    );
  const { model, observations } = problem;
  const { streams, signal, resume } = context;
  const { lag, shift, weights } = layout;
  const count = observations.length;
  const mend = mender(problem, streams, settings.onFailure);
  let E = resume
    ? savedArray(resume.state, "ensemble", [settings.members, model.size])
    : initialEnsemble(problem, settings.members, streams);
  /** The observation time at which the members are; −1: the start. */
  let start = resume ? savedArray(resume.state, "start", [1]).data[0]! : -1;
  const pending: Cycle[] = [];
  const first = resume ? resume.after + 1 : 0;
  for (let from = first; from < count; from += shift) {
    signal?.throwIfAborted();
    const begin = performance.now();
    const last = Math.min(from + shift, count) - 1;
    const path = async (members: NdArray, everyStep = false): Promise<Path> => {
      const out: Path = { states: [], means: [] };
      let state = members;
      for (let k = start + 1; k <= last; k++) {
        const before = k === 0 ? 0 : observations[k - 1]!.step;
        const steps = observations[k]!.step - before;
        const interval = { cycle: k, steps, start: before * model.dt, end: observations[k]!.step * model.dt };
        const next =
          steps > 0 ? await forecastEnsemble(model, state, interval, { streams, mend, everyStep }) : undefined;
        state = next?.ensemble ?? state;
        out.states.push(state);
        out.means.push(next?.trajectory);
      }
      return out;
    };
    const weightOf = (k: number): number => weights[lag - (from + shift - k)] ?? 0;
    const simulate = async (members: NdArray): Promise<WindowSimulation> => {
      const { states } = await path(members);
      const seen = states.map((state, k) => [observations[start + 1 + k]!, state, weightOf(start + 1 + k)] as const);
      return simulation(seen, states);
    };
    const forecast = await simulate(E);
    const seenAny = forecast.dy.length > 0;
    const done = await restarting(
      settings.onFailure,
      last,
      () => restarted(problem, settings.members, streams, last),
      async () => {
        if (!seenAny) return undefined;
        const latest = forecast.path.at(-1)!;
        if (observations[last]!.step > 0) checkSpread(ensembleMean(latest), ensembleDeviations(latest));
        return update(E, forecast, simulate, last);
      },
    );
    const result = done.result;
    if (done.fresh !== undefined) E = done.fresh;
    if (result !== undefined) {
      E = inflateAndRotate(result.ensemble, settings, () => streams.stream("rotation", last));
    }
    const { everyStep = false } = context;
    const rerun = result !== undefined || done.fresh !== undefined || everyStep;
    const { states: analysed, means } = rerun ? await path(E, everyStep) : { states: forecast.path, means: [] };
    const seconds = { forecast: 0, analysis: (performance.now() - begin) / 1000 / (last - from + 1) };
    const smoothedAt = (k: number): NdArray => (k === start ? E : analysed[k - start - 1]!);
    for (let k = from; k <= last; k++) {
      const before = forecast.path[k - start - 1]!;
      const { innovation } = await ensembleInnovation(observations[k]!, before);
      const single = result !== undefined && from === last && layout.weights.at(-1) === 1;
      const trajectory = means[k - start - 1];
      pending.push({
        ...cycleOf(observations[k]!, k, before, smoothedAt(k)),
        innovation,
        ...(trajectory && { trajectory }),
        ...(single && {
          chi2: { value: result.chi2, count: forecast.dy.length },
          logEvidence: result.logEvidence,
        }),
        seconds,
      });
    }
    const next = Math.max(start, Math.min(last + shift, count - 1) - lag);
    while (pending.length > 0 && pending[0]!.index < next) {
      const cycle = pending.shift()!;
      yield withSmoothed(cycle, smoothedAt(cycle.index));
    }
    if (last === count - 1) {
      for (const cycle of pending) yield withSmoothed(cycle, smoothedAt(cycle.index));
      return;
    }
    if (next > start) {
      E = smoothedAt(next);
      start = next;
    }
    const end = pending.length - 1;
    if (end >= 0)
      pending[end] = { ...pending[end]!, state: { ensemble: E, start: { data: Float64Array.of(start), shape: [1] } } };
  }
}

/** An update, or new members at the window's start where that fails and a restart is wanted; other failures get the number of the time. */
async function restarting<T>(
  onFailure: OnFailure,
  cycle: number,
  restart: () => Promise<NdArray>,
  act: () => Promise<T>,
): Promise<{ readonly result?: T; readonly fresh?: NdArray }> {
  try {
    return { result: await act() };
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error;
    if (onFailure === "restart") return { fresh: await restart() };
    if (error.cycle !== undefined) throw error;
    const { code, member, message } = error;
    throw new NumericalError(`cycle ${cycle}`, message, { code, cycle, ...(member !== undefined && { member }) });
  }
}

function simulation(
  seen: readonly (readonly [Observation, NdArray, number])[],
  path: readonly NdArray[],
): Promise<WindowSimulation> {
  return seen.reduce<Promise<WindowSimulation>>(
    async (promise, [observation, state, weight]) => {
      const all = await promise;
      if (!(weight > 0) || presentObservations(observation).error === undefined) return all;
      const { seen: present, dy, HE } = await ensembleInnovation(observation, state);
      const R = present.error!.scaled(1 / weight);
      return {
        path,
        Y: joinColumns([all.Y, whitenRows(anomalies(HE), R)]),
        dy: Float64Array.from([...all.dy, ...R.whiten(dy)]),
        logDeterminant: all.logDeterminant + R.logDeterminant(),
      };
    },
    Promise.resolve({
      path,
      Y: { data: new Float64Array(0), shape: [path[0]?.shape[0] ?? 0, 0] },
      dy: new Float64Array(0),
      logDeterminant: 0,
    }),
  );
}

function cycleOf(
  { step, time }: Observation,
  index: number,
  forecast: NdArray,
  analysis: NdArray,
): Omit<Cycle, "seconds" | "innovation"> {
  return {
    index,
    step,
    time,
    forecastMean: ensembleMean(forecast),
    forecastSpread: ensembleDeviations(forecast),
    forecastEnsemble: forecast,
    analysisMean: ensembleMean(analysis),
    analysisSpread: ensembleDeviations(analysis),
    analysisEnsemble: analysis,
  };
}

function withSmoothed(cycle: Cycle, E: NdArray): Cycle {
  return { ...cycle, smootherMean: ensembleMean(E), smootherSpread: ensembleDeviations(E) };
}
