import { CaseError, NumericalError } from "../../engine/errors/index.ts";
import { breather } from "../../engine/nn/training/pause.ts";
import type { RandomStreams } from "../../engine/random/index.ts";
import { type NdArray, toNdArray } from "../../engine/tensor/index.ts";
import type { Model } from "../../problem/models/index.ts";
import { makeCovariance } from "../case/covariances.ts";
import { makeModel } from "../case/models.ts";
import { at, type CaseTools } from "../case/tools.ts";
import type { ModelData } from "./types.ts";

/** Runs of a model, [samples, …state] each. */
export interface GeneratedRuns {
  readonly model: Model;
  /** The first state kept of the first run. */
  readonly start: Float64Array;
  readonly runs: readonly NdArray[];
}

/** Model steps between two looks at whether to stop. */
const block = 500;

/**
 * Runs a model from random starts and keeps every so manyth state after a spin-up.
 * @throws CaseError under `data`; NumericalError when the model blows up; what `signal` was aborted with
 */
export async function generateRuns(
  config: ModelData,
  tools: CaseTools,
  streams: RandomStreams,
  signal?: AbortSignal,
): Promise<GeneratedRuns> {
  const model = await makeModel(config.model, tools, "data.model");
  const mean = await startMean(config.initial.mean, model, tools);
  const covariance = await makeCovariance(config.initial.covariance, {
    place: "data.initial.covariance",
    size: model.size,
    because: `the state has ${model.size} variables`,
    positive: false,
    tools,
  });
  const runs: NdArray[] = [];
  for (let r = 0; r < config.trajectories; r++) {
    const deviation = covariance.sample(streams.stream("initial", r));
    const start = mean.map((value, i) => value + deviation[i]!);
    runs.push(await at("data.model", () => runOf(model, start, config, signal)));
  }
  return { model, start: runs[0]!.data.slice(0, model.size), runs };
}

async function runOf(model: Model, from: Float64Array, config: ModelData, signal?: AbortSignal): Promise<NdArray> {
  const { samples, every, spinUp } = config;
  const n = model.size;
  const data = new Float64Array(samples * n);
  let [x, step, kept] = [from, 0, 0];
  const keep = (state: Float64Array): void => {
    if (step >= spinUp && (step - spinUp) % every === 0 && kept < samples) data.set(state, kept++ * n);
  };
  keep(x);
  const breathe = breather();
  const last = spinUp + (samples - 1) * every;
  while (step < last) {
    await breathe();
    signal?.throwIfAborted();
    const length = Math.min(block, last - step);
    const path = await model.trajectory(length).apply(x, step * model.dt);
    if (!path.every(Number.isFinite))
      throw new NumericalError(
        "data.model",
        `model "${model.name}" blew up before time ${(step + length) * model.dt}; try a shorter time step`,
        { code: "numerical/blow-up" },
      );
    for (let k = 0; k < length; k++) {
      step++;
      keep(path.subarray(k * n, (k + 1) * n));
    }
    x = path.slice((length - 1) * n);
  }
  return { data, shape: [samples, ...model.shape] };
}

async function startMean(config: ModelData["initial"]["mean"], model: Model, tools: CaseTools): Promise<Float64Array> {
  const place = "data.initial.mean";
  if (typeof config === "number") return new Float64Array(model.size).fill(config);
  const { data } = "file" in config ? await tools.array(config.file, place) : toNdArray(config, place);
  if (data.length !== model.size)
    throw new CaseError(place, `expected ${model.size} numbers, as the state has, got ${data.length}`);
  if (!data.every(Number.isFinite)) throw new CaseError(place, "expected finite numbers");
  return data.slice();
}
