/** A point of a thinned series: extremes and median of the values of neighbouring cycles. */
export interface Bin {
  readonly time: number;
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

/** Series of more cycles than this are drawn as bins. */
export const MAX_POINTS = 240;

/**
 * A series as at most {@link MAX_POINTS} points of `[minimum, median, maximum]` over equal numbers of cycles; short
 * series come back point for point. Values that aren't finite, or beyond 1e150, are left out; a bin without any is NaN.
 */
export function binSeries(times: Float64Array, values: ArrayLike<number>): Bin[] {
  const width = Math.ceil(values.length / MAX_POINTS);
  const bins: Bin[] = [];
  for (let start = 0; start < values.length; start += width) {
    const end = Math.min(start + width, values.length);
    const inside: number[] = [];
    for (let k = start; k < end; k++) if (Math.abs(values[k]!) < 1e150) inside.push(values[k]!);
    inside.sort((a, b) => a - b);
    const nan = Number.NaN;
    bins.push({
      time: (times[start]! + times[end - 1]!) / 2,
      low: inside[0] ?? nan,
      mid: inside[Math.floor((inside.length - 1) / 2)] ?? nan,
      high: inside[inside.length - 1] ?? nan,
    });
  }
  return bins;
}

/** What a caption says about thinning, or nothing where there is none. */
export function binNote(cycles: number): string {
  const width = Math.ceil(cycles / MAX_POINTS);
  return width <= 1
    ? ""
    : ` Lines are medians of ${width} cycles each; bands reach from their smallest to their largest.`;
}

/** The cycles shown where each one matters: the last ones. */
export function lastCycles(cycles: number, most: number): { start: number; end: number } {
  return { start: Math.max(0, cycles - most), end: cycles };
}
