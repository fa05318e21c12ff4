// Windows that slide over up to three spatial axes: where they reach, and their elements as columns of a matrix. T is f64 or
// f32. The tables hold int32 numbers, as src/engine/linalg/wasm/kernels.ts says.

/** Number `at` of a table. */
export function entry(table: usize, at: i32): i32 {
  return load<i32>(table + ((<usize>at) << 2));
}

/** First position whose window covers the axis at offset k of the kernel, and the end of these positions. */
export function firstPosition(low: i32, k: i32, stride: i32): i32 {
  const gap = low - k;
  return gap <= 0 ? 0 : (gap + stride - 1) / stride;
}
export function endPosition(low: i32, k: i32, stride: i32, extent: i32, positions: i32): i32 {
  const last = extent - 1 + low - k;
  return last < 0 ? 0 : min(positions, last / stride + 1);
}

/** Copies `count` numbers that are `stride` apart side by side. */
function gather<T>(from: usize, to: usize, count: i32, stride: i32): void {
  const end = to + <usize>count * sizeof<T>();
  if (stride === 1) {
    for (; to + 16 <= end; to += 16) {
      v128.store(to, v128.load(from));
      from += 16;
    }
    for (; to < end; to += sizeof<T>()) {
      store<T>(to, load<T>(from));
      from += sizeof<T>();
    }
    return;
  }
  const step = <usize>stride * sizeof<T>();
  for (; to < end; to += sizeof<T>()) {
    store<T>(to, load<T>(from));
    from += step;
  }
}

/** Adds `count` numbers to numbers that are `stride` apart. */
function scatter<T>(from: usize, to: usize, count: i32, stride: i32): void {
  const end = from + <usize>count * sizeof<T>();
  if (stride === 1) {
    for (; from + 16 <= end; from += 16) {
      v128.store(to, v128.add<T>(v128.load(to), v128.load(from)));
      to += 16;
    }
    for (; from < end; from += sizeof<T>()) {
      store<T>(to, load<T>(to) + load<T>(from));
      to += sizeof<T>();
    }
    return;
  }
  const step = <usize>stride * sizeof<T>();
  for (; from < end; from += sizeof<T>()) {
    store<T>(to, load<T>(to) + load<T>(from));
    to += step;
  }
}

function clear<T>(at: usize, count: i32): void {
  const end = at + <usize>count * sizeof<T>();
  for (; at + 16 <= end; at += 16) v128.store(at, f64x2.splat(0));
  for (; at < end; at += sizeof<T>()) store<T>(at, <T>0);
}

/**
 * Positions [from, to) of one row of columns (a channel and an offset in the kernel): copied from the channel at x (`back`
 * false; zeros in the padding) or added to it. Offsets are those of the kernel's element, dilation included.
 */
function line<T>(
  back: bool,
  table: usize,
  x: usize,
  o0: i32,
  o1: i32,
  o2: i32,
  from: i32,
  to: i32,
  columns: usize,
): void {
  const x0 = entry(table, 4);
  const x1 = entry(table, 5);
  const x2 = entry(table, 6);
  const y1 = entry(table, 11);
  const y2 = entry(table, 12);
  const s0 = entry(table, 13);
  const s1 = entry(table, 14);
  const s2 = entry(table, 15);
  const l2 = entry(table, 18);
  const first = firstPosition(l2, o2, s2);
  const end = endPosition(l2, o2, s2, x2, y2);
  const row = from / y2;
  let at = from - row * y2;
  let p1 = row % y1;
  let p0 = row / y1;
  for (let q = from; q < to; ) {
    const stop = min(y2, at + to - q);
    const i0 = p0 * s0 + o0 - entry(table, 16);
    const i1 = p1 * s1 + o1 - entry(table, 17);
    const inside = i0 >= 0 && i0 < x0 && i1 >= 0 && i1 < x1;
    const a = inside ? max(at, min(first, stop)) : stop;
    const b = inside ? max(a, min(end, stop)) : stop;
    const target = columns + <usize>(q - from) * sizeof<T>();
    const source = x + <usize>((i0 * x1 + i1) * x2 + a * s2 + o2 - l2) * sizeof<T>();
    const middle = target + <usize>(a - at) * sizeof<T>();
    if (back) {
      if (b > a) scatter<T>(middle, source, b - a, s2);
    } else {
      if (a > at) clear<T>(target, a - at);
      if (b > a) gather<T>(source, middle, b - a, s2);
      if (stop > b) clear<T>(target + <usize>(b - at) * sizeof<T>(), stop - b);
    }
    q += stop - at;
    at = 0;
    p1++;
    if (p1 === y1) {
      p1 = 0;
      p0++;
    }
  }
}

/**
 * The columns [channels · kernel, to − from] of positions [from, to) of one group of one image at x; with `back`, they are
 * added to where they would come from.
 */
export function columnsOf<T>(back: bool, table: usize, x: usize, from: i32, to: i32, columns: usize): void {
  const channel = <usize>(entry(table, 4) * entry(table, 5) * entry(table, 6)) * sizeof<T>();
  const width = <usize>(to - from) * sizeof<T>();
  const channels = entry(table, 1);
  const k0 = entry(table, 7);
  const k1 = entry(table, 8);
  const k2 = entry(table, 9);
  const d0 = entry(table, 19);
  const d1 = entry(table, 20);
  const d2 = entry(table, 21);
  for (let c = 0; c < channels; c++) {
    for (let a = 0; a < k0; a++)
      for (let b = 0; b < k1; b++)
        for (let d = 0; d < k2; d++) {
          line<T>(back, table, x, a * d0, b * d1, d * d2, from, to, columns);
          columns += width;
        }
    x += channel;
  }
}
