import { ArgumentError, NumericalError } from "../../engine/errors/index.ts";
import type { Minimizer } from "../../engine/minimize/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { ObservationSeries } from "../../problem/observe/index.ts";
import {
  type CovarianceChoice,
  checkCount,
  checkProblem,
  chosenCovariance,
  climatologyOf,
  innovationOf,
  savedArray,
} from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";
import { defaultMinimizer, solveWindow, solveWindowAsync, type WindowAnalysis, windowResult } from "./solve.ts";
import type { Control, WindowProblem } from "./window.ts";
import { windowCosts } from "./window-cost.ts";

export interface FourDVarOptions {
  /** Observation times in a window; 1 by default. */
  readonly window?: number;
  /** Background covariance B at every window's start; that of the problem's background when left out. */
  readonly covariance?: CovarianceChoice;
  /** `cycled` (default): the analysed trajectory at the end of the window before; `climatological`: the climatological mean. */
  readonly background?: "cycled" | "climatological";
  /** L-BFGS when left out. */
  readonly minimizer?: Minimizer;
  /** `sqrt` (default): over v in x = x_b + B^(1/2) v. `state`: over x itself. */
  readonly control?: Control;
}

/** One window: background at its start (step 0), observations at any steps of it. */
export interface FourDVarProblem extends Pick<FourDVarOptions, "minimizer" | "control"> {
  readonly model: Model;
  readonly background: { readonly mean: Float64Array; readonly covariance: Covariance };
  readonly observations: ObservationSeries;
}

const METHOD = "4dvar";

/**
 * Strong-constraint four-dimensional variational analysis: the minimum over the state x_0 at a window's start of
 * ½ (x_0−x_b)ᵀB⁻¹(x_0−x_b) + ½ Σ_k (y_k−H_k(x_k))ᵀR_k⁻¹(y_k−H_k(x_k)) with x_k = M(x_0). With options, the method for
 * cycling; with a problem, the analysis of that one window. Each evaluation runs model and adjoint over the window once.
 *
 * When cycling, a window starts at the last observation time of the window before (or the start) and its observations
 * follow; one at step 0 belongs to the first window. The last window may have fewer.
 * @throws CapabilityError for a model or operator without derivative; NumericalError for a cost that isn't finite
 * @see [LeDimet1986] [Talagrand1987]
 */
export function fourDVar(problem: FourDVarProblem): WindowAnalysis;
export function fourDVar(options?: FourDVarOptions): Method;
export function fourDVar(input: FourDVarOptions | FourDVarProblem = {}): WindowAnalysis | Method {
  const minimizer = input.minimizer ?? defaultMinimizer();
  const control = input.control ?? "sqrt";
  if ("observations" in input) {
    const { model, background, observations } = input;
    return solveWindow(windowCosts(METHOD), { model, background, observations, control }, minimizer);
  }
  const options = input;
  const length = checkCount(`${METHOD}: window`, options.window ?? 1, 1);
  if (options.background !== undefined && options.background !== "cycled" && options.background !== "climatological")
    throw new ArgumentError(
      `${METHOD}: background`,
      `expected "cycled" or "climatological", got ${JSON.stringify(options.background)}`,
    );
  return Object.freeze({
    name: METHOD,
    options: { ...options, window: length, minimizer },
    run: (problem: Problem, context: RunContext) =>
      cycleWindows(problem, context, { ...options, length, minimizer, control }),
  });
}

interface Settings extends FourDVarOptions {
  readonly length: number;
  readonly minimizer: Minimizer;
  readonly control: Control;
}

async function* cycleWindows(
  problem: Problem,
  context: RunContext,
  settings: Settings,
): AsyncGenerator<Cycle, void, undefined> {
  checkProblem(problem);
  const { model, observations } = problem;
  const B = await chosenCovariance(METHOD, settings.covariance ?? problem.background.covariance, problem);
  const costs = windowCosts(METHOD, problem.compute);
  const { resume } = context;
  let mean = resume === undefined ? problem.background.mean : savedArray(resume.state, "mean", [model.size]).data;
  let first = resume === undefined ? 0 : resume.after + 1;
  let startStep = resume === undefined ? 0 : observations[resume.after]!.step;
  let index = resume === undefined ? 0 : savedArray(resume.state, "window", [1]).data[0]! + 1;
  while (first < observations.length) {
    context.signal?.throwIfAborted();
    const seen = observations.slice(first, first + settings.length);
    const startTime = startStep * model.dt;
    const background = settings.background === "climatological" ? (await climatologyOf(METHOD, problem)).mean : mean;
    const begin = performance.now();
    const forecast = await trajectory(model, background, startStep, seen, context.everyStep ?? false, first);
    const middle = performance.now();
    const window: WindowProblem = {
      model,
      background: { mean: background, covariance: B },
      observations: seen.map((observation) => ({ ...observation, step: observation.step - startStep })),
      time: startTime,
      control: settings.control,
    };
    const analysis = await inWindow(first, () => solveWindowAsync(costs, window, settings.minimizer));
    const analysed = await trajectory(model, analysis.state, startStep, seen, context.everyStep ?? false, first);
    const seconds = {
      forecast: (middle - begin) / 1000 / seen.length,
      analysis: (performance.now() - middle) / 1000 / seen.length,
    };
    mean = analysed.at(-1)!.state;
    for (const [k, observation] of seen.entries()) {
      const last = k === seen.length - 1;
      yield {
        index: first + k,
        step: observation.step,
        time: observation.time,
        forecastMean: forecast[k]!.state,
        analysisMean: analysed[k]!.state,
        innovation: (await innovationOf(observation, forecast[k]!.state)).innovation,
        ...(analysed[k]!.path !== undefined && { trajectory: analysed[k]!.path }),
        ...(k === 0 && { window: windowResult(index, startStep, startTime, analysis) }),
        ...(last && {
          state: { mean: { data: mean, shape: [model.size] }, window: { data: Float64Array.of(index), shape: [1] } },
        }),
        seconds,
      };
    }
    startStep = seen.at(-1)!.step;
    first += seen.length;
    index++;
  }
}

/** States at the observation times from one at the window's start, with those between when they are wanted. */
async function trajectory(
  model: Model,
  start: Float64Array,
  startStep: number,
  seen: ObservationSeries,
  everyStep: boolean,
  cycle: number,
): Promise<{ state: Float64Array; path?: NdArray }[]> {
  const result: { state: Float64Array; path?: NdArray }[] = [];
  let x = start;
  let step = startStep;
  for (const [k, observation] of seen.entries()) {
    const steps = observation.step - step;
    let path: NdArray | undefined;
    if (steps > 0 && everyStep) {
      const data = await model.trajectory(steps).apply(x, step * model.dt);
      path = { data, shape: [steps, model.size] };
      x = data.slice((steps - 1) * model.size);
    } else if (steps > 0) x = await model.advance(steps).apply(x, step * model.dt);
    const bad = x.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new NumericalError(
        `cycle ${cycle + k}`,
        `model "${model.name}" blew up before time ${observation.time}: got ${x[bad]} for variable ${bad}; try a shorter window or time step, or a background nearer to the truth`,
        { cycle: cycle + k, code: "numerical/blow-up" },
      );
    step = observation.step;
    result.push(path === undefined ? { state: x } : { state: x, path });
  }
  return result;
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
