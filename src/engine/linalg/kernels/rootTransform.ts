// The symmetric square-root transform of few vectors in one call.
import { eigen, eigenBytes } from "./eigen";
import { FULL, gemm, gemmBytes, mirrorUpper, UPPER } from "./gemm";
import { gemvColumns, gemvRows } from "./gemv";

function product(n: i32, m: i32): i32 {
  return max(gemmBytes<f64>(n, n, m), gemmBytes<f64>(n, n, n));
}

/** Bytes of scratch space of {@link rootTransform}. */
export function rootTransformBytes(n: i32, m: i32): i32 {
  return (2 * n * n + 3 * n + m) * 8 + max(eigenBytes(n), product(n, m));
}

/**
 * With G = Y Yᵀ (Y n×m) and b = Y dy: the eigenvalues g of G, w = (G + k)⁻¹ b, T = sqrt(n − 1) (G + k)^(−1/2), and
 * |dy − Yᵀ w|² + k |w|² as number n of w. Negative eigenvalues are set to 0. Returns as {@link eigen}.
 */
export function rootTransform(
  n: i32,
  m: i32,
  k: f64,
  y: usize,
  dy: usize,
  values: usize,
  w: usize,
  t: usize,
  work: usize,
): i32 {
  const square = (<usize>(n * n)) << 3;
  const row = (<usize>n) << 3;
  const vectors = work;
  const scaled = vectors + square;
  const b = scaled + square;
  const projected = b + row;
  const rest = projected + row + row;
  const misfit = rest;
  const space = misfit + ((<usize>m) << 3);
  gemm<f64>(UPPER, n, n, m, 1, y, m, 1, y, 1, m, 0, t, n, space);
  mirrorUpper<f64>(n, t, n);
  gemvRows<f64>(n, m, 1, y, m, dy, 0, b, 1);
  const status = eigen(n, t, n, values, vectors, n, space);
  if (status !== -1) return status;
  gemvColumns<f64>(n, n, 1, vectors, n, b, 1, 0, projected);
  for (let j = 0; j < n; j++) {
    const at = (<usize>j) << 3;
    const value = Math.max(0, load<f64>(values + at));
    store<f64>(values + at, value);
    store<f64>(projected + at, load<f64>(projected + at) / (value + k));
    store<f64>(b + at, Math.sqrt((<f64>n - 1) / (value + k)));
  }
  gemvRows<f64>(n, n, 1, vectors, n, projected, 0, w, 1);
  for (let i = 0; i < n; i++)
    for (let o: usize = 0; o < row; o += 8) {
      const at = <usize>i * row + o;
      store<f64>(scaled + at, load<f64>(vectors + at) * load<f64>(b + o));
    }
  gemm<f64>(FULL, n, n, n, 1, scaled, n, 1, vectors, 1, n, 0, t, n, space);
  gemvColumns<f64>(n, m, 1, y, m, w, 1, 0, misfit);
  let cost: f64 = 0;
  for (let i = 0; i < m; i++) {
    const at = (<usize>i) << 3;
    const d = load<f64>(dy + at) - load<f64>(misfit + at);
    cost += d * d;
  }
  for (let i = 0; i < n; i++) {
    const value = load<f64>(w + ((<usize>i) << 3));
    cost += k * value * value;
  }
  store<f64>(w + row, cost);
  return -1;
}
