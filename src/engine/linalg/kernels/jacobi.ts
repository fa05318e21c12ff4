// One-sided Jacobi rotations: rows of W become orthogonal, rows of Z are turned along.
import { dot } from "./tridiagonal";

const NEGLIGIBLE: f64 = 1e-290;

/** x ← c·x − s·y, y ← s·x + c·y for rows of n numbers. */
function turn(n: i32, x: usize, y: usize, c: f64, s: f64): void {
  const cv = f64x2.splat(c);
  const sv = f64x2.splat(s);
  const bytes = (<usize>n) << 3;
  let o: usize = 0;
  for (; o + 16 <= bytes; o += 16) {
    const a = v128.load(x + o);
    const b = v128.load(y + o);
    v128.store(x + o, f64x2.sub(f64x2.mul(cv, a), f64x2.mul(sv, b)));
    v128.store(y + o, f64x2.add(f64x2.mul(sv, a), f64x2.mul(cv, b)));
  }
  if (o < bytes) {
    const a = load<f64>(x + o);
    const b = load<f64>(y + o);
    store<f64>(x + o, c * a - s * b);
    store<f64>(y + o, s * a + c * b);
  }
}

/** Squares of the rows' norms, and the rows' order (i32) by them, largest first. */
function measure(n: i32, w: usize, squares: usize, order: usize): void {
  for (let i = 0; i < n; i++) {
    const row = w + ((<usize>(i * n)) << 3);
    store<f64>(squares + ((<usize>i) << 3), dot(n, row, row));
  }
  for (let i = 0; i < n; i++) {
    const value = load<f64>(squares + ((<usize>i) << 3));
    let k = i;
    for (; k > 0; k--) {
      const before = load<i32>(order + ((<usize>(k - 1)) << 2));
      if (!(load<f64>(squares + ((<usize>before) << 3)) < value)) break;
      store<i32>(order + ((<usize>k) << 2), before);
    }
    store<i32>(order + ((<usize>k) << 2), i);
  }
}

/** Makes two rows orthogonal; false if they are already. Their squares are kept up to date. */
function orthogonalize(n: i32, x: usize, y: usize, u: usize, v: usize, sx: usize, sy: usize, tolerance: f64): bool {
  const alpha = load<f64>(sx);
  const beta = load<f64>(sy);
  if (alpha < NEGLIGIBLE || beta < NEGLIGIBLE) return false;
  const gamma = dot(n, x, y);
  if (Math.abs(gamma) <= tolerance * Math.sqrt(alpha) * Math.sqrt(beta)) return false;
  const zeta = (beta - alpha) / (2 * gamma);
  const root = Math.abs(zeta) > 1e150 ? Math.abs(zeta) : Math.sqrt(1 + zeta * zeta);
  const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + root);
  const c = 1 / Math.sqrt(1 + t * t);
  turn(n, x, y, c, c * t);
  turn(n, u, v, c, c * t);
  // Where the difference cancels, the new square is summed.
  const less = alpha - t * gamma;
  const more = beta + t * gamma;
  store<f64>(sx, less > 0.01 * alpha ? less : dot(n, x, x));
  store<f64>(sy, more > 0.01 * beta ? more : dot(n, y, y));
  return true;
}

/**
 * Turns the rows of W (n×n) until they are orthogonal to within √n·eps, and those of Z (n×n) along. `order` (i32) gets the
 * rows by their norms, largest first. Returns false after `most` sweeps.
 */
export function jacobi(n: i32, w: usize, z: usize, squares: usize, order: usize, most: i32): bool {
  const tolerance = Math.sqrt(<f64>n) * f64.EPSILON;
  for (let sweep = 0; sweep < most; sweep++) {
    measure(n, w, squares, order);
    let turned = false;
    for (let i = 0; i < n - 1; i++) {
      const a = load<i32>(order + ((<usize>i) << 2));
      for (let j = i + 1; j < n; j++) {
        const b = load<i32>(order + ((<usize>j) << 2));
        const x = (<usize>(a * n)) << 3;
        const y = (<usize>(b * n)) << 3;
        const sx = squares + ((<usize>a) << 3);
        const sy = squares + ((<usize>b) << 3);
        if (orthogonalize(n, w + x, w + y, z + x, z + y, sx, sy, tolerance)) turned = true;
      }
    }
    if (!turned) return true;
  }
  return false;
}
