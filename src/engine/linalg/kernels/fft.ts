import { radix2, radix3, radix4, radix5 } from "./fftPasses";

/** Radix of the first pass for what is left of a length; 0 when none divides it. */
function radixOf(length: i32): i32 {
  if (length % 4 === 0) return 4;
  if (length % 2 === 0) return 2;
  if (length % 3 === 0) return 3;
  return length % 5 === 0 ? 5 : 0;
}

function divide(count: i32, at: usize, divisor: f64): void {
  const d = f64x2.splat(divisor);
  for (const end = at + ((<usize>count) << 4); at < end; at += 16) v128.store(at, f64x2.div(v128.load(at), d));
}

/**
 * Unnormalised transforms of n points of `inner` complex numbers each, from x to y (which may be x), for n = 2^a·3^b·5^c.
 * `work` holds 2·n·inner complex numbers.
 */
export function fft(n: i32, inner: i32, sign: i32, twiddles: usize, x: usize, y: usize, work: usize): void {
  const bytes = (<usize>(n * inner)) << 4;
  if (n === 1) {
    if (x !== y) memory.copy(y, x, bytes);
    return;
  }
  let s = inner;
  let from = x;
  let other = work;
  let spare = work + bytes;
  for (let length = n; length > 1; ) {
    const radix = radixOf(length);
    if (radix === 0) return;
    const m = length / radix;
    // A single pass can't run in place: it goes through the scratch space.
    const to = m === 1 && from !== y ? y : other;
    if (radix === 4) radix4(m, s, sign, twiddles, from, to);
    else if (radix === 2) radix2(m, s, twiddles, from, to);
    else if (radix === 3) radix3(m, s, sign, twiddles, from, to);
    else radix5(m, s, sign, twiddles, from, to);
    twiddles += (<usize>(m * (radix - 1))) << 4;
    s *= radix;
    length = m;
    from = to;
    other = spare;
    spare = to;
  }
  if (from !== y) memory.copy(y, from, bytes);
}

/** Complex numbers side by side that are transformed at a time when there are many. */
const BLOCK: i32 = 16;

/** Copies n pieces of `bytes` bytes from places `step` apart to places `apart` apart. */
function copyPieces(n: i32, bytes: usize, from: usize, step: usize, to: usize, apart: usize): void {
  for (let i = 0; i < n; i++) {
    for (let o: usize = 0; o < bytes; o += 16) v128.store(to + o, v128.load(from + o));
    from += step;
    to += apart;
  }
}

/** {@link fft} in blocks of columns that fit into the cache. */
function fftBlocks(n: i32, inner: i32, sign: i32, twiddles: usize, x: usize, y: usize, work: usize): void {
  const step = (<usize>inner) << 4;
  for (let q = 0; q < inner; q += BLOCK) {
    const count = min(BLOCK, inner - q);
    const bytes = (<usize>count) << 4;
    const at = (<usize>q) << 4;
    copyPieces(n, bytes, x + at, step, work, bytes);
    fft(n, count, sign, twiddles, work, work, work + <usize>n * bytes);
    copyPieces(n, bytes, work, bytes, y + at, step);
  }
}

/** Transforms of rows, divided by `divisor`. */
export function fftRows(
  rows: i32,
  n: i32,
  inner: i32,
  sign: i32,
  divisor: f64,
  twiddles: usize,
  x: usize,
  y: usize,
  work: usize,
): void {
  const bytes = (<usize>(n * inner)) << 4;
  for (let row = 0; row < rows; row++) {
    // Blocks need room for three of them, of which there is enough for two of the whole.
    if (inner > 2 * BLOCK) fftBlocks(n, inner, sign, twiddles, x, y, work);
    else fft(n, inner, sign, twiddles, x, y, work);
    if (divisor !== 1) divide(n * inner, y, divisor);
    x += bytes;
    y += bytes;
  }
}

function conjugate(x: v128): v128 {
  return v128.xor(x, i64x2(0, i64.MIN_VALUE));
}

/** w·x, and the conjugate of w for a negative `flip`. */
function rotate(w: usize, flip: v128, x: v128): v128 {
  const wi = v128.xor(v128.load64_splat(w, 8), flip);
  return f64x2.add(f64x2.mul(v128.load64_splat(w), x), f64x2.mul(wi, v128.shuffle<f64>(x, x, 1, 0)));
}

/** Transforms of real rows of an even number of points; `rotations` are exp(−2πi·k/n), k = 0 to n/4. */
export function rfftRows(rows: i32, n: i32, twiddles: usize, rotations: usize, x: usize, y: usize, work: usize): void {
  const h = n / 2;
  const half = f64x2.splat(0.5);
  const first = i64x2(i64.MIN_VALUE, 0);
  for (let row = 0; row < rows; row++) {
    fft(h, 1, -1, twiddles, x, y, work);
    const last = y + ((<usize>h) << 4);
    const re = load<f64>(y);
    const im = load<f64>(y, 8);
    store<f64>(y, re + im);
    store<f64>(y, 0, 8);
    store<f64>(last, re - im);
    store<f64>(last, 0, 8);
    let w = rotations + 16;
    let a = y + 16;
    let b = last - 16;
    for (; a < b; a += 16) {
      const za = v128.load(a);
      const zb = conjugate(v128.load(b));
      const even = f64x2.mul(half, f64x2.add(za, zb));
      const difference = f64x2.mul(half, f64x2.sub(za, zb));
      // -i times the difference.
      const odd = rotate(w, first, conjugate(v128.shuffle<f64>(difference, difference, 1, 0)));
      v128.store(a, f64x2.add(even, odd));
      v128.store(b, conjugate(f64x2.sub(even, odd)));
      b -= 16;
      w += 16;
    }
    if (a === b) v128.store(a, conjugate(v128.load(a)));
    x += (<usize>n) << 3;
    y = last + 16;
  }
}

/** The inverse of {@link rfftRows}, times `scale`·n. */
export function irfftRows(
  rows: i32,
  n: i32,
  scale: f64,
  twiddles: usize,
  rotations: usize,
  x: usize,
  y: usize,
  work: usize,
): void {
  const h = n / 2;
  const factor = f64x2.splat(scale);
  const second = i64x2(0, i64.MIN_VALUE);
  const turn = i64x2(i64.MIN_VALUE, 0);
  for (let row = 0; row < rows; row++) {
    const last = x + ((<usize>h) << 4);
    const lowest = load<f64>(x);
    const highest = load<f64>(last);
    store<f64>(y, scale * (lowest + highest));
    store<f64>(y, scale * (lowest - highest), 8);
    let w = rotations + 16;
    let a: usize = 16;
    let b = ((<usize>h) << 4) - 16;
    for (; a < b; a += 16) {
      const xa = v128.load(x + a);
      const xb = conjugate(v128.load(x + b));
      const even = f64x2.mul(factor, f64x2.add(xa, xb));
      const t = rotate(w, second, f64x2.mul(factor, f64x2.sub(xa, xb)));
      const odd = v128.xor(v128.shuffle<f64>(t, t, 1, 0), turn);
      v128.store(y + a, f64x2.add(even, odd));
      v128.store(y + b, conjugate(f64x2.sub(even, odd)));
      b -= 16;
      w += 16;
    }
    if (a === b) v128.store(y + a, conjugate(f64x2.mul(f64x2.splat(2 * scale), v128.load(x + a))));
    fft(h, 1, 1, twiddles, y, y, work);
    x = last + 16;
    y += (<usize>n) << 3;
  }
}
