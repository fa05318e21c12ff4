import { CapabilityError, NumericalError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { ObservationSeries } from "../../problem/observe/index.ts";
import type { Posterior } from "./posterior.ts";
import type { WindowUnknowns } from "./window.ts";

/** States at the observation times of a window, with those between when they are wanted. */
export interface TrajectoryPoint {
  readonly state: Float64Array;
  readonly path?: NdArray;
}

export interface TrajectoryRequest {
  readonly model: Model;
  readonly start: WindowUnknowns;
  readonly startStep: number;
  readonly seen: ObservationSeries;
  readonly everyStep: boolean;
  /** Number of the first observation time, for messages. */
  readonly cycle: number;
}

/**
 * Runs the model from the window's start, with the model's errors that were found, if any.
 * @throws NumericalError where it blows up
 */
export async function trajectory(request: TrajectoryRequest): Promise<TrajectoryPoint[]> {
  const { model, start, startStep, seen, everyStep, cycle } = request;
  const result: TrajectoryPoint[] = [];
  let x = start.state;
  let step = startStep;
  for (const [k, observation] of seen.entries()) {
    const steps = observation.step - step;
    let path: NdArray | undefined;
    if (steps > 0 && (everyStep || start.errors !== undefined)) {
      const data = await pathOf(model, x, step, steps, start.errors?.subarray((step - startStep) * model.size));
      x = data.slice((steps - 1) * model.size);
      if (everyStep) path = { data, shape: [steps, model.size] };
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

/** The states after each of some steps. */
async function pathOf(
  model: Model,
  x0: Float64Array,
  step: number,
  steps: number,
  errors: Float64Array | undefined,
): Promise<Float64Array> {
  const n = model.size;
  if (errors === undefined) return model.trajectory(steps).apply(x0, step * model.dt);
  const out = new Float64Array(steps * n);
  let x = x0;
  for (let k = 0; k < steps; k++) {
    const forecast = await model.advance(1).apply(x, (step + k) * model.dt);
    x = forecast.map((value, i) => value + errors[k * n + i]!);
    out.set(x, k * n);
  }
  return out;
}

/**
 * Standard deviations at the observation times of a window: the columns of the posterior's root, run by the tangent model along the analysed
 * trajectory; as many tangent runs as the control has numbers. Where increments don't change over the window, neither do deviations.
 * @throws CapabilityError for a model without a tangent
 */
export async function posteriorSpreads(
  method: string,
  request: Omit<TrajectoryRequest, "everyStep" | "cycle">,
  posterior: Posterior,
  fixed = false,
): Promise<Float64Array[]> {
  if (fixed) {
    const same = posterior.covariance.diagonal().map(Math.sqrt);
    return request.seen.map(() => same);
  }
  const { model, start, startStep, seen } = request;
  const n = model.size;
  const { size } = posterior;
  const columns: Float64Array[] = [];
  const unit = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    unit[j] = 1;
    columns.push(posterior.root(unit));
    unit[j] = 0;
  }
  // The unknowns are [state | bias | model errors].
  const errorsAt = n + (start.bias?.length ?? 0);
  let rows: NdArray = { data: new Float64Array(size * n), shape: [size, n] };
  columns.forEach((column, j) => {
    rows.data.set(column.subarray(0, n), j * n);
  });
  const result: Float64Array[] = [];
  let x = start.state;
  let step = startStep;
  for (const observation of seen) {
    const length = start.errors === undefined ? observation.step - step : 1;
    for (; step < observation.step; step += length) {
      const move = model.advance(length);
      if (move.tangentBatch === undefined)
        throw new CapabilityError(
          method,
          `needs the tangent of "${move.name}" for posterior spreads: give it as a formula on tensors or with its tangent`,
        );
      const time = step * model.dt;
      const at = (step - startStep) * n;
      rows = await move.tangentBatch(x, rows, time);
      x = await move.apply(x, time);
      const { errors } = start;
      if (errors === undefined) continue;
      x = x.map((value, i) => value + errors[at + i]!);
      for (const [j, column] of columns.entries())
        for (let i = 0; i < n; i++) rows.data[j * n + i]! += column[errorsAt + at + i]!;
    }
    const variances = new Float64Array(n);
    for (let j = 0; j < size; j++) for (let i = 0; i < n; i++) variances[i]! += rows.data[j * n + i]! ** 2;
    result.push(variances.map(Math.sqrt));
  }
  return result;
}
