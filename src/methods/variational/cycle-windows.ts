import { CapabilityError, NumericalError } from "../../engine/errors/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Observation } from "../../problem/observe/index.ts";
import {
  type CovarianceChoice,
  checkProblem,
  chosenCovariance,
  climatologyOf,
  innovationOf,
  savedArray,
} from "../common/index.ts";
import type { Cycle, Problem, RunContext } from "../method.ts";
import type { VariationalSettings } from "./options.ts";
import { solveWindowAsync, windowResult } from "./solve.ts";
import { posteriorSpreads, trajectory } from "./trajectory.ts";
import type { WindowObservation, WindowProblem } from "./window.ts";
import { windowCosts } from "./window-cost.ts";

/** What cycling over windows needs to know. */
export interface WindowCycling extends VariationalSettings {
  readonly method: string;
  readonly covariance: CovarianceChoice | undefined;
  readonly background: "cycled" | "climatological";
  readonly weak: boolean;
  readonly fgat: boolean;
  /** Observation times in a window, and by how many it moves. */
  readonly length: number;
  readonly shift: number;
  /** How much of an observation counts in a window that has it, oldest first. */
  readonly weights: readonly number[];
}

/** One window's place among the observation times; -1 is the start of the run. */
interface Place {
  /** The observation time that it starts at. */
  readonly start: number;
  /** Its new observation times. */
  readonly first: number;
  readonly last: number;
}

/**
 * Analyses of windows that follow one another: each begins `length` observation times before its last one (or at the start; where observations run out, its last one would be), at the state that the
 * window before analysed there, with the same covariance. New observation times are reported, one cycle each.
 */
export async function* cycleWindows(
  problem: Problem,
  context: RunContext,
  cycling: WindowCycling,
): AsyncGenerator<Cycle, void, undefined> {
  checkProblem(problem);
  const { method, length, shift, weak, fgat } = cycling;
  const { model, observations, modelError } = problem;
  if (weak && (modelError === undefined || modelError.diagonal().every((value) => value === 0)))
    throw new CapabilityError(
      method,
      "needs the covariance of the model's errors for weak: true: give the problem a modelError",
    );
  const B = await chosenCovariance(method, cycling.covariance ?? problem.background.covariance, problem);
  const costs = windowCosts(method, problem.compute);
  const weighted = weightedErrors();
  const { resume } = context;
  const saved = (name: string, size: number, otherwise: Float64Array): Float64Array =>
    resume === undefined ? otherwise : savedArray(resume.state, name, [size]).data;
  let mean = saved("mean", model.size, problem.background.mean);
  let index = resume === undefined ? 0 : saved("window", 1, new Float64Array(1))[0]! + 1;
  let bias = cycling.window.bias;
  if (bias !== undefined) bias = { ...bias, mean: saved("bias", bias.mean.length, bias.mean) };
  const count = observations.length;
  const stepOf = (k: number): number => observations[k]?.step ?? 0;
  const place = (first: number): Place => ({
    first,
    last: Math.min(first + shift, count) - 1,
    start: Math.max(-1, first + shift - 1 - length),
  });
  for (let first = resume === undefined ? 0 : resume.after + 1; first < count; first += shift, index++) {
    context.signal?.throwIfAborted();
    const { start, last } = place(first);
    const startStep = stepOf(start);
    const seen = observations.slice(start + 1, last + 1);
    const old = first - start - 1;
    const startTime = startStep * model.dt;
    const background = cycling.background === "climatological" ? (await climatologyOf(method, problem)).mean : mean;
    const begin = performance.now();
    const everyStep = context.everyStep ?? false;
    const request = { model, startStep, seen, everyStep, cycle: start + 1 };
    const forecast = await trajectory({ ...request, everyStep: false, start: { state: background } });
    const middle = performance.now();
    const counted = seen.flatMap((observation, k): { observation: WindowObservation; reference: Float64Array }[] => {
      const weight = cycling.weights[length - (first + shift - (start + 1 + k))] ?? 0;
      if (weight === 0) return [];
      return [
        {
          observation: { ...observation, step: observation.step - startStep, error: weighted(observation, weight) },
          reference: forecast[k]!.state,
        },
      ];
    });
    const window: WindowProblem = {
      ...cycling.window,
      ...(bias !== undefined && { bias }),
      model,
      background: { mean: background, covariance: B },
      observations: counted.map(({ observation }) => observation),
      time: startTime,
      ...(weak && modelError !== undefined && { modelError }),
      ...(fgat && { references: counted.map(({ reference }) => reference) }),
    };
    const analysis = await inWindow(first, () => solveWindowAsync(costs, window, cycling.minimizer));
    const analysed = await trajectory({ ...request, start: analysis });
    const spreads =
      cycling.posterior &&
      (await posteriorSpreads(
        method,
        { ...request, start: analysis },
        await analysis.posteriorRoot(cycling.posterior),
        fgat,
      ));
    const seconds = {
      forecast: (middle - begin) / 1000 / (seen.length - old),
      analysis: (performance.now() - middle) / 1000 / (seen.length - old),
    };
    const next = Math.min(last, place(first + shift).start);
    mean = next === start ? analysis.state : analysed[next - start - 1]!.state;
    if (bias !== undefined && analysis.bias !== undefined) bias = { ...bias, mean: analysis.bias };
    for (let k = old; k < seen.length; k++) {
      const observation = seen[k]!;
      const { state, path } = analysed[k]!;
      yield {
        index: start + 1 + k,
        step: observation.step,
        time: observation.time,
        forecastMean: forecast[k]!.state,
        analysisMean: state,
        ...(spreads && { analysisSpread: spreads[k]! }),
        innovation: (await innovationOf(observation, forecast[k]!.state)).innovation,
        ...(path !== undefined && { trajectory: path }),
        ...(k === old && { window: windowResult(index, startStep, startTime, analysis) }),
        ...(k === seen.length - 1 && {
          state: {
            mean: { data: mean, shape: [model.size] },
            window: { data: Float64Array.of(index), shape: [1] },
            ...(bias !== undefined && { bias: { data: bias.mean, shape: [bias.mean.length] } }),
          },
        }),
        seconds,
      };
    }
  }
}

/** Errors of observations that count in part, R/weight, each made once: graphs are known by them. */
function weightedErrors(): (observation: Observation, weight: number) => Covariance {
  const known = new Map<Covariance, Map<number, Covariance>>();
  return ({ error }, weight) => {
    if (weight === 1) return error;
    const parts = known.get(error) ?? new Map<number, Covariance>();
    known.set(error, parts);
    const part = parts.get(weight) ?? error.scaled(1 / weight);
    parts.set(weight, part);
    return part;
  };
}

/** Adds the window's first cycle to a numerical failure. */
async function inWindow<T>(cycle: number, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof NumericalError) || error.cycle !== undefined) throw error;
    throw new NumericalError(`cycle ${cycle}`, error.message, { code: error.code, cycle });
  }
}
