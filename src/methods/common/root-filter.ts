import { NumericalError } from "../../engine/errors/index.ts";
import { allFinite, type NdArray } from "../../engine/tensor/index.ts";
import type { Observation } from "../../problem/observe/index.ts";
import type { Cycle, Method, MethodState, Problem, RunContext } from "../method.ts";
import { forecastState, stepError } from "./forecast.ts";
import { innovationOf, seenColumns } from "./observed.ts";
import { addRoots, covarianceRoot, rootAnalysis, rootDeviations, tangentRows } from "./root.ts";
import { type CycleResult, type Interval, type SequentialFilter, savedArray, sequential } from "./sequential.ts";

/** A stretch of a forecast, as a joint Gaussian of the states at its ends. */
export interface Stage extends GaussianState {
  /** Mean at its end. */
  readonly next: Float64Array;
  /** What the rows of the root have become there. */
  readonly images: NdArray;
  /** Rows of the covariance there that are independent of the beginning. */
  readonly noise: readonly NdArray[];
}

/** Takes the stages of the interval before a cycle, in order. */
export type RecordStage = (cycle: number, stage: Stage) => void;

/** A method with Gaussian states, from which a smoother is made. */
export interface GaussianMethod extends Method {
  filter(problem: Problem, context: RunContext, record?: RecordStage): SequentialFilter<GaussianState>;
}

/** A filter with Gaussian states as a method. */
export function gaussianMethod(
  name: string,
  options: Readonly<Record<string, unknown>>,
  filter: GaussianMethod["filter"],
): GaussianMethod {
  return Object.freeze({
    name,
    options,
    filter,
    async *run(problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> {
      yield* sequential(problem, context, filter(problem, context));
    },
  });
}

/** A mean and the root Z [k, n] of its covariance ZᵀZ. */
export interface GaussianState {
  readonly mean: Float64Array;
  readonly root: NdArray;
}

export interface RootFilterOptions {
  /** Name of the method for messages. */
  readonly method: string;
  /** Factor on the covariance per unit of time. */
  readonly inflation?: number;
  /** Told of every stretch of a forecast, for smoothers. */
  readonly record?: RecordStage | undefined;
}

/**
 * The Kalman filter in square-root form, on tangent-linear maps where model or operator aren't linear. The root goes
 * through an interval in one sweep of k tangents; with model error step by step, P ← inflation^dt F P Fᵀ + dt Q.
 */
export function rootFilter(
  problem: Problem,
  context: RunContext,
  { method, inflation = 1, record }: RootFilterOptions,
): SequentialFilter<GaussianState> {
  const { model, background } = problem;
  const error = stepError(problem);
  const errorRoot = error && covarianceRoot(error);
  const everyStep = context.everyStep ?? false;
  const n = model.size;
  /** Root after `steps` steps from x to `next`, inflated for the time that passes, with model error after the last. */
  const carry = async (
    from: GaussianState,
    next: Float64Array,
    steps: number,
    t: number,
    cycle: number,
  ): Promise<NdArray> => {
    const factor = inflation ** ((model.dt * steps) / 2);
    const images = await tangentRows(method, model.advance(steps), from.mean, from.root, t);
    const times = (value: number): NdArray => ({ data: images.data.map((v) => v * value), shape: images.shape });
    const root = factor === 1 ? images : times(factor);
    // What inflation adds isn't known from before: to a smoother it is noise. Deflation can't be.
    const [known, more] = factor > 1 ? [images, [times(Math.sqrt(factor ** 2 - 1))]] : [root, []];
    record?.(cycle, { ...from, next, images: known, noise: errorRoot === undefined ? more : [...more, errorRoot] });
    return errorRoot === undefined ? root : addRoots(root, errorRoot);
  };
  const forecast = async (state: GaussianState, interval: Interval) => {
    const { steps, start, cycle } = interval;
    const next = await forecastState(model, state.mean, interval, everyStep);
    let { root } = state;
    if (errorRoot === undefined) root = await carry(state, next.state, steps, start, cycle);
    else {
      let x = state.mean;
      for (let k = 0; k < steps; k++) {
        const t = start + k * model.dt;
        const after = k + 1 < steps ? await model.advance(1).apply(x, t) : next.state;
        root = await carry({ mean: x, root }, after, 1, t, cycle);
        x = after;
      }
    }
    checkRoot(root, interval);
    return { ...next, state: { mean: next.state, root } };
  };
  return {
    start: () => ({ mean: background.mean.slice(), root: covarianceRoot(background.covariance) }),
    restore: (saved: MethodState) => ({
      mean: savedArray(saved, "mean", [n]).data,
      root: savedArray(saved, "root", [undefined, n]),
    }),
    save: ({ mean, root }) => ({ mean: { data: mean, shape: [n] }, root }),
    forecast,
    analyse: (state, observation) => analyseRoot(method, state, observation),
  };
}

/** The analysis of one observation time from a Gaussian forecast; without any observation the forecast itself. */
export async function analyseRoot(
  method: string,
  forecast: GaussianState,
  observation: Observation,
): Promise<{ state: GaussianState; result: CycleResult }> {
  const { operator, time } = observation;
  const { seen, dy, innovation } = await innovationOf(observation, forecast.mean);
  const forecastSpread = rootDeviations(forecast.root);
  const base = { forecastMean: forecast.mean, forecastSpread };
  if (seen.error === undefined)
    return {
      state: forecast,
      result: { ...base, analysisMean: forecast.mean, analysisSpread: forecastSpread, innovation },
    };
  const tangents = await tangentRows(method, operator, forecast.mean, forecast.root, time);
  const Y = seenColumns(observation, seen, tangents);
  const { mean, root, chi2, logEvidence } = rootAnalysis({ x: forecast.mean, Z: forecast.root, Y, dy, R: seen.error });
  return {
    state: { mean, root },
    result: {
      ...base,
      analysisMean: mean,
      analysisSpread: rootDeviations(root),
      innovation,
      chi2: { value: chi2, count: dy.length },
      logEvidence,
    },
  };
}

function checkRoot(root: NdArray, { cycle, start, end }: Interval): void {
  if (allFinite(root.data)) return;
  throw new NumericalError(
    `cycle ${cycle}`,
    `expected finite covariances, but they overflowed between times ${start} and ${end}: the tangent-linear model grows without observations that hold it`,
    { cycle, code: "numerical/blow-up" },
  );
}
