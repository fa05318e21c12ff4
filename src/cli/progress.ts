import type { Io } from "./io.ts";
import { style } from "./style.ts";

/** How far something is. */
export interface Progress {
  readonly cycle: number;
  readonly cycles: number;
  readonly seconds: number;
  /** Shown instead of the title. */
  readonly note?: string;
}

/** A line that says how far a run is. */
export interface ProgressBar {
  update(progress: Progress): void;
  /** Takes the line away. */
  clear(): void;
}

const width = 24;

/** A bar on the error stream of a terminal, drawn at most ten times a second; nothing elsewhere. */
export function progressBar(io: Io, title: string, shown: boolean, unit = "cycles"): ProgressBar {
  const { dim, green } = style(io.colors.err);
  let last = Number.NEGATIVE_INFINITY;
  let drawn = false;
  return {
    update({ cycle, cycles, seconds, note = title }) {
      const now = performance.now();
      if (!shown || (now - last < 100 && cycle < cycles)) return;
      last = now;
      drawn = true;
      const done = Math.round((width * cycle) / cycles);
      const left = cycle === 0 ? 0 : (seconds / cycle) * (cycles - cycle);
      const numbers = ` ${cycle}/${cycles} ${unit}, ${timeText(left)} left `;
      const room = Math.max(0, io.columns - width - numbers.length - 2);
      const bar = green("█".repeat(done)) + dim("░".repeat(width - done));
      io.err(`\r\u001b[2K${bar}${numbers}${dim(note.slice(0, room))}`);
    },
    clear() {
      if (drawn) io.err("\r\u001b[2K");
      drawn = false;
    },
  };
}

/** Seconds as `0.42 s`, `12 s` or `3 min 5 s`. */
export function timeText(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toPrecision(2)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes} min ${Math.round(seconds - 60 * minutes)} s`;
}
