import { ArgumentError } from "../../engine/errors/index.ts";
import { checkCount } from "../common/index.ts";
import type { WindowLayout } from "./ensemble-window.ts";

export interface LayoutOptions {
  /** Observation intervals that a window goes back, 1 by default. */
  readonly lag?: number;
  /** Observation times from one window's end to the next one's, 1 by default, at most `lag`. */
  readonly shift?: number;
  /**
   * Weights of a window's observations, oldest first, [lag]: an observation is used in part in every window that has it. Its weights have to sum
   * to 1. Left out: all of it in the first window that has it.
   */
  readonly weights?: readonly number[];
}

/** @throws ArgumentError for a shift beyond the lag or weights that don't sum to 1 for every observation */
export function windowLayout({ lag = 1, shift = 1, weights }: LayoutOptions): WindowLayout {
  checkCount("lag", lag, 1);
  checkCount("shift", shift, 1);
  if (shift > lag) throw new ArgumentError("shift", `expected at most the lag, ${lag}, got ${shift}`);
  const all = weights ?? Array.from({ length: lag }, (_, i) => (i >= lag - shift ? 1 : 0));
  if (all.length !== lag || !all.every((weight) => weight >= 0 && weight <= 1))
    throw new ArgumentError(
      "weights",
      `expected ${lag} numbers from 0 to 1, one for each place in a window, got ${all.join(", ")}`,
    );
  for (let place = 0; place < shift; place++) {
    let sum = 0;
    for (let i = lag - 1 - place; i >= 0; i -= shift) sum += all[i]!;
    if (Math.abs(sum - 1) > 1e-9)
      throw new ArgumentError(
        "weights",
        `expected weights that sum to 1 for an observation at every ${shift === 1 ? "" : `${shift} `}places, got ${sum}`,
      );
  }
  return { lag, shift, weights: all };
}
