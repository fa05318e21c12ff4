import { constant } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import { div, full, max, mean, reshape } from "../../../graph/ops.ts";
import { convolve, maxPool } from "../../../graph/windows.ts";
import type { OnnxCall, Rule } from "../call.ts";
import { covered, type Window, windowPadding, windowSteps } from "./windows.ts";

/** A pooling window; with ceil_mode the last side is as wide as a started window needs. */
function poolWindow(call: OnnxCall): Window & { readonly declared: readonly number[] } {
  const spatial = call.x().shape.slice(2);
  if (spatial.length === 0) throw call.fail("expected images of shape (N, C, …)");
  if (call.integers("kernel_shape") === undefined) throw call.fail("the attribute kernel_shape is missing");
  const steps = windowSteps(call, spatial, []);
  const { kernel, strides, dilations } = steps;
  const { low, high } = windowPadding(call, spatial, steps);
  if (call.integer("ceil_mode", 0) === 0) return { ...steps, low, high, declared: high };
  const wide = spatial.map((extent, axis) => {
    const reach = covered(kernel[axis]!, dilations[axis]!);
    let positions = Math.ceil((extent + low[axis]! + high[axis]! - reach) / strides[axis]!) + 1;
    if ((positions - 1) * strides[axis]! >= extent + low[axis]!) positions--;
    return (positions - 1) * strides[axis]! + reach - extent - low[axis]!;
  });
  return { ...steps, low, high: wide, declared: high };
}

function maxPoolRule(call: OnnxCall): Node {
  if (call.wants(1)) throw call.unsupported("the output Indices");
  const { kernel, strides, dilations, low, high } = poolWindow(call);
  return maxPool(call.x(), { kernel, strides, dilations, padding: { low, high } });
}

/** Sums of windows, by a convolution of each channel with ones, over the number of elements that count. */
function averagePoolRule(call: OnnxCall): Node {
  const x = call.x();
  const { kernel, strides, dilations, low, high, declared } = poolWindow(call);
  const channels = x.shape[1]!;
  const ones = full([channels, 1, ...kernel], 1);
  const total = convolve(x, ones, { strides, dilations, padding: { low, high }, groups: channels });
  const inclusive = call.integer("count_include_pad", 0) === 1;
  let result = total;
  total.shape.slice(2).forEach((positions, axis) => {
    const extent = x.shape[axis + 2]!;
    const end = inclusive ? extent + declared[axis]! : extent;
    const counts = Float64Array.from({ length: call.extent(positions, "positions") }, (_, i) => {
      // Positions of the kernel from the first one that counts to the first one beyond.
      const [start, dilation] = [i * strides[axis]! - low[axis]!, dilations[axis]!];
      const first = inclusive ? 0 : Math.max(0, Math.ceil(-start / dilation));
      const beyond = Math.min(kernel[axis]!, Math.ceil((end - start) / dilation));
      return Math.max(1, beyond - first);
    });
    const shape = total.shape.slice(axis + 2).map((_, i) => (i === 0 ? positions : 1));
    result = div(result, reshape(constant(counts, [positions]), shape));
  });
  return result;
}

function spatialAxes(call: OnnxCall): number[] {
  return call
    .x()
    .shape.map((_, axis) => axis)
    .slice(2);
}

/** Poolings. */
export const poolings: Readonly<Record<string, Rule>> = {
  AveragePool: averagePoolRule,
  GlobalAveragePool: (call) => mean(call.x(), spatialAxes(call), true),
  GlobalMaxPool: (call) => max(call.x(), spatialAxes(call), true),
  MaxPool: maxPoolRule,
};
