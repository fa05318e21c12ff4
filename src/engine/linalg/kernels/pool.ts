// Max-pooling: the value of each window's maximum, elements of another array there, and the transpose of that.
import { entry } from "./windows";

export const VALUE: i32 = 0;
export const PICK: i32 = 1;
export const SCATTER: i32 = 2;

/** Offset of the kernel with which the window at `start` enters the axis. */
function enter(start: i32, dilation: i32): i32 {
  return start >= 0 ? 0 : (-start + dilation - 1) / dilation;
}
/** End of the offsets with which it is on the axis. */
function leave(start: i32, dilation: i32, kernel: i32, extent: i32): i32 {
  const room = extent - 1 - start;
  return room < 0 ? 0 : min(kernel, room / dilation + 1);
}

/**
 * Goes over all windows of x. VALUE: to[window] ← maximum (−∞ for an empty window). PICK: to[window] ← from[place of the
 * maximum], or 0. SCATTER: to[place] += from[window], `to` being cleared first. NaN counts as the largest; of equal elements
 * the first is taken.
 */
export function maxPool<T>(what: i32, x: usize, from: usize, to: usize, table: usize): void {
  const size = sizeof<T>();
  const images = entry(table, 0);
  const x0 = entry(table, 1);
  const x1 = entry(table, 2);
  const x2 = entry(table, 3);
  const d0 = entry(table, 16);
  const d1 = entry(table, 17);
  const d2 = entry(table, 18);
  const y0 = entry(table, 7);
  const y1 = entry(table, 8);
  const y2 = entry(table, 9);
  if (what === SCATTER) memory.fill(to, 0, <usize>(images * x0 * x1 * x2) * size);
  let window: usize = 0;
  for (let image = 0; image < images; image++) {
    const base = image * x0 * x1 * x2;
    for (let p0 = 0; p0 < y0; p0++) {
      const i0 = p0 * entry(table, 10) - entry(table, 13);
      const a0 = enter(i0, d0);
      const b0 = leave(i0, d0, entry(table, 4), x0);
      for (let p1 = 0; p1 < y1; p1++) {
        const i1 = p1 * entry(table, 11) - entry(table, 14);
        const a1 = enter(i1, d1);
        const b1 = leave(i1, d1, entry(table, 5), x1);
        for (let p2 = 0; p2 < y2; p2++) {
          const i2 = p2 * entry(table, 12) - entry(table, 15);
          const a2 = enter(i2, d2);
          const b2 = leave(i2, d2, entry(table, 6), x2);
          let best = -1;
          let nan = false;
          let largest = <T>-Infinity;
          for (let k0 = a0; k0 < b0; k0++)
            for (let k1 = a1; k1 < b1; k1++) {
              const row = base + ((i0 + k0 * d0) * x1 + i1 + k1 * d1) * x2 + i2;
              for (let k2 = a2; k2 < b2; k2++) {
                const place = row + k2 * d2;
                const value = load<T>(x + <usize>place * size);
                if (best < 0 || !(nan || value <= largest)) {
                  nan = !(abs<T>(value) <= <T>Infinity);
                  best = place;
                  largest = value;
                }
              }
            }
          const target = to + window;
          if (what === VALUE) store<T>(target, largest);
          else if (what === PICK) store<T>(target, best < 0 ? <T>0 : load<T>(from + <usize>best * size));
          else if (best >= 0) {
            const place = to + <usize>best * size;
            store<T>(place, load<T>(place) + load<T>(from + window));
          }
          window += size;
        }
      }
    }
  }
}
