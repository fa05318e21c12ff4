import { qlBytes, qlImplicit } from "./ql";
import { formTransposed, tridiagonalize } from "./tridiagonal";

/** What {@link eigen} returns for elements that are not finite. */
export const NOT_FINITE: i32 = -2;

/** Distance of rows in numbers: even, and for larger matrices an odd number of cache lines, so that columns don't collide. */
function leading(n: i32): i32 {
  if (n < 24) return (n + 1) & ~1;
  return (((n + 7) >> 3) | 1) << 3;
}

/** Bytes of scratch space of {@link eigen}. */
export function eigenBytes(n: i32): i32 {
  const numbers = (n + 3) & ~1;
  return (2 * n * leading(n) + 6 * numbers) * 8 + qlBytes(n);
}

/**
 * The binary exponent that brings the largest element of the lower triangle to about 1, within ±1000; -10000 for elements
 * that are not finite.
 */
export function exponentOf(n: i32, a: usize, lda: i32): i32 {
  let largest: f64 = 0;
  let check: f64 = 0;
  for (let i = 0; i < n; i++) {
    const row = a + ((<usize>(i * lda)) << 3);
    for (let o: usize = 0; o <= (<usize>i) << 3; o += 8) {
      const value = Math.abs(load<f64>(row + o));
      check += value * 0;
      largest = Math.max(largest, value);
    }
  }
  if (check !== 0) return -10000;
  if (largest === 0) return 0;
  return max(-1000, min(1000, <i32>((reinterpret<i64>(largest) >> 52) & 0x7ff) - 1023));
}

/** 2 to the power of k, |k| ≤ 1000. */
export function power(k: i32): f64 {
  return reinterpret<f64>((<i64>(k + 1023)) << 52);
}

/**
 * Eigenvalues (ascending) and -vectors (columns of V, each with its largest element positive) of a symmetric matrix, of
 * which the lower triangle is read. Returns -1, {@link NOT_FINITE}, or the eigenvalue that doesn't converge.
 */
export function eigen(n: i32, a: usize, lda: i32, values: usize, v: usize, ldv: i32, work: usize): i32 {
  if (n <= 0) return -1;
  const exponent = exponentOf(n, a, lda);
  if (exponent === -10000) return NOT_FINITE;
  const factor = power(-exponent);
  const ld = (<usize>leading(n)) << 3;
  const vector = (<usize>((n + 3) & ~1)) << 3;
  const s = work;
  const z = s + <usize>n * ld;
  const d = z + <usize>n * ld;
  const e = d + vector;
  const h = e + vector;
  const w = h + vector;
  const p = w + vector;
  const order = p + vector;
  const record = order + vector;
  for (let i = 0; i < n; i++) {
    const from = a + ((<usize>(i * lda)) << 3);
    const to = s + <usize>i * ld;
    for (let o: usize = 0; o <= (<usize>i) << 3; o += 8) store<f64>(to + o, factor * load<f64>(from + o));
  }
  tridiagonalize(n, s, ld, d, e, h, w, p);
  formTransposed(n, s, ld, h, z, ld);
  memory.copy(e, e + 8, (<usize>(n - 1)) << 3);
  const failed = qlImplicit(n, d, e, z, ld, (<usize>(n + 1) & ~1) << 3, record);
  if (failed >= 0) return failed;
  sort(n, d, order);
  writeColumns(n, z, ld, order, w, v, (<usize>ldv) << 3);
  const scale = power(exponent);
  for (let j = 0; j < n; j++)
    store<f64>(values + ((<usize>j) << 3), scale * load<f64>(d + ((<usize>load<i32>(order + ((<usize>j) << 2))) << 3)));
  return -1;
}

/** The order (i32) of ascending values; equal ones stay in order. */
function sort(n: i32, d: usize, order: usize): void {
  for (let i = 0; i < n; i++) {
    const value = load<f64>(d + ((<usize>i) << 3));
    let k = i;
    for (; k > 0; k--) {
      const before = load<i32>(order + ((<usize>(k - 1)) << 2));
      if (!(load<f64>(d + ((<usize>before) << 3)) > value)) break;
      store<i32>(order + ((<usize>k) << 2), before);
    }
    store<i32>(order + ((<usize>k) << 2), i);
  }
}

/** The sign of a row's largest element; among equal ones (up to rounding) of the first. */
function signOf(n: i32, row: usize): f64 {
  let largest: f64 = 0;
  let sign: f64 = 1;
  for (let o: usize = 0; o < (<usize>n) << 3; o += 8) {
    const value = load<f64>(row + o);
    if (Math.abs(value) > largest) {
      largest = Math.abs(value) * (1 + 1e-8);
      sign = value < 0 ? -1 : 1;
    }
  }
  return sign;
}

/** Rows of Z in their order as columns of V, two by two. */
function writeColumns(n: i32, z: usize, ldz: usize, order: usize, signs: usize, v: usize, ldv: usize): void {
  for (let j = 0; j < n; j++) store<f64>(signs + ((<usize>j) << 3), signOf(n, z + <usize>j * ldz));
  for (let j = 0; j < n; j += 2) {
    const pair = j + 1 < n;
    const first = load<i32>(order + ((<usize>j) << 2));
    const second = pair ? load<i32>(order + ((<usize>j) << 2), 4) : first;
    const x = z + <usize>first * ldz;
    const y = z + <usize>second * ldz;
    const sx = v128.load64_splat(signs + ((<usize>first) << 3));
    const sy = v128.load64_splat(signs + ((<usize>second) << 3));
    let to = v + ((<usize>j) << 3);
    for (let i = 0; i < n; i += 2) {
      const a = f64x2.mul(sx, v128.load(x + ((<usize>i) << 3)));
      const b = f64x2.mul(sy, v128.load(y + ((<usize>i) << 3)));
      if (pair) {
        v128.store(to, v128.shuffle<f64>(a, b, 0, 2));
        if (i + 1 < n) v128.store(to + ldv, v128.shuffle<f64>(a, b, 1, 3));
      } else {
        store<f64>(to, f64x2.extract_lane(a, 0));
        if (i + 1 < n) store<f64>(to + ldv, f64x2.extract_lane(a, 1));
      }
      to += 2 * ldv;
    }
  }
}
