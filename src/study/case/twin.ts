import { NumericalError } from "../../engine/errors/index.ts";
import type { RandomStreams } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { ObservationNetwork } from "../../problem/observe/index.ts";

export interface TruthOptions {
  readonly model: Model;
  readonly mean: Float64Array;
  readonly covariance: Covariance;
  /** Model error per unit of time of the true model; none when left out. */
  readonly modelError?: Covariance | undefined;
  readonly network: ObservationNetwork;
  readonly streams: RandomStreams;
}

/** A true run. */
export interface Truth {
  /** The state at time 0. */
  readonly start: Float64Array;
  /** States at the observation times, [times, n]. */
  readonly states: NdArray;
}

/**
 * The truth of a twin experiment: a draw of the initial distribution (stream "truth"), run by the true model, with its
 * error after every step (stream "truth-error" of each interval). It depends on the seed and these parts alone.
 * @throws NumericalError when the true model blows up
 */
export async function drawTruth(options: TruthOptions): Promise<Truth> {
  const { model, mean, covariance, network, streams } = options;
  const n = model.size;
  const draw = covariance.sample(streams.stream("truth"));
  const start = mean.map((value, i) => value + draw[i]!);
  const { modelError } = options;
  const error = modelError?.diagonal().some((variance) => variance > 0) ? modelError.scaled(model.dt) : undefined;
  const data = new Float64Array(network.length * n);
  let state: Float64Array = start;
  let step = 0;
  for (const [k, at] of network.entries()) {
    const steps = at.step - step;
    if (error === undefined && steps > 0) state = await model.advance(steps).apply(state, step * model.dt);
    if (error !== undefined) {
      const noise = streams.stream("truth-error", k);
      for (let i = 0; i < steps; i++) {
        const next = await model.advance(1).apply(state, (step + i) * model.dt);
        const added = error.sample(noise);
        state = next.map((value, j) => value + added[j]!);
      }
    }
    const bad = state.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new NumericalError(
        "truth",
        `the true run of model "${model.name}" blew up before time ${at.time} (observation ${k}): got ${state[bad]} for variable ${bad}; try a shorter time step`,
        { cycle: k, code: "numerical/blow-up" },
      );
    data.set(state, k * n);
    step = at.step;
  }
  return { start, states: { data, shape: [network.length, n] } };
}
