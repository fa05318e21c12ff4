import { CaseError } from "../../engine/errors/index.ts";
import type { RandomStreams } from "../../engine/random/index.ts";
import { type NdArray, shapeText } from "../../engine/tensor/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { CaseTools } from "../case/tools.ts";
import { generateRuns } from "./generate.ts";
import { cutPairs, cutRuns, type Parts } from "./parts.ts";
import type { DataConfig } from "./types.ts";

/** States that follow one another; each run is [times, …shape]. */
export interface StateData extends Parts<readonly NdArray[]> {
  readonly kind: "states";
  /** Of a state. */
  readonly shape: readonly number[];
  /** Time from one state to the next. */
  readonly dt: number;
  /** Where they come from, when it is a model. */
  readonly source?: { readonly model: Model; readonly start: Float64Array };
}

/** Inputs and what is to become of them, [samples, …] each. */
export interface MapData extends Parts<readonly [NdArray, NdArray]> {
  readonly kind: "pairs";
  /** Of an input. */
  readonly shape: readonly number[];
  /** Of a target. */
  readonly target: readonly number[];
}

export type TrainingData = StateData | MapData;

/**
 * Reads or makes the data of a training and parts them.
 * @throws CaseError under `data` for shapes and numbers that don't fit; FileError for files
 * @throws NumericalError when the model blows up
 */
export async function makeData(
  config: DataConfig,
  tools: CaseTools,
  streams: RandomStreams,
  signal?: AbortSignal,
): Promise<TrainingData> {
  if ("inputs" in config) {
    const inputs = await finiteArray(config.inputs.file, tools, "data.inputs", 2);
    const targets = await finiteArray(config.targets.file, tools, "data.targets", 2);
    if (inputs.shape[0] !== targets.shape[0])
      throw new CaseError(
        "data.targets",
        `expected ${inputs.shape[0]} rows, as inputs has, got shape ${shapeText(targets.shape)}`,
      );
    const parts = cutPairs([inputs, targets], config);
    return { kind: "pairs", shape: inputs.shape.slice(1), target: targets.shape.slice(1), ...parts };
  }
  if ("model" in config) {
    const { model, start, runs } = await generateRuns(config, tools, streams, signal);
    const parts = cutRuns(runs, config, "data.samples");
    return { kind: "states", shape: model.shape, dt: model.dt * config.every, source: { model, start }, ...parts };
  }
  if ("trajectory" in config) {
    const run = await finiteArray(config.trajectory.file, tools, "data.trajectory", 2);
    return { kind: "states", shape: run.shape.slice(1), dt: config.dt, ...cutRuns([run], config, "data.trajectory") };
  }
  const all = await finiteArray(config.trajectories.file, tools, "data.trajectories", 3);
  const shape = all.shape.slice(1);
  const length = all.data.length / all.shape[0]!;
  const runs = Array.from({ length: all.shape[0]! }, (_, r) => ({
    data: all.data.subarray(r * length, (r + 1) * length),
    shape,
  }));
  return { kind: "states", shape: shape.slice(1), dt: config.dt, ...cutRuns(runs, config, "data.trajectories") };
}

/** An array of at least so many axes without NaN and infinities. */
async function finiteArray(file: string, tools: CaseTools, place: string, axes: number): Promise<NdArray> {
  const array = await tools.array(file, place);
  const { data, shape } = array;
  if (shape.length < axes || data.length === 0)
    throw new CaseError(
      place,
      `expected "${file}" to have at least ${axes} axes, ${axes === 3 ? "(runs, times, …state)" : "a row each"}, got shape ${shapeText(shape)}`,
    );
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new CaseError(place, `expected finite numbers in "${file}", got ${data[bad]} at (${indexAt(bad, shape)})`);
  return array;
}

/** The index of an element by its position. */
function indexAt(position: number, shape: readonly number[]): string {
  let rest = position;
  const index = shape.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index.join(", ");
}
