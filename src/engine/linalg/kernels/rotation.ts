// Random orthogonal matrices that leave the vector of ones as it is.
import { reflectRows } from "./tridiagonal";

/** Bytes of scratch space of {@link rotation}, and of its result: the reflections go in pairs of numbers. */
export function rotationBytes(n: i32): i32 {
  return (3 * n + 8) << 3;
}

/** Copies of x, with zeros behind it, that are reflected to the first axis: 1/tau of the reflection, v in x's place. */
function makeReflector(count: i32, x: usize, v: usize): f64 {
  let squares: f64 = 0;
  for (let i = 0; i < count; i++) {
    const at = (<usize>i) << 3;
    const value = load<f64>(x + at);
    store<f64>(v + at, value);
    squares += value * value;
  }
  store<f64>(v + ((<usize>count) << 3), 0);
  const norm = Math.sqrt(squares);
  const head = load<f64>(x);
  store<f64>(v, head < 0 ? head - norm : head + norm);
  return norm * (norm + Math.abs(head));
}

/**
 * A (n×n, and 8 bytes behind it) ← F diag(1, Q) F, where F exchanges the first axis and the direction of ones, and Q is the product
 * of reflections of normal vectors of 1, 2, … n − 1 numbers, which are read one after another: uniform among the orthogonal
 * matrices that leave ones as they are.
 */
export function rotation(n: i32, normals: usize, a: usize, work: usize): void {
  const ld = (<usize>n) << 3;
  memory.fill(a, 0, <usize>n * ld + 8);
  store<f64>(a, 1);
  const v = work;
  const w = work + ((<usize>(n + 3)) << 3);
  let x = normals;
  for (let j = 1; j < n; j++) {
    const block = a + <usize>(n - j) * (ld + 8);
    // The block's first row and column are those of the identity, but for the sign that maps the axis to x itself.
    store<f64>(block, 1);
    const inverse = makeReflector(j, x, v);
    const negative = load<f64>(x) >= 0;
    if (inverse > 0) reflectRows(j, block, ld, v, (<usize>(j + 1) & ~1) << 3, 1 / inverse);
    if (negative) negate(j, block, ld);
    x += (<usize>j) << 3;
  }
  if (n < 2) return;
  const share = 1 / Math.sqrt(<f64>n);
  for (let i = 0; i < n; i++) store<f64>(v + ((<usize>i) << 3), share);
  store<f64>(v, share - 1);
  store<f64>(v + ld, 0);
  const tau = 1 / (1 - share);
  reflectRows(n, a, ld, v, (<usize>(n + 1) & ~1) << 3, tau);
  reflectColumns(n, a, ld, v, tau, w);
}

function negate(count: i32, block: usize, ld: usize): void {
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++) {
      const at = block + <usize>i * ld + ((<usize>j) << 3);
      store<f64>(at, -load<f64>(at));
    }
}

/** A ← (I − tau·v·vᵀ) A; w is scratch space of n numbers. */
function reflectColumns(n: i32, a: usize, ld: usize, v: usize, tau: f64, w: usize): void {
  memory.fill(w, 0, ld);
  for (let i = 0; i < n; i++) addRow(n, load<f64>(v + ((<usize>i) << 3)), a + <usize>i * ld, w);
  for (let i = 0; i < n; i++) addRow(n, -tau * load<f64>(v + ((<usize>i) << 3)), w, a + <usize>i * ld);
}

/** y ← y + factor·x. */
function addRow(n: i32, factor: f64, x: usize, y: usize): void {
  const f = f64x2.splat(factor);
  const whole = (<usize>(n & ~1)) << 3;
  for (let o: usize = 0; o < whole; o += 16)
    v128.store(y + o, f64x2.add(v128.load(y + o), f64x2.mul(f, v128.load(x + o))));
  if (n & 1) store<f64>(y + whole, load<f64>(y + whole) + factor * load<f64>(x + whole));
}
