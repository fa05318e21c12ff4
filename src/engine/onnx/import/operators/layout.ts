import { constant } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import { full, pad, reshape, take, transpose, where } from "../../../graph/ops.ts";
import type { OnnxCall, Rule } from "../call.ts";
import { literal } from "../value.ts";
import { cut } from "./slicing.ts";

/** Position inside an axis that a place outside of it copies. */
const sources: Readonly<Record<string, (at: number, extent: number) => number>> = {
  edge: (at, extent) => Math.min(extent - 1, Math.max(0, at)),
  reflect: (at, extent) => {
    const period = Math.max(1, 2 * (extent - 1));
    const own = ((at % period) + period) % period;
    return own < extent ? own : period - own;
  },
  wrap: (at, extent) => ((at % extent) + extent) % extent,
};

/** Widths are an attribute before opset 11, an input since; negative ones cut. */
function padRule(call: OnnxCall): Node {
  let x = call.x();
  const rank = x.shape.length;
  const mode = call.string("mode", "constant");
  const pads = call.axes("pads", 1);
  const axes = (call.list(3, "the axes") ?? x.shape.map((_, axis) => axis)).map((axis) => call.axis(axis, rank));
  if (pads === undefined || pads.length !== 2 * axes.length)
    throw call.fail(`expected ${2 * axes.length} pads, got ${pads?.length ?? 0}`);
  const sides = (from: number): number[] =>
    x.shape.map((_, axis) => (axes.includes(axis) ? pads[from + axes.indexOf(axis)]! : 0));
  const [low, high] = [sides(0), sides(axes.length)];
  x.shape.forEach((extent, axis) => {
    const [before, after] = [Math.max(0, -low[axis]!), Math.max(0, -high[axis]!)];
    if (before + after > 0) x = cut(x, axis, before, Math.max(0, extent - before - after));
  });
  const widths = { low: low.map((width) => Math.max(0, width)), high: high.map((width) => Math.max(0, width)) };
  if (mode === "constant") return padConstant(call, x, widths);
  return padCopies(call, x, widths, mode);
}

interface Widths {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

function padConstant(call: OnnxCall, x: Node, { low, high }: Widths): Node {
  const given = call.optional(2);
  const filling = given === undefined ? call.float("value", 0) : literal(given)?.data[0];
  if (filling !== undefined && Number.isFinite(filling)) return pad(x, low, high, "constant", filling);
  const mask = pad(full(x.shape, 1), low, high);
  return where(mask, pad(x, low, high), reshape(given ?? constant(Float64Array.of(filling ?? 0), []), []));
}

function padCopies(call: OnnxCall, x: Node, { low, high }: Widths, mode: string): Node {
  const source = Object.hasOwn(sources, mode) ? sources[mode] : undefined;
  if (source === undefined) throw call.unsupported(`the mode "${mode}"`);
  const most = x.shape.every((extent, axis) => Math.max(low[axis]!, high[axis]!) <= extent);
  if (mode === "edge" || (mode === "wrap" && most)) return pad(x, low, high, mode === "wrap" ? "periodic" : "edge");
  let padded = x;
  x.shape.forEach((extent, axis) => {
    const [before, after] = [low[axis]!, high[axis]!];
    if (before + after === 0) return;
    if (extent === 0) throw call.fail(`expected elements on axis ${axis} to copy, got none`);
    const length = call.extent(before + extent + after, "an extent");
    padded = take(
      padded,
      Int32Array.from({ length }, (_, i) => source(i - before, extent)),
      axis,
    );
  });
  return padded;
}

function blocks(call: OnnxCall): { x: Node; n: number; c: number; h: number; w: number; size: number } {
  const x = call.x();
  const size = call.integer("blocksize", 0);
  if (x.shape.length !== 4 || size < 1) throw call.fail("expected images (N, C, H, W) and a positive blocksize");
  const [n, c, h, w] = x.shape as [number, number, number, number];
  return { x, n, c, h, w, size };
}

function depthToSpace(call: OnnxCall): Node {
  const { x, n, c, h, w, size } = blocks(call);
  const rest = c / (size * size);
  const moved =
    call.string("mode", "DCR") === "CRD"
      ? transpose(reshape(x, [n, rest, size, size, h, w]), [0, 1, 4, 2, 5, 3])
      : transpose(reshape(x, [n, size, size, rest, h, w]), [0, 3, 4, 1, 5, 2]);
  return reshape(moved, [n, rest, h * size, w * size]);
}

function spaceToDepth(call: OnnxCall): Node {
  const { x, n, c, h, w, size } = blocks(call);
  const parted = reshape(x, [n, c, h / size, size, w / size, size]);
  return reshape(transpose(parted, [0, 3, 5, 1, 2, 4]), [n, c * size * size, h / size, w / size]);
}

/** Operators that move elements to other places. */
export const layout: Readonly<Record<string, Rule>> = {
  DepthToSpace: depthToSpace,
  Pad: padRule,
  SpaceToDepth: spaceToDepth,
};
