import type { CompileOptions } from "../../engine/execute/index.ts";
import { exportNetwork, type Network } from "../../engine/nn/index.ts";
import { type NdArray, sizeOf } from "../../engine/tensor/index.ts";
import type { MapData } from "./data.ts";
import { rowsOf } from "./parts.ts";
import { graphRunner } from "./skill.ts";

/** How well targets of the test part are met. */
export interface Fit {
  /** Root mean square of the errors, in the targets' units and in units of their deviation about the training's mean. */
  readonly rmse: number;
  readonly normalized: number;
  /** What the network made of the first test samples, and their targets, [samples, n] each. */
  readonly example: { readonly prediction: NdArray; readonly truth: NdArray };
}

const batch = 256;
const shown = 500;

/** Applies the network to the test part; undefined without one. */
export async function testFit(
  network: Network,
  parameters: Float64Array,
  data: MapData,
  execution: CompileOptions,
): Promise<Fit | undefined> {
  if (data.test === undefined) return undefined;
  const [inputs, { data: truth }] = data.test;
  const count = inputs.shape[0]!;
  const n = sizeOf(data.target);
  const prediction = new Float64Array(count * n);
  const run = perSize((size) => graphRunner(exportNetwork(network, parameters, { batch: size }), execution));
  for (let from = 0; from < count; from += batch) {
    const rows = rowsOf(inputs, from, Math.min(count, from + batch));
    const [result] = await run(rows.shape[0]!)([rows]);
    prediction.set(result!.data, from * n);
  }
  const [, { data: learned }] = data.train;
  const mean = new Float64Array(n);
  learned.forEach((value, j) => {
    mean[j % n]! += (value * n) / learned.length;
  });
  let [error, scatter] = [0, 0];
  truth.forEach((value, j) => {
    error += (prediction[j]! - value) ** 2 / truth.length;
    scatter += (mean[j % n]! - value) ** 2 / truth.length;
  });
  const rows = Math.min(shown, count);
  const cut = (values: Float64Array): NdArray => ({ data: values.slice(0, rows * n), shape: [rows, n] });
  return {
    rmse: Math.sqrt(error),
    normalized: Math.sqrt(error / scatter),
    example: { prediction: cut(prediction), truth: cut(truth) },
  };
}

/** What is made once for each size. */
function perSize<T>(make: (size: number) => T): (size: number) => T {
  const made = new Map<number, T>();
  return (size) => {
    const found = made.get(size) ?? make(size);
    made.set(size, found);
    return found;
  };
}
