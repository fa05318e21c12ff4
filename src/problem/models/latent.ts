import { ShapeError } from "../../engine/errors/index.ts";
import type { CompileOptions } from "../../engine/execute/index.ts";
import type { Tensor } from "../../engine/graph/index.ts";
import type { OnnxModel } from "../../engine/onnx/index.ts";
import { shapeText, sizeOf } from "../../engine/tensor/index.ts";
import { type TracedOperator, tracedOperator } from "../operators/index.ts";
import { networkGraph, networkOperator, runNetwork } from "../operators/network.ts";
import { type NormalizeOptions, normalization } from "../operators/normalization.ts";
import type { Model } from "./model.ts";
import { networkModel, stateShape } from "./network.ts";

/** With `mean` and `scale` encoder and decoder work on (x − mean) / scale of physical states. */
export interface LatentModelOptions extends NormalizeOptions {
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
  const encode = networkOperator(encoder, shape, options);
  const decode = decoderOf(decoder, encode.outSize, shape, normalization(options, sizeOf(shape)).unscaled);
  const model = networkModel({ network: dynamics, shape: [encode.outSize], dt, stepsPerCall });
  const withSpace = (own: Model): Model =>
    Object.freeze({
      ...own,
      latent: Object.freeze({ shape: [...shape], encode, decode }),
      withCompute: (compute: CompileOptions): Model => withSpace(own.withCompute?.(compute) ?? own),
    });
  return withSpace(model);
}

/** The way back: a network whose result is a state of the given shape. */
function decoderOf(
  network: OnnxModel,
  size: number,
  shape: readonly number[],
  unscaled: (x: Tensor) => Tensor,
): TracedOperator {
  const graph = networkGraph(network, [size]);
  const given = graph.outputs[0]!.shape;
  if (sizeOf(given) !== sizeOf(shape))
    throw new ShapeError(
      `network ${network.name}`,
      `expected a decoder to states of shape ${shapeText(shape)}, as the encoder takes, got one whose result has shape ${shapeText(given)}`,
    );
  return tracedOperator({
    name: network.name,
    inShape: [size],
    outShape: shape,
    fn: (z) => unscaled(runNetwork(graph, z).reshape([sizeOf(shape)])),
  });
}
