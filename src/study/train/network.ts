import { CaseError } from "../../engine/errors/index.ts";
import {
  fitNormalization,
  type Layer,
  type Network,
  type Normalization,
  network,
  normalized,
  sequential,
} from "../../engine/nn/index.ts";
import { type NdArray, sameShape, shapeText } from "../../engine/tensor/index.ts";
import { at } from "../case/tools.ts";
import type { TrainingData } from "./data.ts";
import { buildLayers } from "./layers.ts";
import { windows } from "./parts.ts";
import type { NetworkConfig } from "./types.ts";

/**
 * The network of a training: its layers, between the units of the data.
 * @throws CaseError under `network` for layers that don't fit each other or the data
 */
export async function makeNetwork(config: NetworkConfig, data: TrainingData): Promise<Network> {
  const { layers, shape } = await buildLayers(config.layers, data.shape, "network.layers");
  const target = data.kind === "pairs" ? data.target : data.shape;
  if (!sameShape(shape, target))
    throw new CaseError(
      "network.layers",
      `expected the last layer to give shape ${shapeText(target)}, as ${data.kind === "pairs" ? "a target" : "a state"} has, got ${shapeText(shape)}${hint(shape, target)}`,
    );
  const inner = sequential(...layers);
  return at("network", () => network(between(inner, config, data), data.shape));
}

function hint(shape: readonly number[], target: readonly number[]): string {
  const [extent] = target;
  return shape.length === 1 && target.length === 1 ? `: put { dense: ${extent} } at the end` : "";
}

/** The layers with what stands around them: normalisation fitted to the training part, and the increment's sum. */
function between(inner: Layer, { predicts, normalize }: NetworkConfig, data: TrainingData): Layer {
  const increments = predicts === "increment";
  const fitTo = (samples: NdArray): Normalization => fitted(samples, normalize);
  const [inputs, targets] = data.kind === "pairs" ? data.train : pairsOf(data.train);
  const output = increments ? difference(targets, inputs) : targets;
  if (normalize === false && !increments) return inner;
  return normalized(inner, {
    input: fitTo(inputs),
    output: fitTo(output),
    predicts: increments ? "increment" : "state",
  });
}

/** Means and deviations: of each element, of each channel, or of all numbers together; 0 and 1 without normalisation. */
function fitted(samples: NdArray, how: NetworkConfig["normalize"]): Normalization {
  if (how === false)
    return { mean: { data: new Float64Array(1), shape: [1] }, scale: { data: Float64Array.of(1), shape: [1] } };
  if (how === true) return fitNormalization(samples);
  if (how === "channels") return fitNormalization(samples, { variableAxis: 0 });
  return fitNormalization({ data: samples.data, shape: [samples.data.length, 1] });
}

function pairsOf(runs: readonly NdArray[]): readonly [NdArray, NdArray] {
  const pairs = windows(runs, 1);
  if (pairs === undefined) throw new CaseError("data", "expected runs of at least two states to learn from");
  return pairs;
}

function difference(a: NdArray, b: NdArray): NdArray {
  return { data: a.data.map((value, i) => value - b.data[i]!), shape: a.shape };
}
