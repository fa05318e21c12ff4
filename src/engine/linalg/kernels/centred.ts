import { FULL, gemm } from "./gemm";

/** Adds sign·mean to each row of X. */
function shift(n: i32, columns: i32, x: usize, mean: usize, sign: f64): void {
  const factor = f64x2.splat(sign);
  const whole = (<usize>(columns & ~1)) << 3;
  for (let i = 0; i < n; i++) {
    for (let o: usize = 0; o < whole; o += 16)
      v128.store(x + o, f64x2.add(v128.load(x + o), f64x2.mul(factor, v128.load(mean + o))));
    if (columns & 1) store<f64>(x + whole, load<f64>(x + whole) + sign * load<f64>(mean + whole));
    x += (<usize>columns) << 3;
  }
}

/** out ← 1 meanᵀ + T (X − 1 meanᵀ) for T (n×n) and X (n×columns), which loses its mean. Scratch space as for the product. */
export function transformCentred(n: i32, columns: i32, t: usize, x: usize, mean: usize, out: usize, work: usize): void {
  shift(n, columns, x, mean, -1);
  gemm<f64>(FULL, n, columns, n, 1, t, n, 1, x, columns, 1, 0, out, columns, work);
  shift(n, columns, out, mean, 1);
}
