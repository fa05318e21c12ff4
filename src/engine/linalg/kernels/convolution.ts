// Convolution and its derivatives: columns of windows for some positions at a time, times the weights.
import { FULL, gemm, gemmBytes } from "./gemm";
import { columnsOf, entry } from "./windows";

/** Bytes that the columns of a stretch of positions should take: they are read again at once. */
const STRETCH: i32 = 262144;

function volume(table: usize, at: i32): i32 {
  return entry(table, at) * entry(table, at + 1) * entry(table, at + 2);
}

/** Whether the columns are the image itself: kernels of one element, no strides, no padding. */
function pointwise(table: usize): bool {
  if (volume(table, 7) !== 1) return false;
  for (let axis = 0; axis < 3; axis++)
    if (
      entry(table, 13 + axis) !== 1 ||
      entry(table, 16 + axis) !== 0 ||
      entry(table, 4 + axis) !== entry(table, 10 + axis)
    )
      return false;
  return true;
}

function stretch<T>(table: usize): i32 {
  const rows = max(1, entry(table, 1) * volume(table, 7));
  const positions = (STRETCH / <i32>sizeof<T>() / rows) & ~15;
  return max(1, min(volume(table, 10), max(64, positions)));
}

/** Bytes of scratch space of all three. */
export function convolutionBytes<T>(table: usize): i32 {
  const rows = entry(table, 1) * volume(table, 7);
  const positions = stretch<T>(table);
  const outer = entry(table, 2);
  const products = max(
    gemmBytes<T>(outer, positions, rows),
    max(gemmBytes<T>(rows, positions, outer), gemmBytes<T>(outer, rows, positions)),
  );
  return ((rows * positions * <i32>sizeof<T>() + 63) & ~63) + products;
}

export const FORWARD: i32 = 0;
export const INPUT: i32 = 1;
export const WEIGHT: i32 = 2;

/** y from x and w (FORWARD), x from y and w (INPUT) or w from x and y (WEIGHT); what is computed is overwritten. */
export function convolution<T>(what: i32, x: usize, w: usize, y: usize, table: usize, work: usize): void {
  const size = sizeof<T>();
  const images = entry(table, 0);
  const inner = entry(table, 1);
  const outer = entry(table, 2);
  const groups = entry(table, 3);
  const rows = inner * volume(table, 7);
  const positions = volume(table, 10);
  const direct = pointwise(table);
  const step = stretch<T>(table);
  const products = work + <usize>((rows * step * <i32>size + 63) & ~63);
  const xBytes = <usize>(inner * volume(table, 4)) * size;
  const yBytes = <usize>(outer * positions) * size;
  const wBytes = <usize>(outer * rows) * size;
  if (what === INPUT) memory.fill(x, 0, <usize>(images * groups) * xBytes);
  if (what === WEIGHT) memory.fill(w, 0, <usize>groups * wBytes);
  for (let at = 0; at < images * groups; at++) {
    const group = at % groups;
    const weights = w + <usize>group * wBytes;
    for (let q = 0; q < positions; q += step) {
      const count = min(step, positions - q);
      const columns = direct ? x + <usize>q * size : work;
      const ld = direct ? positions : count;
      const results = y + <usize>q * size;
      if (what === INPUT) {
        gemm<T>(FULL, rows, count, outer, <T>1, weights, 1, rows, results, positions, 1, <T>0, columns, ld, products);
        if (!direct) columnsOf<T>(true, table, x, q, q + count, work);
        continue;
      }
      if (!direct) columnsOf<T>(false, table, x, q, q + count, work);
      if (what === FORWARD)
        gemm<T>(FULL, outer, count, rows, <T>1, weights, rows, 1, columns, ld, 1, <T>0, results, positions, products);
      else
        gemm<T>(FULL, outer, rows, count, <T>1, results, positions, 1, columns, 1, ld, <T>1, weights, rows, products);
    }
    x += xBytes;
    y += yBytes;
  }
}
