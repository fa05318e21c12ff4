import { constant } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import { add, mul, reshape, scatterAdd, take, transpose } from "../../../graph/ops.ts";
import { type NdArray, sizeOf } from "../../../tensor/index.ts";
import type { OnnxCall, Rule } from "../call.ts";
import { cut } from "./slicing.ts";
import { explicitPadding, windowSteps } from "./windows.ts";

/** Columns of windows added up to images: what is written to one place several times is summed. */
function columnsToImage(call: OnnxCall): Node {
  const x = call.x();
  const image = call.list(1, "the image's shape") ?? [];
  const block = call.list(2, "the block's shape") ?? [];
  const [batch = 0, rows = 0, positions = 0] = x.shape;
  const size = sizeOf(block);
  if (x.shape.length !== 3 || image.length !== block.length || image.length === 0 || !(rows % size === 0))
    throw call.fail("expected columns (N, C·block, positions) and shapes of one rank");
  const { strides, dilations } = windowSteps(call, image, block);
  const { low, high } = explicitPadding(call, image.length);
  const counts = image.map(
    (extent, i) => Math.floor((extent + low[i]! + high[i]! - dilations[i]! * (block[i]! - 1) - 1) / strides[i]!) + 1,
  );
  if (sizeOf(counts) !== positions) throw call.fail(`expected ${sizeOf(counts)} positions, got ${positions}`);
  const outside = call.extent(sizeOf(image), "a number of elements");
  const places = Int32Array.from({ length: call.extent(size * positions, "elements of columns") }, (_, i) => {
    let [tap, at, flat, stride] = [Math.floor(i / positions), i % positions, 0, 1];
    for (let axis = image.length - 1; axis >= 0; axis--) {
      const place = (at % counts[axis]!) * strides[axis]! + (tap % block[axis]!) * dilations[axis]! - low[axis]!;
      if (place < 0 || place >= image[axis]!) return outside;
      flat += place * stride;
      stride *= image[axis]!;
      at = Math.floor(at / counts[axis]!);
      tap = Math.floor(tap / block[axis]!);
    }
    return flat;
  });
  const flat = reshape(x, [batch, rows / size, size * positions]);
  const summed = cut(scatterAdd(flat, places, outside + 1, 2), 2, 0, outside);
  return reshape(summed, [batch, rows / size, ...image]);
}

/** A coordinate reflected into an interval. */
function reflected(at: number, low: number, high: number): number {
  const width = high - low;
  if (width <= 0) return low;
  const turns = Math.abs(at - low) % (2 * width);
  return low + Math.min(turns, 2 * width - turns);
}

interface Tap {
  readonly index: number;
  readonly weight: number;
}

/** The elements of an axis that a coordinate from −1 to 1 lies between, by their weights. */
function tapsOf(coordinate: number, extent: number, call: OnnxCall): Tap[] {
  const corners = call.integer("align_corners", 0) === 1;
  const padding = call.string("padding_mode", "zeros");
  let at = corners ? ((coordinate + 1) / 2) * (extent - 1) : ((coordinate + 1) * extent - 1) / 2;
  if (padding === "border") at = Math.min(extent - 1, Math.max(0, at));
  if (padding === "reflection")
    at = Math.min(extent - 1, Math.max(0, corners ? reflected(at, 0, extent - 1) : reflected(at, -0.5, extent - 0.5)));
  const taps = ["nearest"].includes(call.string("mode", "linear"))
    ? [
        { index: roundEven(at), weight: 1 },
        { index: 0, weight: 0 },
      ]
    : [
        { index: Math.floor(at), weight: 1 - (at - Math.floor(at)) },
        { index: Math.floor(at) + 1, weight: at - Math.floor(at) },
      ];
  return taps.map((tap) => (tap.index >= 0 && tap.index < extent ? tap : { index: 0, weight: 0 }));
}

function roundEven(at: number): number {
  const whole = Math.round(at);
  return Math.abs(at % 1) === 0.5 && whole % 2 !== 0 ? whole - 1 : whole;
}

/** Images at the places of a grid that is known when the network is read: sums of at most four elements. */
function gridSample(call: OnnxCall): Node {
  const x = call.x();
  const grid = call.known(1, "the grid");
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  if (x.shape.length !== 4 || grid.shape.length !== 4 || grid.shape[0] !== batch || grid.shape[3] !== 2)
    throw call.unsupported("a grid of other than two dimensions");
  const mode = call.string("mode", "linear");
  if (!["linear", "bilinear", "nearest"].includes(mode)) throw call.unsupported(`the mode "${mode}"`);
  const rows = reshape(transpose(x, [0, 2, 3, 1]), [batch * height * width, channels]);
  const points = grid.data.length / 2;
  const terms = cornersOf(call, grid, [height, width]).map(({ indices, weights }) =>
    mul(take(rows, indices, 0), constant(weights, [points, 1])),
  );
  const [down = 0, across = 0] = grid.shape.slice(1);
  return transpose(reshape(terms.reduce(add), [batch, down, across, channels]), [0, 3, 1, 2]);
}

function cornersOf(
  call: OnnxCall,
  { data, shape }: NdArray,
  [height, width]: readonly [number, number],
): { readonly indices: Int32Array; readonly weights: Float64Array }[] {
  const points = call.extent(data.length / 2, "a number of points");
  const perImage = points / Math.max(1, shape[0]!);
  const corners = Array.from({ length: 4 }, () => ({
    indices: new Int32Array(points),
    weights: new Float64Array(points),
  }));
  for (let point = 0; point < points; point++) {
    const across = tapsOf(data[2 * point]!, width, call);
    const down = tapsOf(data[2 * point + 1]!, height, call);
    corners.forEach(({ indices, weights }, corner) => {
      const [v, u] = [down[corner >> 1]!, across[corner & 1]!];
      indices[point] = (Math.floor(point / perImage) * height + v.index) * width + u.index;
      weights[point] = v.weight * u.weight;
    });
  }
  return corners;
}

/** Operators between images and lists of their places. */
export const sampling: Readonly<Record<string, Rule>> = { Col2Im: columnsToImage, GridSample: gridSample };
