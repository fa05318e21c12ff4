import type { ArrayLike64, NdArray } from "../../engine/tensor/index.ts";
import { collectRun } from "../../methods/common/index.ts";
import { constantCovarianceKalman } from "../../methods/filters/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import { observationNetwork, observationSeries } from "../../problem/observe/index.ts";
import { type ForwardModel, modelOf, windowsOf } from "./forward.ts";
import { covariance, rows, vector } from "./inputs.ts";
import { type ObservationModel, operatorOf } from "./observation.ts";

/** What the functions take besides TorchDA's positional arguments. */
export interface ApplyOptions {
  /** Time of the first state, 0 by default. */
  readonly startTime?: number;
  /** What M gets after the state and the times. */
  readonly args?: readonly unknown[];
  /** States that a call of a network M returns, 1 by default. */
  readonly outputSequenceLength?: number;
}

/**
 * TorchDA's `apply_KF`: the Kalman filter whose forecast covariance is always P0. With k = Σ gaps, states at all model steps [k + 1, n]:
 * the forecasts between observations, the analyses at them, the last one included. For a nonlinear H the gain is from its derivative and
 * the innovation y − H(x).
 * @param timeObs times of the observations; `gaps` model steps before each
 * @param P0 forecast covariance [n, n]; `R` observation errors [m, m]; `x0` first state [n]; `y` observations [count, m]
 * @throws ShapeError, ArgumentError naming the argument
 */
export async function applyKF(
  timeObs: ArrayLike<number>,
  gaps: ArrayLike<number>,
  M: ForwardModel,
  H: ObservationModel,
  P0: ArrayLike64 | Covariance,
  R: ArrayLike64 | Covariance,
  x0: ArrayLike64,
  y: ArrayLike64,
  options: ApplyOptions = {},
): Promise<NdArray> {
  const windows = windowsOf(timeObs, gaps, options.startTime ?? 0);
  const mean = vector("x0", x0);
  const n = mean.length;
  const seen = rows("y", y, windows.gaps.length);
  const m = seen.shape[1]!;
  const model = modelOf(M, { size: n, windows, ...options });
  const network = observationNetwork({
    dt: model.dt,
    steps: stepsOf(windows.gaps),
    operator: operatorOf(H, n, m),
    error: covariance("R", R, m),
  });
  const run = await collectRun(
    constantCovarianceKalman(),
    {
      model,
      observations: observationSeries(network, seen),
      background: { mean, covariance: covariance("P0", P0, n) },
    },
    { everyStep: true },
  );
  const total = windows.gaps.reduce((sum, gap) => sum + gap, 0);
  const data = new Float64Array((total + 1) * n);
  data.set(mean);
  let at = n;
  run.cycles.forEach(({ trajectory }, k) => {
    data.set(trajectory!.data, at);
    at += trajectory!.data.length;
    data.set(run.analysisMean.data.subarray(k * n, (k + 1) * n), at - n);
  });
  return { data, shape: [total + 1, n] };
}

/** Model steps of the observation times. */
export function stepsOf(gaps: readonly number[], first = 0): number[] {
  let step = first;
  return gaps.map((gap) => {
    step += gap;
    return step;
  });
}
