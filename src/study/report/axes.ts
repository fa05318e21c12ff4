import type { ScaleOptions } from "@observablehq/plot";
import { formatTick } from "./numbers.ts";

/** Smallest and largest finite number (below 1e150 in size) of some lists; undefined without any. */
export function extent(...lists: readonly ArrayLike<number>[]): [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const list of lists)
    for (let i = 0; i < list.length; i++) {
      const value = list[i]!;
      if (!(Math.abs(value) < 1e150)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return low <= high ? [low, high] : undefined;
}

/** A linear domain around a range; one of no width gets some. */
export function padded([low, high]: readonly [number, number]): [number, number] {
  // A range that is only rounding counts as constant, or its ticks would differ in the sixteenth digit.
  if (high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high))) return [low, high];
  const margin = low === 0 && high === 0 ? 1 : Math.max(Math.abs(low), Math.abs(high)) / 10;
  return [low - margin, high + margin];
}

/** The axis of times: one cycle still has some width. */
export function timeAxis(times: ArrayLike<number>, label: string | null = "time"): ScaleOptions {
  const range = extent(times) ?? [0, 1];
  const single = range[0] === range[1] ? { ticks: [range[0]] } : {};
  return { label, domain: padded(range), tickFormat: formatTick, labelArrow: "none", ...single };
}

/** A linear axis of values. */
export function linearAxis(range: readonly [number, number], label: string, ticks = 5): ScaleOptions {
  return { label, domain: padded(range), nice: true, ticks, tickFormat: formatTick, labelArrow: "none" };
}

/** A logarithmic axis over a positive range: ticks at powers of ten, or at 1, 2 and 5 times them on a short range. */
export function logAxis([low, high]: readonly [number, number], label: string): ScaleOptions {
  const margin = high / low < 2 ? Math.SQRT2 : 1.1;
  const domain = [low / margin, high * margin] as const;
  const [first, last] = [Math.floor(Math.log10(domain[0])), Math.ceil(Math.log10(domain[1]))];
  const steps = last - first <= 2 ? [1, 2, 5] : last - first <= 3 ? [1, 3] : [1];
  const stride = Math.ceil((last - first) / 7);
  const ticks: number[] = [];
  for (let exponent = Math.ceil(first / stride) * stride; exponent <= last; exponent += stride)
    for (const step of steps) ticks.push(Number(`${step}e${exponent}`));
  const within = (tick: number): boolean => tick >= domain[0] && tick <= domain[1];
  const digits = [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((digit) => [
    Number(`${digit}e${first}`),
    Number(`${digit}e${first + 1}`),
  ]);
  const inside = ticks.filter(within).length > 1 ? ticks.filter(within) : digits.filter(within).sort((a, b) => a - b);
  return { type: "log", label, domain, ticks: inside, tickFormat: formatTick, labelArrow: "none" };
}

/** A logarithmic axis for positive values that span more than a factor 30, otherwise a linear one from 0. */
export function positiveAxis(range: readonly [number, number], label: string): { axis: ScaleOptions; log: boolean } {
  const log = range[0] > 0 && range[1] / range[0] > 30;
  if (range[1] === 0) return { log, axis: linearAxis([0, 1], label) };
  return { log, axis: log ? logAxis(range, label) : linearAxis([Math.min(0, range[0]), range[1]], label) };
}
