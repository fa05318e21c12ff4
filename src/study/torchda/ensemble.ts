import { randomStreams } from "../../engine/random/index.ts";
import { type ArrayLike64, type NdArray, zeros } from "../../engine/tensor/index.ts";
import { checkCount, checkForecast, drawMembers, drawRows, ensembleMean } from "../../methods/common/index.ts";
import { enkfAnalysis } from "../../methods/filters/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import { type ForwardModel, modelOf, windowsOf } from "./forward.ts";
import { covariance, rows, vector } from "./inputs.ts";
import type { ApplyOptions } from "./kalman.ts";
import { type ObservationModel, operatorOf } from "./observation.ts";

export interface ApplyEnKFOptions extends ApplyOptions {
  /** All draws come from it; 0 by default. */
  readonly seed?: number;
}

/** States of all members and their mean at all model steps. */
export interface EnsembleStates {
  /** [steps + 1, n] */
  readonly average: NdArray;
  /** [steps + 1, Ne, n] */
  readonly each: NdArray;
}

/**
 * TorchDA's `apply_EnKF`: the stochastic ensemble Kalman filter, its members drawn from N(x0, P0), its perturbations as drawn. States at all
 * model steps, the forecasts between observations, the analyses at them, the last one included.
 * @param Ne members; the other arguments as of {@link applyKF}
 * @throws ShapeError, ArgumentError naming the argument; NumericalError for a member that blows up
 * @see [Evensen1994] [Burgers1998]
 */
export async function applyEnKF(
  timeObs: ArrayLike<number>,
  gaps: ArrayLike<number>,
  Ne: number,
  M: ForwardModel,
  H: ObservationModel,
  P0: ArrayLike64 | Covariance,
  R: ArrayLike64 | Covariance,
  x0: ArrayLike64,
  y: ArrayLike64,
  options: ApplyEnKFOptions = {},
): Promise<EnsembleStates> {
  const windows = windowsOf(timeObs, gaps, options.startTime ?? 0);
  checkCount("Ne", Ne, 2);
  const start = vector("x0", x0);
  const n = start.length;
  const seen = rows("y", y, windows.gaps.length);
  const m = seen.shape[1]!;
  const model = modelOf(M, { size: n, windows, ...options });
  const operator = operatorOf(H, n, m);
  const error = covariance("R", R, m);
  const streams = randomStreams(options.seed ?? 0);
  let E = drawMembers(start, covariance("P0", P0, n), Ne, (member) => streams.stream("initial", 0, member));
  const total = windows.gaps.reduce((sum, gap) => sum + gap, 0);
  const each = zeros([total + 1, Ne, n]);
  each.data.set(E.data);
  let row = 1;
  for (const [k, gap] of windows.gaps.entries()) {
    const begin = (row - 1) * model.dt;
    const paths = await model.trajectory(gap).applyBatch(E, begin);
    const forecast = zeros([Ne, n]);
    for (let step = 0; step < gap; step++)
      for (let member = 0; member < Ne; member++) {
        const from = (member * gap + step) * n;
        const state = paths.data.subarray(from, from + n);
        each.data.set(state, ((row + step) * Ne + member) * n);
        if (step === gap - 1) forecast.data.set(state, member * n);
      }
    row += gap;
    checkForecast(model, forecast.data, { cycle: k, steps: gap, start: begin, end: (row - 1) * model.dt });
    E = enkfAnalysis({
      E: forecast,
      HE: await operator.applyBatch(forecast, (row - 1) * model.dt),
      y: seen.data.slice(k * m, (k + 1) * m),
      R: error,
      perturbations: drawRows(error, Ne, (member) => streams.stream("perturbation", k, member)),
    }).ensemble;
    each.data.set(E.data, (row - 1) * Ne * n);
  }
  const average = zeros([total + 1, n]);
  for (let at = 0; at <= total; at++) {
    const members = { data: each.data.subarray(at * Ne * n, (at + 1) * Ne * n), shape: [Ne, n] };
    average.data.set(ensembleMean(members), at * n);
  }
  return { average, each };
}
