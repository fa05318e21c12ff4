import { ArgumentError, ShapeError } from "../../errors/index.ts";
import type { Tensor } from "../../graph/index.ts";
import { shapeText } from "../../tensor/index.ts";
import type { Initializer } from "../initializers.ts";

/** A parameter of a layer. */
export interface ParameterSpec {
  /** PyTorch's name where there is one: `weight`, `bias_hh`, `0.running_mean`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialize: Initializer;
  /** False for running averages, which training replaces instead of stepping along a gradient. True by default. */
  readonly trainable?: boolean;
}

/** What a layer may need besides its parameters and its argument. */
export interface LayerContext {
  /** Whether dropout drops and batch normalisation uses the batch's own statistics. */
  readonly training: boolean;
  /** Uniform numbers in [0, 1), an argument of the graph, so that the graph stays pure. Needed by dropout in training. */
  random?(shape: readonly number[]): Tensor;
  /** Takes the new value of a running average. */
  replace?(parameter: Tensor, value: Tensor): void;
}

/** A function on symbolic tensors with explicit parameters; it keeps nothing. The first axis of `x` is the batch. */
export interface Layer {
  readonly name: string;
  readonly parameters: readonly ParameterSpec[];
  /** `parameters` are tensors of the shapes of the specs, in their order. */
  apply(parameters: readonly Tensor[], x: Tensor, context: LayerContext): Tensor;
}

/** Context of a trained network in use. */
export const inference: LayerContext = Object.freeze({ training: false });

/** Refuses an argument whose axis has not the extent a layer was made for. */
export function expectExtent(layer: string, x: Tensor, axis: number, extent: number): void {
  if (x.shape.at(axis) !== extent)
    throw new ShapeError(layer, `expected extent ${extent} on axis ${axis}, got shape ${shapeText(x.shape)}`);
}

/** Refuses sizes that are not positive integers. */
export function checkSizes(layer: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes))
    if (!Number.isInteger(size) || size < 1)
      throw new ArgumentError(`${layer}.${name}`, `expected a positive integer, got ${size}`);
}

/** A vector of one number per channel, shaped to go with x [N, C, …]. */
export function perChannel(values: Tensor, x: Tensor): Tensor {
  return values.reshape([1, -1, ...x.shape.slice(2).map(() => 1)]);
}
