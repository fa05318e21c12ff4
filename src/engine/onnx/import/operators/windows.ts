import type { OnnxCall } from "../call.ts";

/** How a window moves, as an operator's attributes say: one entry a spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Extent that a kernel covers. */
export function covered(kernel: number, dilation: number): number {
  return dilation * (kernel - 1) + 1;
}

/** Attributes that windows share, `pads` and `auto_pad` left out. */
export function windowSteps(
  call: OnnxCall,
  spatial: readonly number[],
  kernel: readonly number[],
): Pick<Window, "kernel" | "strides" | "dilations"> {
  const rank = spatial.length;
  const list = (name: string, otherwise: readonly number[]): readonly number[] => {
    const given = call.integers(name) ?? otherwise;
    if (given.length !== rank || given.some((entry) => entry < 1))
      throw call.fail(`expected ${rank} positive ${name}, got ${given.join(", ")}`);
    return given;
  };
  const ones = spatial.map(() => 1);
  return {
    kernel: list("kernel_shape", kernel),
    strides: list("strides", ones),
    dilations: list("dilations", ones),
  };
}

/** Widths of the padding of a convolution or pooling. */
export function windowPadding(
  call: OnnxCall,
  spatial: readonly number[],
  { kernel, strides, dilations }: Pick<Window, "kernel" | "strides" | "dilations">,
): Pick<Window, "low" | "high"> {
  const mode = call.string("auto_pad", "NOTSET");
  const zero = spatial.map(() => 0);
  if (mode === "VALID") return { low: zero, high: zero };
  if (mode === "NOTSET") return explicitPadding(call, spatial.length);
  const total = spatial.map((extent, axis) => {
    const positions = Math.ceil(extent / strides[axis]!);
    return Math.max(0, (positions - 1) * strides[axis]! + covered(kernel[axis]!, dilations[axis]!) - extent);
  });
  return split(call, total, mode);
}

/** The widths that `pads` gives. */
export function explicitPadding(call: OnnxCall, rank: number): Pick<Window, "low" | "high"> {
  const pads = call.integers("pads") ?? Array<number>(2 * rank).fill(0);
  if (pads.length !== 2 * rank) throw call.fail(`expected ${2 * rank} pads, got ${pads.length}`);
  if (pads.some((width) => width < 0)) throw call.unsupported("negative padding");
  return { low: pads.slice(0, rank), high: pads.slice(rank) };
}

/** Widths in total, shared between both sides; an odd one goes to the end (SAME_UPPER) or to the start. */
export function split(call: OnnxCall, total: readonly number[], mode: string): Pick<Window, "low" | "high"> {
  if (mode !== "SAME_UPPER" && mode !== "SAME_LOWER") throw call.unsupported(`auto_pad "${mode}"`);
  const smaller = total.map((width) => Math.floor(width / 2));
  const larger = total.map((width, axis) => width - smaller[axis]!);
  return mode === "SAME_UPPER" ? { low: smaller, high: larger } : { low: larger, high: smaller };
}
