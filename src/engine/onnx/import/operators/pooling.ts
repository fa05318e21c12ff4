import { constant, scalar } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import { abs, add, div, full, max, mean, mul, pow, reshape, square, zeroPad } from "../../../graph/ops.ts";
import { convolve, maxPool } from "../../../graph/windows.ts";
import type { OnnxCall, Rule } from "../call.ts";
import { cut } from "./slicing.ts";
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

/** The p-th root of sums of p-th powers of magnitudes. */
function lpPoolRule(call: OnnxCall): Node {
  const x = call.x();
  const { kernel, strides, dilations, low, high } = poolWindow(call);
  const channels = x.shape[1]!;
  const ones = full([channels, 1, ...kernel], 1);
  const p = call.integer("p", 2);
  const powers = pow(abs(x), scalar(p));
  return pow(convolve(powers, ones, { strides, dilations, padding: { low, high }, groups: channels }), scalar(1 / p));
}

/** x / (bias + α/size · Σ x²)^β, the sum over neighbouring channels. */
function localResponse(call: OnnxCall): Node {
  const x = call.x();
  const size = call.integer("size", 1);
  if (size < 1 || x.shape.length < 2) throw call.fail("expected channels and a positive size");
  const width = Math.min(size, 2 * x.shape[1]!);
  const before = Math.min(Math.floor((size - 1) / 2), x.shape[1]!);
  const low = x.shape.map((_, axis) => (axis === 1 ? before : 0));
  const high = x.shape.map((_, axis) => (axis === 1 ? Math.min(width - 1, x.shape[1]!) : 0));
  const wide = zeroPad(square(x), low, high);
  const terms = Array.from({ length: Math.min(width, wide.shape[1]! - x.shape[1]! + 1) }, (_, i) =>
    cut(wide, 1, i, x.shape[1]!),
  );
  const total = mul(scalar(call.float("alpha", 1e-4) / size), terms.reduce(add));
  return div(x, pow(add(scalar(call.float("bias", 1)), total), scalar(call.float("beta", 0.75))));
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
  LpPool: lpPoolRule,
  LRN: localResponse,
  MaxPool: maxPoolRule,
};
