import type { NdArray } from "../../engine/tensor/index.ts";
import { type Covariance, denseCovariance } from "../../problem/covariance/index.ts";
import type { Observation } from "../../problem/observe/index.ts";
import type { MethodState, Problem, RunContext } from "../method.ts";
import { checkForecast, stepError } from "./forecast.ts";
import { innovationOf, scatterInnovation, seenColumns } from "./observed.ts";
import { covarianceRoot, type RootAnalysis, rootAnalysis, rootDeviations } from "./root.ts";
import type { GaussianState, RecordStage } from "./root-filter.ts";
import { type CycleResult, type Interval, type SequentialFilter, savedArray } from "./sequential.ts";
import {
  downdatedRoot,
  evenCovariance,
  type SigmaMoments,
  type SigmaRule,
  type SigmaWeights,
  sigmaMoments,
  sigmaPoints,
  sigmaRule,
  stackedRoot,
} from "./sigma-points.ts";

/** The unscented Kalman filter in square-root form: points over whole intervals, or step by step where there is model error. */
export function sigmaPointFilter(
  problem: Problem,
  context: RunContext,
  weights: SigmaWeights,
  record?: RecordStage,
): SequentialFilter<GaussianState> {
  const { model, background } = problem;
  const n = model.size;
  const error = stepError(problem);
  const errorRoot = error && covarianceRoot(error);
  const everyStep = context.everyStep ?? false;
  /** Points over some steps; `means`, where they are wanted, gets those after each of them. */
  const over = async (state: GaussianState, steps: number, t: number, interval: Interval, means?: Float64Array) => {
    const rule = sigmaRule(state.root.shape[0]!, weights);
    let images = sigmaPoints(state.mean, state.root, rule.distance);
    if (means === undefined) images = await model.advance(steps).applyBatch(images, t);
    for (let k = 0; means !== undefined && k < steps; k++) {
      images = await model.advance(1).applyBatch(images, t + k * model.dt);
      means.set(sigmaMoments(images, rule).mean, k * n);
    }
    checkForecast(model, images.data, interval);
    const moments = sigmaMoments(images, rule);
    record?.(interval.cycle, {
      ...state,
      next: moments.mean,
      images: moments.odd,
      noise: [...evenRows(moments, rule), ...(errorRoot ? [errorRoot] : [])],
    });
    return { mean: moments.mean, root: rootOf(moments, rule, errorRoot) };
  };
  return {
    start: () => ({ mean: background.mean.slice(), root: covarianceRoot(background.covariance) }),
    restore: (saved: MethodState) => ({
      mean: savedArray(saved, "mean", [n]).data,
      root: savedArray(saved, "root", [undefined, n]),
    }),
    save: ({ mean, root }) => ({ mean: { data: mean, shape: [n] }, root }),
    async forecast(state, interval) {
      const { steps, start } = interval;
      const means = new Float64Array(everyStep ? steps * n : 0);
      let next = state;
      if (errorRoot === undefined) next = await over(state, steps, start, interval, everyStep ? means : undefined);
      else
        for (let k = 0; k < steps; k++) {
          next = await over(next, 1, start + k * model.dt, interval);
          if (everyStep) means.set(next.mean, k * n);
        }
      return everyStep ? { state: next, trajectory: { data: means, shape: [steps, n] } } : { state: next };
    },
    analyse: (state, observation) => analyseSigma(state, observation, weights),
  };
}

/** Rows of the even part and of the central point, without zeros. */
function evenRows({ even, central }: SigmaMoments, rule: SigmaRule): readonly NdArray[] {
  const parts = [even, ...(rule.central > 0 ? [{ data: central, shape: [1, central.length] }] : [])];
  return parts.filter(({ data }) => data.some((value) => value !== 0));
}

/** The root of odd and even parts, the central point and model error. */
function rootOf(moments: SigmaMoments, rule: SigmaRule, error?: NdArray): NdArray {
  const { odd, central } = moments;
  const root = stackedRoot([odd, ...evenRows(moments, rule), ...(error ? [error] : [])], central.length);
  return rule.central < 0 ? downdatedRoot(root, central) : root;
}

/**
 * The analysis of one time: points of the forecast, seen through the operator. What is odd in them about the mean is correlated with the
 * state, as a linear operator's would be; what is even adds to the observation errors.
 */
async function analyseSigma(
  forecast: GaussianState,
  observation: Observation,
  weights: SigmaWeights,
): Promise<{ state: GaussianState; result: CycleResult }> {
  const { operator, time } = observation;
  const forecastSpread = rootDeviations(forecast.root);
  const base = { forecastMean: forecast.mean, forecastSpread };
  const { seen, innovation: unseen } = await innovationOf(observation, forecast.mean);
  if (seen.error === undefined)
    return {
      state: forecast,
      result: { ...base, analysisMean: forecast.mean, analysisSpread: forecastSpread, innovation: unseen },
    };
  const rule = sigmaRule(forecast.root.shape[0]!, weights);
  const points = sigmaPoints(forecast.mean, forecast.root, rule.distance);
  const moments = sigmaMoments(seenColumns(observation, seen, await operator.applyBatch(points, time)), rule);
  const dy = seen.values.map((value, i) => value - moments.mean[i]!);
  const analysis = operator.linear
    ? rootAnalysis({ x: forecast.mean, Z: forecast.root, Y: moments.odd, dy, R: seen.error })
    : analyseEven(forecast, moments, rule, dy, seen.error);
  return {
    state: { mean: analysis.mean, root: analysis.root },
    result: {
      ...base,
      analysisMean: analysis.mean,
      analysisSpread: rootDeviations(analysis.root),
      innovation: scatterInnovation(observation, seen, dy),
      chi2: { value: analysis.chi2, count: dy.length },
      logEvidence: analysis.logEvidence,
    },
  };
}

/** Kalman's analysis with the even part as further observation error: as rows without a state, or added to R where they count negatively. */
function analyseEven(
  { mean: x, root: Z }: GaussianState,
  moments: SigmaMoments,
  rule: SigmaRule,
  dy: Float64Array,
  R: Covariance,
): RootAnalysis {
  const [k, n, m] = [Z.shape[0]!, x.length, dy.length];
  if (rule.central < 0) {
    const data = evenCovariance(moments, rule);
    R.dense().forEach((value, at) => {
      data[at]! += value;
    });
    return rootAnalysis({ x, Z, Y: moments.odd, dy, R: denseCovariance({ data, shape: [m, m] }, { place: "S" }) });
  }
  const rows = 2 * k + 1;
  const [state, seen] = [new Float64Array(rows * n), new Float64Array(rows * m)];
  state.set(Z.data);
  seen.set(moments.odd.data);
  seen.set(moments.even.data, k * m);
  seen.set(moments.central, 2 * k * m);
  const analysis = rootAnalysis({
    x,
    Z: { data: state, shape: [rows, n] },
    Y: { data: seen, shape: [rows, m] },
    dy,
    R,
  });
  return { ...analysis, root: stackedRoot([analysis.root], n) };
}
