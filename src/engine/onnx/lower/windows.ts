import type { ConvolutionAttributes, NodeOf, PoolAttributes, WindowAttributes } from "../../graph/node.ts";
import { sizeOf } from "../../tensor/index.ts";
import type { Emitter, Value } from "./emitter.ts";

/**
 * Convolutions and pooling as slices and products, for float64, in which ONNX Runtime has no kernels of its own, and for
 * the derivatives by weights: a slice for each position of the kernel, joined and multiplied at once.
 */

/** Positions of a kernel, last axis fastest. */
function taps(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (list, extent) => list.flatMap((tap) => Array.from({ length: extent }, (_, k) => [...tap, k])),
    [[]],
  );
}

/** Widths of padding so that every window lies inside; what no window reaches is cut off by the slices. */
function padded(e: Emitter, x: Value, { low, high }: WindowAttributes, value?: Value): Value {
  const before = [0, 0, ...low];
  const after = [0, 0, ...high];
  if ([...before, ...after].every((width) => width === 0)) return x;
  const shape = x.shape.map((extent, axis) => extent + before[axis]! + after[axis]!);
  return e.node("Pad", [x, e.integers([...before, ...after]), value ?? e.scalar(0)], shape);
}

/** The elements under one position of the kernel, for all windows. */
function underTap(
  e: Emitter,
  x: Value,
  tap: readonly number[],
  positions: readonly number[],
  { strides, dilations }: WindowAttributes,
): Value {
  const starts = [0, 0, ...tap.map((k, axis) => k * dilations[axis]!)];
  const stops = [
    x.shape[0]!,
    x.shape[1]!,
    ...tap.map((k, axis) => k * dilations[axis]! + (positions[axis]! - 1) * strides[axis]! + 1),
  ];
  return e.slice(x, starts, stops, [1, 1, ...strides]);
}

/** The transpose of {@link underTap}: values put back where they came from, zeros elsewhere. */
function fromTap(
  e: Emitter,
  y: Value,
  tap: readonly number[],
  spatial: readonly number[],
  { strides, dilations }: WindowAttributes,
): Value {
  let value = y;
  strides.forEach((stride, i) => {
    if (stride === 1) return;
    const axis = i + 2;
    // Zeros between the elements: a new axis of length `stride`, joined with the one before, its tail cut off.
    const open = e.reshape(value, [...value.shape.slice(0, axis + 1), 1, ...value.shape.slice(axis + 1)]);
    const wide = e.pad(
      open,
      open.shape.map(() => 0),
      open.shape.map((_, own) => (own === axis + 1 ? stride - 1 : 0)),
    );
    const joined = e.reshape(
      wide,
      value.shape.map((extent, own) => (own === axis ? extent * stride : extent)),
    );
    value = e.cut(joined, axis, 0, (value.shape[axis]! - 1) * stride + 1);
  });
  const low = [0, 0, ...tap.map((k, axis) => k * dilations[axis]!)];
  const high = [0, 0, ...spatial.map((extent, axis) => extent - low[axis + 2]! - value.shape[axis + 2]!)];
  return e.pad(value, low, high);
}

/** [N, C·K, P]: every window's elements in a column. */
function columns(
  e: Emitter,
  x: Value,
  kernel: readonly number[],
  positions: readonly number[],
  attributes: WindowAttributes,
): Value {
  const wide = padded(e, x, attributes);
  const parts = taps(kernel).map((tap) => {
    const part = underTap(e, wide, tap, positions, attributes);
    return e.reshape(part, [x.shape[0]!, x.shape[1]!, 1, sizeOf(positions)]);
  });
  return e.reshape(e.concat(parts, 2), [x.shape[0]!, x.shape[1]! * parts.length, sizeOf(positions)]);
}

/** Runs a form group by group. */
function byGroups(e: Emitter, groups: number, run: (group: number) => Value, axis: number): Value {
  return e.concat(
    Array.from({ length: groups }, (_, group) => run(group)),
    axis,
  );
}

function part(e: Emitter, x: Value, axis: number, group: number, groups: number): Value {
  const size = x.shape[axis]! / groups;
  return groups === 1 ? x : e.cut(x, axis, group * size, (group + 1) * size);
}

/** What ONNX's own operators take. */
function kernelAttributes({
  strides,
  low,
  high,
  dilations,
  groups,
}: ConvolutionAttributes): Record<string, number | readonly number[]> {
  return { strides, pads: [...low, ...high], dilations, group: groups };
}

export function lowerConv(e: Emitter, [x, w]: readonly Value[], node: NodeOf<"conv">): Value {
  const { attributes } = node;
  if (e.real === "float32") return e.node("Conv", [x!, w!], node.shape, kernelAttributes(attributes));
  const positions = node.shape.slice(2);
  const product = byGroups(
    e,
    attributes.groups,
    (group) => {
      const weights = part(e, w!, 0, group, attributes.groups);
      const flat = e.reshape(weights, [weights.shape[0]!, sizeOf(weights.shape.slice(1))]);
      return e.matmul(
        flat,
        columns(e, part(e, x!, 1, group, attributes.groups), w!.shape.slice(2), positions, attributes),
      );
    },
    1,
  );
  return e.reshape({ ...product, shape: [node.shape[0]!, node.shape[1]!, sizeOf(positions)] }, node.shape);
}

/** For stride 1 the same as a convolution with the kernel turned round, which is faster unless there are few channels. */
function asConvolution(e: Emitter, y: Value, w: Value, node: NodeOf<"convInput">): Value | undefined {
  const { groups, spatial, low, dilations, strides } = node.attributes;
  const kernel = w.shape.slice(2);
  if (strides.some((stride) => stride !== 1) || w.shape[1]! < 4) return undefined;
  const reach = kernel.map((extent, axis) => dilations[axis]! * (extent - 1));
  const before = reach.map((width, axis) => width - low[axis]!);
  const after = reach.map((width, axis) => spatial[axis]! + width - y.shape[axis + 2]! - before[axis]!);
  if ([...before, ...after].some((width) => width < 0)) return undefined;
  const [outer, inner] = [w.shape[0]! / groups, w.shape[1]!];
  const parted = e.reshape(w, [groups, outer, inner, ...kernel]);
  const order = [0, 2, 1, ...kernel.map((_, axis) => axis + 3)];
  const swapped = e.reshape(e.transpose(parted, order), [groups * inner, outer, ...kernel]);
  const axes = kernel.map((_, axis) => axis + 2);
  const turned = e.node(
    "Slice",
    [
      swapped,
      e.integers(kernel.map((extent) => extent - 1)),
      e.integers(kernel.map(() => Number.MIN_SAFE_INTEGER)),
      e.integers(axes),
      e.integers(axes.map(() => -1)),
    ],
    swapped.shape,
  );
  return e.node("Conv", [y, turned], node.shape, { strides, pads: [...before, ...after], dilations, group: groups });
}

export function lowerConvInput(e: Emitter, [y, w]: readonly Value[], node: NodeOf<"convInput">): Value {
  const { attributes } = node;
  const { groups, spatial, low, high } = attributes;
  const kernel = w!.shape.slice(2);
  if (e.real === "float32") {
    const backwards = asConvolution(e, y!, w!, node);
    if (backwards !== undefined) return backwards;
    const extra = spatial.map((extent, axis) => {
      const covered = attributes.dilations[axis]! * (kernel[axis]! - 1) + 1;
      return extent - ((y!.shape[axis + 2]! - 1) * attributes.strides[axis]! + covered - low[axis]! - high[axis]!);
    });
    return e.node("ConvTranspose", [y!, w!], node.shape, { ...kernelAttributes(attributes), output_padding: extra });
  }
  const wide = spatial.map((extent, axis) => extent + low[axis]! + high[axis]!);
  const full = byGroups(
    e,
    groups,
    (group) => {
      const weights = part(e, w!, 0, group, groups);
      const inner = weights.shape[1]!;
      const flat = e.transpose(e.reshape(weights, [weights.shape[0]!, sizeOf(weights.shape.slice(1))]), [1, 0]);
      const own = part(e, y!, 1, group, groups);
      const product = e.matmul(flat, e.reshape(own, [own.shape[0]!, own.shape[1]!, sizeOf(own.shape.slice(2))]));
      const split = e.reshape(
        { ...product, shape: [own.shape[0]!, inner * sizeOf(kernel), sizeOf(own.shape.slice(2))] },
        [own.shape[0]!, inner, sizeOf(kernel), ...own.shape.slice(2)],
      );
      let total: Value | undefined;
      taps(kernel).forEach((tap, k) => {
        const piece = e.reshape(e.cut(split, 2, k, k + 1), [own.shape[0]!, inner, ...own.shape.slice(2)]);
        const placed = fromTap(e, piece, tap, wide, attributes);
        total = total === undefined ? placed : e.binary("Add", total, placed);
      });
      return total!;
    },
    1,
  );
  const result = { ...full, shape: [node.shape[0]!, node.shape[1]!, ...wide] };
  return e.slice(
    result,
    [0, 0, ...low],
    [result.shape[0]!, result.shape[1]!, ...low.map((width, axis) => width + spatial[axis]!)],
    result.shape.map(() => 1),
  );
}

export function lowerConvWeight(e: Emitter, [x, y]: readonly Value[], node: NodeOf<"convWeight">): Value {
  const { attributes } = node;
  const { groups, spatial } = attributes;
  const positions = y!.shape.slice(2);
  const product = byGroups(
    e,
    groups,
    (group) => {
      const own = part(e, y!, 1, group, groups);
      const flat = e.reshape(own, [own.shape[0]!, own.shape[1]!, sizeOf(positions)]);
      const cols = columns(e, part(e, x!, 1, group, groups), spatial, positions, attributes);
      return e.sum(e.matmul(flat, e.transpose(cols, [0, 2, 1])), [0]);
    },
    0,
  );
  return e.reshape(product, node.shape);
}

export function lowerMaxPool(e: Emitter, [x]: readonly Value[], node: NodeOf<"maxPool">): Value {
  const { kernel, strides, low, high, dilations } = node.attributes;
  return e.node("MaxPool", [x!], node.shape, { kernel_shape: kernel, strides, pads: [...low, ...high], dilations });
}

/** For each position of the kernel, in order, where it holds a maximum of its window; of several the first one counts. */
function maxima(
  e: Emitter,
  x: Value,
  positions: readonly number[],
  attributes: PoolAttributes,
): { tap: number[]; equal: Value }[] {
  const wide = padded(e, x, attributes, e.scalar(Number.NEGATIVE_INFINITY));
  const parts = taps(attributes.kernel).map((tap) => ({ tap, value: underTap(e, wide, tap, positions, attributes) }));
  const best = parts.map(({ value }) => value).reduce((a, b) => e.binary("Max", a, b));
  return parts.map(({ tap, value }) => ({ tap, equal: e.compare("Equal", value, best) }));
}

/** Each window's value at the position of its first maximum, zeros at the others. */
function dealt(
  e: Emitter,
  x: Value,
  g: Value,
  attributes: PoolAttributes,
): { readonly tap: readonly number[]; readonly value: Value }[] {
  const zero = e.scalar(0);
  let rest = g;
  return maxima(e, x, g.shape.slice(2), attributes).map(({ tap, equal }, i, all) => {
    const value = e.where(equal, rest, zero);
    if (i < all.length - 1) rest = e.where(equal, zero, rest);
    return { tap, value };
  });
}

export function lowerMaxPoolPick(e: Emitter, [x, t]: readonly Value[], node: NodeOf<"maxPoolPick">): Value {
  const positions = node.shape.slice(2);
  const wide = padded(e, t!, node.attributes);
  return maxima(e, x!, positions, node.attributes).reduceRight(
    (later: Value, { tap, equal }) => e.where(equal, underTap(e, wide, tap, positions, node.attributes), later),
    e.scalar(0),
  );
}

/** Windows side by side, without padding. */
function isTiling({ kernel, strides, low, high, dilations }: PoolAttributes): boolean {
  return (
    kernel.every((extent, axis) => extent === strides[axis] && dilations[axis] === 1) &&
    [...low, ...high].every((width) => width === 0)
  );
}

/** Values for each position of a kernel put side by side: the positions of an axis go between its elements. */
function interleaved(e: Emitter, parts: readonly Value[], kernel: readonly number[]): Value {
  let list = parts;
  for (let axis = kernel.length - 1; axis >= 0; axis--) {
    const count = kernel[axis]!;
    const at = axis + 2;
    list = Array.from({ length: list.length / count }, (_, i) => {
      const open = list
        .slice(i * count, (i + 1) * count)
        .map((own) => e.reshape(own, [...own.shape.slice(0, at + 1), 1, ...own.shape.slice(at + 1)]));
      const shape = list[0]!.shape.map((extent, own) => (own === at ? extent * count : extent));
      return e.reshape(e.concat(open, at + 1), shape);
    });
  }
  return list[0]!;
}

export function lowerMaxPoolScatter(e: Emitter, [x, g]: readonly Value[], node: NodeOf<"maxPoolScatter">): Value {
  const { low, high } = node.attributes;
  const spatial = node.shape.slice(2);
  const wide = spatial.map((extent, axis) => extent + low[axis]! + high[axis]!);
  if (isTiling(node.attributes)) {
    const parts = dealt(e, x!, g!, node.attributes).map(({ value }) => value);
    const whole = interleaved(e, parts, node.attributes.kernel);
    const rest = spatial.map((extent, axis) => extent - whole.shape[axis + 2]!);
    return e.pad(
      whole,
      whole.shape.map(() => 0),
      [0, 0, ...rest],
    );
  }
  const full = dealt(e, x!, g!, node.attributes)
    .map(({ tap, value }) => fromTap(e, value, tap, wide, node.attributes))
    .reduce((a, b) => e.binary("Add", a, b));
  return e.slice(
    full,
    [0, 0, ...low],
    [full.shape[0]!, full.shape[1]!, ...low.map((width, axis) => width + spatial[axis]!)],
    full.shape.map(() => 1),
  );
}
