import type { Node } from "../../../graph/node.ts";
import { add, reshape } from "../../../graph/ops.ts";
import { convInput } from "../../../graph/primitives/convolution.ts";
import { convolve } from "../../../graph/windows.ts";
import type { OnnxCall, Rule } from "../call.ts";
import { covered, explicitPadding, split, type Window, windowPadding, windowSteps } from "./windows.ts";

function checkRanks(call: OnnxCall): { x: Node; weights: Node; spatial: readonly number[]; kernel: readonly number[] } {
  const [x, weights] = [call.x(0), call.x(1)];
  if (x.shape.length < 3 || weights.shape.length !== x.shape.length)
    throw call.fail(
      `expected images and weights of one rank from 3 on, got ranks ${x.shape.length} and ${weights.shape.length}`,
    );
  return { x, weights, spatial: x.shape.slice(2), kernel: weights.shape.slice(2) };
}

function addBias(call: OnnxCall, y: Node): Node {
  const bias = call.optional(2);
  return bias === undefined ? y : add(y, reshape(bias, [-1, ...y.shape.slice(2).map(() => 1)]));
}

function conv(call: OnnxCall): Node {
  const { x, weights, spatial, kernel } = checkRanks(call);
  const steps = windowSteps(call, spatial, kernel);
  const padding = windowPadding(call, spatial, steps);
  const { strides, dilations } = steps;
  return addBias(call, convolve(x, weights, { strides, dilations, padding, groups: call.integer("group", 1) }));
}

function convTranspose(call: OnnxCall): Node {
  const { x, weights, spatial, kernel } = checkRanks(call);
  const { strides, dilations } = windowSteps(call, spatial, kernel);
  const extra = call.integers("output_padding") ?? spatial.map(() => 0);
  if (extra.length !== spatial.length || extra.some((width) => width < 0))
    throw call.fail(`expected ${spatial.length} widths ≥ 0 for output_padding, got ${extra.join(", ")}`);
  const reach = spatial.map((extent, axis) => (extent - 1) * strides[axis]! + covered(kernel[axis]!, dilations[axis]!));
  const { low, extents } = transposedExtents(
    call,
    spatial,
    strides,
    reach.map((extent, axis) => extent + extra[axis]!),
  );
  // The far side's width that makes the positions come out even: what output_padding adds is covered by no window.
  const high = reach.map((extent, axis) => extent - low[axis]! - extents[axis]!);
  const attributes = { strides, dilations, low, high, groups: call.integer("group", 1) };
  return addBias(call, convInput(x, weights, attributes, extents));
}

/** Padding before each axis and extents of the result, `whole` being what it is without padding. */
function transposedExtents(
  call: OnnxCall,
  spatial: readonly number[],
  strides: readonly number[],
  whole: readonly number[],
): { low: readonly number[]; extents: readonly number[] } {
  const mode = call.string("auto_pad", "NOTSET");
  const same = mode === "SAME_UPPER" || mode === "SAME_LOWER";
  const wanted =
    call.integers("output_shape")?.slice(-spatial.length) ??
    (same ? spatial.map((n, axis) => n * strides[axis]!) : undefined);
  if (wanted !== undefined) {
    const total = whole.map((extent, axis) => Math.max(0, extent - wanted[axis]!));
    return { low: split(call, total, mode === "SAME_UPPER" ? mode : "SAME_LOWER").low, extents: wanted };
  }
  const { low, high } = mode === "VALID" ? zeroPadding(spatial) : explicitPadding(call, spatial.length);
  return { low, extents: whole.map((extent, axis) => extent - low[axis]! - high[axis]!) };
}

function zeroPadding(spatial: readonly number[]): Pick<Window, "low" | "high"> {
  return { low: spatial.map(() => 0), high: spatial.map(() => 0) };
}

/** Convolutions. */
export const convolutions: Readonly<Record<string, Rule>> = { Conv: conv, ConvTranspose: convTranspose };
