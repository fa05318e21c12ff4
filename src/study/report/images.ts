import type { NdArray } from "../../engine/tensor/index.ts";
import { extent } from "./axes.ts";
import { BLUE_RED, type Palette, VIRIDIS } from "./colormap.ts";
import { escapeHtml } from "./html.ts";
import type { ReportRun } from "./input.ts";
import { formatNumber } from "./numbers.ts";
import { type Picture, pngAddress } from "./png.ts";

/** One panel of a field figure: numbers of the same layout as the state. */
export interface Panel {
  readonly name: string;
  /** `[cycles, n]`, or the difference of two such arrays. */
  readonly values: (cycle: number, index: number) => number;
  readonly diverging: boolean;
}

/** Truth, analysis and error where there is a truth; analysis and increment where there is none. */
export function fieldPanels(run: ReportRun): Panel[] {
  const n = run.analysisMean.shape[1]!;
  const plain = (name: string, array: NdArray): Panel => ({
    name,
    values: (cycle, i) => array.data[cycle * n + i]!,
    diverging: false,
  });
  const difference = (name: string, a: NdArray, b: NdArray): Panel => ({
    name,
    values: (cycle, i) => a.data[cycle * n + i]! - b.data[cycle * n + i]!,
    diverging: true,
  });
  const { truth, analysisMean, forecastMean } = run;
  return truth === undefined
    ? [plain("analysis", analysisMean), difference("increment (analysis − forecast)", analysisMean, forecastMean)]
    : [
        plain("truth", truth),
        plain("analysis", analysisMean),
        difference("error (analysis − truth)", analysisMean, truth),
      ];
}

/** Values of the first and the last colour for several pictures of one map: symmetric about 0 if diverging. */
export function colorRange(values: readonly ArrayLike<number>[], diverging: boolean): [number, number] {
  const [low, high] = extent(...values) ?? [0, 0];
  const most = Math.max(Math.abs(low), Math.abs(high));
  return diverging ? [-most, most] : [low, high];
}

/** The address of a picture in the panel's colours. */
export function pictureAddress(picture: Picture, diverging: boolean): string {
  return pngAddress(picture, paletteOf(diverging));
}

/** A colour bar with its end values. */
export function colorBar(name: string, range: readonly [number, number], diverging: boolean): string {
  if (range[0] === range[1])
    return `<div class="colorbar"><span>${escapeHtml(name)}</span><span>${formatNumber(range[0])} everywhere</span></div>`;
  const ramp = { values: Float64Array.from({ length: 128 }, (_, i) => i), width: 128, height: 1 };
  const address = pngAddress({ ...ramp, range: [0, 127] }, paletteOf(diverging));
  return (
    `<div class="colorbar"><span>${escapeHtml(name)}</span><span>${formatNumber(range[0])}</span>` +
    `<img src="${address}" alt="colours from low to high"><span>${formatNumber(range[1])}</span></div>`
  );
}

/** A picture of at most `limit` pixels each way: larger ones are averaged over blocks. */
export function shrink(values: Float64Array, width: number, height: number, limit: number): Omit<Picture, "range"> {
  const [sx, sy] = [Math.ceil(width / limit), Math.ceil(height / limit)];
  if (sx === 1 && sy === 1) return { values, width, height };
  const [w, h] = [Math.ceil(width / sx), Math.ceil(height / sy)];
  const sums = new Float64Array(w * h);
  const counts = new Float64Array(w * h);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = Math.floor(y / sy) * w + Math.floor(x / sx);
      sums[at]! += values[y * width + x]!;
      counts[at]!++;
    }
  return { values: sums.map((sum, i) => sum / counts[i]!), width: w, height: h };
}

function paletteOf(diverging: boolean): Palette {
  return diverging ? BLUE_RED : VIRIDIS;
}
