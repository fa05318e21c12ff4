import { ArgumentError } from "../../errors/index.ts";
import type { Tensor } from "../../graph/index.ts";
import { ones, zeros } from "../initializers.ts";
import { checkSizes, expectExtent, type Layer, perChannel } from "./layer.ts";

export interface NormalizationLayerOptions {
  /** Added to variances; 1e-5 by default. */
  readonly epsilon?: number;
}

/** Mean and (biased) variance over axes, which stay with extent 1. */
function moments(x: Tensor, axes: readonly number[]): { mean: Tensor; variance: Tensor } {
  const mean = x.mean(axes, true);
  return { mean, variance: x.sub(mean).square().mean(axes, true) };
}

function standardized(x: Tensor, mean: Tensor, variance: Tensor, epsilon: number): Tensor {
  return x.sub(mean).div(variance.add(epsilon).sqrt());
}

/**
 * Each sample to mean 0 and variance 1 over its last axes, of extents `shape`; then a weight and a bias for each element.
 * As `torch.nn.LayerNorm`.
 * @see [Ba2016]
 */
export function layerNorm(shape: number | readonly number[], options: NormalizationLayerOptions = {}): Layer {
  const { epsilon = 1e-5 } = options;
  const extents = typeof shape === "number" ? [shape] : [...shape];
  return {
    name: "layerNorm",
    parameters: [
      { name: "weight", shape: extents, initialize: ones },
      { name: "bias", shape: extents, initialize: zeros },
    ],
    apply([weight, bias], x) {
      extents.forEach((extent, i) => {
        expectExtent("layerNorm", x, i - extents.length, extent);
      });
      const { mean, variance } = moments(
        x,
        extents.map((_, i) => i - extents.length),
      );
      return standardized(x, mean, variance, epsilon).mul(weight!).add(bias!);
    },
  };
}

/**
 * Groups of channels of each sample of [N, C, …] to mean 0 and variance 1; then a weight and a bias for each channel. As
 * `torch.nn.GroupNorm`.
 * @throws ArgumentError when the channels can't be shared out
 * @see [WuHe2018]
 */
export function groupNorm(groups: number, channels: number, options: NormalizationLayerOptions = {}): Layer {
  const { epsilon = 1e-5 } = options;
  checkSizes("groupNorm", { groups, channels });
  if (!Number.isInteger(channels / groups))
    throw new ArgumentError("groupNorm", `expected channels a multiple of groups, got ${channels} and ${groups}`);
  return {
    name: "groupNorm",
    parameters: [
      { name: "weight", shape: [channels], initialize: ones },
      { name: "bias", shape: [channels], initialize: zeros },
    ],
    apply([weight, bias], x) {
      expectExtent("groupNorm", x, 1, channels);
      const rows = x.reshape([x.shape[0]!, groups, -1]);
      const { mean, variance } = moments(rows, [2]);
      const normal = standardized(rows, mean, variance, epsilon).reshape(x.shape);
      return normal.mul(perChannel(weight!, x)).add(perChannel(bias!, x));
    },
  };
}

/**
 * Channels of [N, C, …] to mean 0 and variance 1, over the batch in training, by running averages in use; then a weight and
 * a bias for each channel. As `torch.nn.BatchNorm1d` and `2d`: the averages move by `momentum` (0.1) of the way to the batch's
 * mean and unbiased variance.
 * @throws ArgumentError in training on a single value per channel
 * @see [IoffeSzegedy2015]
 */
export function batchNorm(
  channels: number,
  options: NormalizationLayerOptions & { readonly momentum?: number } = {},
): Layer {
  const { epsilon = 1e-5, momentum = 0.1 } = options;
  checkSizes("batchNorm", { channels });
  const shape = [channels];
  return {
    name: "batchNorm",
    parameters: [
      { name: "weight", shape, initialize: ones },
      { name: "bias", shape, initialize: zeros },
      { name: "running_mean", shape, initialize: zeros, trainable: false },
      { name: "running_var", shape, initialize: ones, trainable: false },
    ],
    apply([weight, bias, runningMean, runningVariance], x, context) {
      expectExtent("batchNorm", x, 1, channels);
      const scaled = (mean: Tensor, variance: Tensor): Tensor =>
        standardized(x, mean, variance, epsilon).mul(perChannel(weight!, x)).add(perChannel(bias!, x));
      if (!context.training) return scaled(perChannel(runningMean!, x), perChannel(runningVariance!, x));
      const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
      const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
      if (count < 2)
        throw new ArgumentError("batchNorm", "expected more than one value per channel in training, got 1");
      const { mean, variance } = moments(x, axes);
      const move = (average: Tensor, value: Tensor): Tensor =>
        average.mul(1 - momentum).add(value.reshape(shape).mul(momentum));
      context.replace?.(runningMean!, move(runningMean!, mean));
      context.replace?.(runningVariance!, move(runningVariance!, variance.mul(count / (count - 1))));
      return scaled(mean, variance);
    },
  };
}
