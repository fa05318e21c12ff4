import { ArgumentError } from "../../errors/index.ts";
import type { PerAxis, Tensor } from "../../graph/index.ts";
import { sizeOf } from "../../tensor/index.ts";
import { type Initializer, kaimingUniform, uniform } from "../initializers.ts";
import { checkSizes, expectExtent, type Layer, type ParameterSpec, perChannel } from "./layer.ts";

export interface ConvolutionLayerOptions {
  /** Extent of the window; 3 by default. */
  readonly kernel?: PerAxis;
  readonly strides?: PerAxis;
  /** On both sides; `same` (default) keeps the extents at stride 1 and needs odd windows. */
  readonly padding?: PerAxis | "same";
  /** What the padding holds: zeros (default) or the other end, for periodic domains. */
  readonly paddingMode?: "zeros" | "circular";
  readonly dilations?: PerAxis;
  readonly groups?: number;
  readonly bias?: boolean;
  /** Of the weights; PyTorch's by default. */
  readonly initialize?: Initializer;
}

/** One number per spatial axis. */
export function spread(value: PerAxis, rank: number): readonly number[] {
  return typeof value === "number" ? Array<number>(rank).fill(value) : value;
}

/** Convolution over the last axis: [N, inputs, X] → [N, outputs, X′]; weights [outputs, inputs/groups, k], as `torch.nn.Conv1d`. */
export function conv1d(inputs: number, outputs: number, options: ConvolutionLayerOptions = {}): Layer {
  return convolution("conv1d", 1, inputs, outputs, options);
}

/** Convolution over the last two axes: [N, inputs, Y, X] → [N, outputs, Y′, X′]; weights as `torch.nn.Conv2d`. */
export function conv2d(inputs: number, outputs: number, options: ConvolutionLayerOptions = {}): Layer {
  return convolution("conv2d", 2, inputs, outputs, options);
}

function convolution(
  name: string,
  rank: number,
  inputs: number,
  outputs: number,
  options: ConvolutionLayerOptions,
): Layer {
  const { strides = 1, dilations = 1, groups = 1, bias = true, paddingMode = "zeros" } = options;
  const { padding = "same", initialize = kaimingUniform() } = options;
  const kernel = spread(options.kernel ?? 3, rank);
  checkSizes(name, { inputs, outputs, groups, "inputs/groups": inputs / groups, "outputs/groups": outputs / groups });
  const gaps = spread(dilations, rank);
  if (padding === "same" && kernel.some((extent) => extent % 2 === 0))
    throw new ArgumentError(
      `${name}.kernel`,
      `expected odd extents for padding "same", got ${kernel.join(", ")}: give padding as numbers`,
    );
  const widths =
    padding === "same" ? kernel.map((extent, axis) => (gaps[axis]! * (extent - 1)) / 2) : spread(padding, rank);
  const shape = [outputs, inputs / groups, ...kernel];
  const parameters: ParameterSpec[] = [{ name: "weight", shape, initialize }];
  if (bias)
    parameters.push({
      name: "bias",
      shape: [outputs],
      initialize: uniform(1 / Math.sqrt(sizeOf(shape.slice(1)))),
    });
  const settings = { strides, dilations, groups, padding: paddingMode === "circular" ? 0 : widths };
  return {
    name,
    parameters,
    apply([weight, b], x) {
      expectExtent(name, x, 1, inputs);
      const padded = paddingMode === "circular" ? wrapped(x, widths) : x;
      const result = padded.conv(weight!, settings);
      return b === undefined ? result : result.add(perChannel(b, result));
    },
  };
}

function wrapped(x: Tensor, widths: readonly number[]): Tensor {
  const all = [0, 0, ...widths];
  return x.pad(all, all, "periodic");
}
