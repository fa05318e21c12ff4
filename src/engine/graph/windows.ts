import { make } from "./builder.ts";
import type { ConvolutionAttributes, Node } from "./node.ts";
import { div, full } from "./ops.ts";
import { conv, convInput } from "./primitives/convolution.ts";

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

export interface WindowOptions {
  /** 1 by default. */
  readonly strides?: PerAxis;
  /** On both sides of each axis, or before and after; 0 by default. */
  readonly padding?: PerAxis | { readonly low: PerAxis; readonly high: PerAxis };
  /** 1 by default. */
  readonly dilations?: PerAxis;
}

export interface ConvolutionOptions extends WindowOptions {
  /** 1 by default. */
  readonly groups?: number;
}

export interface PoolOptions extends WindowOptions {
  readonly kernel: PerAxis;
}

function perAxis(value: PerAxis | undefined, rank: number, otherwise: number): readonly number[] {
  if (typeof value === "object") return value;
  return Array<number>(rank).fill(value ?? otherwise);
}

function attributesOf(
  x: Node,
  { strides, padding = 0, dilations, groups = 1 }: ConvolutionOptions,
): ConvolutionAttributes {
  const rank = Math.max(0, x.shape.length - 2);
  const sides = typeof padding === "object" && "low" in padding ? padding : { low: padding, high: padding };
  return {
    strides: perAxis(strides, rank, 1),
    low: perAxis(sides.low, rank, 0),
    high: perAxis(sides.high, rank, 0),
    dilations: perAxis(dilations, rank, 1),
    groups,
  };
}

/** Convolution (cross-correlation, as networks mean it) of x [N, C, …] with weights [O, C/groups, …]. */
export function convolve(x: Node, weights: Node, options: ConvolutionOptions = {}): Node {
  return conv(x, weights, attributesOf(x, options));
}

/** The transpose of a convolution: x [N, C, …], weights [C, O/groups, …]; `outputPadding` adds positions at the end. */
export function convolveTransposed(
  x: Node,
  weights: Node,
  options: ConvolutionOptions & { readonly outputPadding?: PerAxis } = {},
): Node {
  const attributes = attributesOf(x, options);
  const extra = perAxis(options.outputPadding, x.shape.length - 2, 0);
  const spatial = x.shape.slice(2).map((extent, axis) => {
    const covered = attributes.dilations[axis]! * (weights.shape[axis + 2]! - 1) + 1;
    return (
      (extent - 1) * attributes.strides[axis]! + covered - attributes.low[axis]! - attributes.high[axis]! + extra[axis]!
    );
  });
  return convInput(x, weights, attributes, spatial);
}

/** Largest element of each window; padding counts as −∞; of equal elements the first has the derivative. Strides: the kernel. */
export function maxPool(x: Node, options: PoolOptions): Node {
  const kernel = perAxis(options.kernel, x.shape.length - 2, 1);
  const { strides, low, high, dilations } = attributesOf(x, { ...options, strides: options.strides ?? kernel });
  return make("maxPool", [x], { kernel, strides, low, high, dilations });
}

/** Mean of each window: a convolution of each channel with a constant. `countPadding`: zeros of the padding count (default). */
export function averagePool(x: Node, options: PoolOptions & { readonly countPadding?: boolean }): Node {
  const kernel = perAxis(options.kernel, x.shape.length - 2, 1);
  const channels = x.shape[1] ?? 1;
  const attributes = { ...attributesOf(x, { ...options, strides: options.strides ?? kernel }), groups: channels };
  const size = kernel.reduce((a, b) => a * b, 1);
  const ones = full([channels, 1, ...kernel], 1);
  const total = conv(x, ones, attributes);
  return div(
    total,
    options.countPadding === false ? conv(full([1, ...x.shape.slice(1)], 1), ones, attributes) : full([], size),
  );
}
