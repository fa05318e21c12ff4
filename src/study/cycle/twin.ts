import { NumericalError, ShapeError } from "../../engine/errors/index.ts";
import { randomStreams } from "../../engine/random/index.ts";
import { type ArrayLike64, type NdArray, toNdArray } from "../../engine/tensor/index.ts";
import { stepError } from "../../methods/common/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import { type ObservationNetwork, type ObservationSeries, simulateObservations } from "../../problem/observe/index.ts";

export interface TwinExperimentOptions {
  /** The true model. */
  readonly model: Model;
  /** Distribution of the initial state. */
  readonly background: { readonly mean: ArrayLike64; readonly covariance: Covariance };
  /** Error of the true model per unit of time. */
  readonly modelError?: Covariance;
  readonly network: ObservationNetwork;
  readonly seed: number;
}

/** True states. */
export interface Truth {
  /** At the observation times, [times, n]; NaN = unknown. */
  readonly states: NdArray;
  /** At step 0, [n]. */
  readonly initial?: Float64Array;
}

/** What a twin experiment pretends to be nature. */
export interface TwinExperiment {
  readonly truth: Required<Truth>;
  readonly observations: ObservationSeries;
}

/**
 * Draws a truth and observations of it: the initial state from stream "truth", model error dt·Q after every step from
 * "truth-error" of each interval, the observations' errors from "observation" of each time. They depend on the seed and
 * on what is given here alone, whatever method they are used for.
 * @throws NumericalError when the true model blows up; ShapeError for a background of another size
 */
export async function twinExperiment(options: TwinExperimentOptions): Promise<TwinExperiment> {
  const { model, background, network, seed } = options;
  const streams = randomStreams(seed);
  const n = model.size;
  const mean = toNdArray(background.mean, "background.mean").data;
  for (const [place, size] of [
    ["background.mean", mean.length],
    ["background.covariance", background.covariance.size],
  ] as const)
    if (size !== n) throw new ShapeError(place, `expected size ${n}, as the model has, got ${size}`);
  const draw = background.covariance.sample(streams.stream("truth"));
  const initial = mean.map((value, i) => value + draw[i]!);
  const error = stepError(options);
  const states = new Float64Array(network.length * n);
  let x: Float64Array = initial;
  let step = 0;
  for (const [k, { step: target, time }] of network.entries()) {
    if (error === undefined && target > step) x = await model.advance(target - step).apply(x, step * model.dt);
    else if (error !== undefined) {
      const stream = streams.stream("truth-error", k);
      for (let s = step; s < target; s++) {
        const noise = error.sample(stream);
        x = (await model.advance(1).apply(x, s * model.dt)).map((value, i) => value + noise[i]!);
      }
    }
    if (!x.every(Number.isFinite))
      throw new NumericalError(
        "truth",
        `model "${model.name}" blew up between times ${step * model.dt} and ${time}: try a shorter time step`,
        { cycle: k, code: "numerical/blow-up" },
      );
    step = target;
    states.set(x, k * n);
  }
  const truth = { states: { data: states, shape: [network.length, n] }, initial };
  return { truth, observations: await simulateObservations(network, truth.states, streams) };
}
