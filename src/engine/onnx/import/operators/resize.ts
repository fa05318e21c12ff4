import { constant } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import { add, matmul, mul, reshape, take, transpose } from "../../../graph/ops.ts";
import { shapeText } from "../../../tensor/index.ts";
import { type OnnxCall, type Rule, simplest } from "../call.ts";
import { isTooLarge } from "../shapes.ts";

/** Where a position of the result lies on the axis it comes from: `scale` = new extent / old extent. */
type Coordinate = (at: number, scale: number, from: number, to: number) => number;
const coordinates: Readonly<Record<string, Coordinate>> = {
  half_pixel: (at, scale) => (at + 0.5) / scale - 0.5,
  half_pixel_symmetric: (at, scale, from, to) => {
    const offset = (from / 2) * (1 - to / (scale * from));
    return offset + (at + 0.5) / scale - 0.5;
  },
  pytorch_half_pixel: (at, scale, _, to) => (to > 1 ? (at + 0.5) / scale - 0.5 : 0),
  align_corners: (at, _, from, to) => (to === 1 ? 0 : (at * (from - 1)) / (to - 1)),
  asymmetric: (at, scale) => at / scale,
  tf_half_pixel_for_nn: (at, scale) => (at + 0.5) / scale,
};

const rounding: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** Elements, relative to the whole part of a coordinate, and their weights by its fraction. */
type Kernel = (fraction: number) => readonly { readonly offset: number; readonly weight: number }[];
const linear: Kernel = (t) => [
  { offset: 0, weight: 1 - t },
  { offset: 1, weight: t },
];
const cubic =
  (a: number): Kernel =>
  (t) =>
    [-1, 0, 1, 2].map((offset) => ({ offset, weight: weightAt(Math.abs(t - offset), a) }));

/** New extents and scales; both inputs may be empty, and stand at other places in old opsets. */
function targets(call: OnnxCall): { extents: number[]; scales: number[] } {
  const { shape } = call.x();
  const old = call.opset < 11 || call.proto.operator === "Upsample";
  const scales = call.list(old ? 1 : 2, "the scales") ?? [];
  const sizes = old ? [] : (call.list(3, "the sizes") ?? []);
  const given = scales.length > 0 ? scales : sizes;
  const axes = (call.integers("axes") ?? shape.map((_, axis) => axis)).map((axis) => call.axis(axis, shape.length));
  if (given.length !== axes.length) throw call.fail(`expected ${axes.length} scales or sizes, got ${given.length}`);
  if (sizes.length > 0 && call.string("keep_aspect_ratio_policy", "stretch") !== "stretch")
    throw call.unsupported("keep_aspect_ratio_policy");
  const result = { extents: [...shape], scales: shape.map(() => 1) };
  axes.forEach((axis, i) => {
    const scale = scales.length > 0 ? meant(scales[i]!, shape[axis]!) : sizes[i]! / shape[axis]!;
    const extent = scales.length > 0 ? Math.floor(shape[axis]! * scale) : sizes[i]!;
    result.extents[axis] = call.extent(extent, "an extent");
    result.scales[axis] = scale;
  });
  if (result.scales.some((scale) => !(scale > 0))) throw call.fail("expected positive scales");
  if (isTooLarge(result.extents, call.scope.context.budget.largest))
    throw call.fail(`the shape ${shapeText(result.extents)} is too large`, "onnx/too-large");
  return result;
}

/** The scale that a float32 stands for: a quotient of whole extents, else a number of few digits. */
function meant(scale: number, extent: number): number {
  const quotient = Math.round(extent * scale) / extent;
  return Math.fround(quotient) === Math.fround(scale) ? quotient : simplest(scale);
}

function resize(call: OnnxCall): Node {
  const old = call.opset < 11 || call.proto.operator === "Upsample";
  const mode = call.string("mode", "nearest");
  const name = call.string("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
  const coordinate = Object.hasOwn(coordinates, name) ? coordinates[name] : undefined;
  if (coordinate === undefined) throw call.unsupported(`the coordinate mode "${name}"`);
  const smooth = call.integer("antialias", 0) === 1;
  const nearest = call.string("nearest_mode", old ? "floor" : "round_prefer_floor");
  const round = Object.hasOwn(rounding, nearest) ? rounding[nearest] : undefined;
  const kernel = mode === "cubic" ? cubic(call.float("cubic_coeff_a", -0.75)) : linear;
  if (round === undefined || !["nearest", "linear", "cubic"].includes(mode))
    throw call.unsupported(`the mode "${mode}"`);
  const { extents, scales } = targets(call);
  let x = call.x();
  extents.forEach((to, axis) => {
    const from = x.shape[axis]!;
    if (to === from && scales[axis] === 1) return;
    const at = Array.from({ length: to }, (_, i) => coordinate(i, scales[axis]!, from, to));
    const clamp = (index: number): number => Math.min(from - 1, Math.max(0, index));
    if (mode === "nearest")
      x = take(
        x,
        at.map((place) => clamp(round(place))),
        axis,
      );
    else if (smooth && scales[axis]! < 1)
      x = smoothed(call, x, axis, at, {
        scale: scales[axis]!,
        a: mode === "cubic" ? call.float("cubic_coeff_a", -0.75) : undefined,
      });
    else x = weighted(x, axis, at, kernel, call.integer("exclude_outside", 0) === 1);
  });
  return x;
}

/** Each position of the result as a weighted sum of a few elements; those outside repeat the edge, or don't count. */
function weighted(x: Node, axis: number, at: readonly number[], kernel: Kernel, exclude: boolean): Node {
  const extent = x.shape[axis]!;
  const taps = kernel(0).length;
  const indices = Array.from({ length: taps }, () => new Int32Array(at.length));
  const weights = indices.map(() => new Float64Array(at.length));
  at.forEach((place, i) => {
    const own = Math.floor(place);
    let total = 0;
    kernel(place - own).forEach(({ offset, weight }, tap) => {
      const index = own + offset;
      const counted = exclude && (index < 0 || index >= extent) ? 0 : weight;
      indices[tap]![i] = Math.min(extent - 1, Math.max(0, index));
      weights[tap]![i] = counted;
      total += counted;
    });
    if (exclude) for (const list of weights) list[i]! /= total;
  });
  if (at.length === 0) return take(x, [], axis);
  const column = x.shape.slice(axis).map((_, i) => (i === 0 ? at.length : 1));
  return indices
    .map((list, tap) => mul(take(x, list, axis), reshape(constant(weights[tap]!, [at.length]), column)))
    .reduce(add);
}

/** Antialiasing: the kernel is stretched by what the axis shrinks by; a product with the matrix of its weights. */
function smoothed(
  call: OnnxCall,
  x: Node,
  axis: number,
  at: readonly number[],
  { scale, a }: { readonly scale: number; readonly a: number | undefined },
): Node {
  const extent = x.shape[axis]!;
  const matrix = new Float64Array(call.extent(extent * at.length, "a number of weights"));
  at.forEach((place, column) => {
    const row = Float64Array.from({ length: extent }, (_, i) => weightAt(Math.abs(i - place) * scale, a));
    const total = row.reduce((sum, weight) => sum + weight, 0);
    row.forEach((weight, i) => {
      matrix[i * at.length + column] = weight / total;
    });
  });
  const last = x.shape.length - 1;
  const order = [...x.shape.keys()].map((own) => (own === axis ? last : own === last ? axis : own));
  return transpose(matmul(transpose(x, order), constant(matrix, [extent, at.length])), order);
}

/** The linear kernel, or (with its coefficient) the cubic one. */
function weightAt(d: number, a: number | undefined): number {
  if (a === undefined) return Math.max(0, 1 - d);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/** Operators that resample images. */
export const resizing: Readonly<Record<string, Rule>> = { Resize: resize, Upsample: resize };
