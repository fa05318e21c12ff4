import { ShapeError } from "../../engine/errors/index.ts";
import type { CompileOptions } from "../../engine/execute/index.ts";
import type { OnnxModel } from "../../engine/onnx/index.ts";
import { shapeText, sizeOf } from "../../engine/tensor/index.ts";
import { type TracedOperator, tracedOperator } from "../operators/index.ts";
import { networkGraph, runNetwork } from "../operators/network.ts";
import type { Model } from "./model.ts";
import { networkModel, stateShape } from "./network.ts";
import { type Normalize, normalization } from "./normalization.ts";

export interface LatentModelOptions {
  /** From a physical state to latent variables. */
  readonly encoder: OnnxModel;
  /** From latent variables to a physical state. */
  readonly decoder: OnnxModel;
  /** From latent variables to those a step, or `stepsPerCall` steps, later. */
  readonly dynamics: OnnxModel;
  /** Shape of a physical state; by default the encoder's input's, open extents 1, the first axis dropped if it is 1. */
  readonly shape?: readonly number[];
  /** Time units of a step. */
  readonly dt: number;
  /** Number of successive states that a call of the dynamics returns; 1 by default. */
  readonly stepsPerCall?: number;
  /** Encoder and decoder work on (x − mean) / scale of physical states, one number or one for each variable; 0 and 1 by default. */
  readonly mean?: number | Float64Array;
  readonly scale?: number | Float64Array;
}

/**
 * A model in the latent space of an autoencoder: its state is what the encoder gives, its steps are the dynamics network's.
 * `latent` maps between both spaces; observation operators of physical states go behind the decoder (`composedOperator`), so
 * that a variational method differentiates through it.
 * @throws ShapeError when the three networks don't fit each other
 * @see [Cheng2025]
 */
export function latentModel(options: LatentModelOptions): Model {
  const { encoder, decoder, dynamics, dt, stepsPerCall = 1 } = options;
  const shape = options.shape ?? stateShape(encoder);
  const size = sizeOf(shape);
  const { scaled, unscaled } = normalization(options, size);
  const encode = networkOperator(encoder, shape, undefined, scaled);
  const decode = networkOperator(decoder, [encode.outSize], shape, undefined, unscaled);
  const model = networkModel({ network: dynamics, shape: [encode.outSize], dt, stepsPerCall });
  const withSpace = (own: Model): Model =>
    Object.freeze({
      ...own,
      latent: Object.freeze({ shape: [...shape], encode, decode }),
      withCompute: (compute: CompileOptions): Model => withSpace(own.withCompute?.(compute) ?? own),
    });
  return withSpace(model);
}

/** A network between the two spaces, with a map before it or after it; its result has the shape given, or is flat. */
function networkOperator(
  network: OnnxModel,
  inShape: readonly number[],
  outShape?: readonly number[],
  before: Normalize = (x) => x,
  after: Normalize = (x) => x,
): TracedOperator {
  const graph = networkGraph(network, inShape);
  const given = sizeOf(graph.outputs[0]!.shape);
  if (outShape !== undefined && sizeOf(outShape) !== given)
    throw new ShapeError(
      `network ${network.name}`,
      `expected a decoder to states of shape ${shapeText(outShape)}, as the encoder takes, got one whose result has shape ${shapeText(graph.outputs[0]!.shape)}`,
    );
  return tracedOperator({
    name: network.name,
    inShape,
    outShape: outShape ?? [given],
    fn: (x) => after(runNetwork(graph, before(x.reshape([sizeOf(inShape)]))).reshape([given])),
  });
}
