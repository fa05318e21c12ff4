import { gemm, gemmBytes, LOWER } from "./gemm";
import { half, trsmRightTransposed } from "./triangular";

/** Bytes of scratch space: the diagonal of A, and that of the products. */
export function choleskyBytes(n: i32): i32 {
  return ((n + 7) & ~7) * 8 + gemmBytes<f64>(n, n, n);
}

/** Factors in place; returns -1, or the pivot that failed, whose value then stands on the diagonal. */
export function choleskyFactor(n: i32, a: usize, ld: i32, work: usize): i32 {
  for (let i = 0; i < n; i++) store<f64>(work + ((<usize>i) << 3), load<f64>(a + ((<usize>(i * (ld + 1))) << 3)));
  const failed = factor(n, a, ld, <f64>n * f64.EPSILON, work, work + <usize>((n + 7) & ~7) * 8);
  if (failed < 0)
    for (let i = 0; i < n; i++) {
      const row = a + ((<usize>(i * ld)) << 3);
      memory.fill(row + ((<usize>(i + 1)) << 3), 0, (<usize>(n - 1 - i)) << 3);
    }
  return failed;
}

function factor(n: i32, a: usize, ld: i32, threshold: f64, diagonal: usize, work: usize): i32 {
  if (n <= 8) return factorSmall(n, a, (<usize>ld) << 3, threshold, diagonal);
  const n1 = n <= 16 ? 8 : half(n);
  let failed = factor(n1, a, ld, threshold, diagonal, work);
  if (failed >= 0) return failed;
  const below = a + ((<usize>(n1 * ld)) << 3);
  const rest = below + ((<usize>n1) << 3);
  trsmRightTransposed(n - n1, n1, a, ld, below, ld, work);
  gemm<f64>(LOWER, n - n1, n - n1, n1, -1, below, ld, 1, below, 1, ld, 1, rest, ld, work);
  failed = factor(n - n1, rest, ld, threshold, diagonal + ((<usize>n1) << 3), work);
  return failed < 0 ? failed : n1 + failed;
}

function factorSmall(n: i32, a: usize, ld: usize, threshold: f64, diagonal: usize): i32 {
  for (let j = 0; j < n; j++) {
    const row = a + <usize>j * ld;
    const at = row + ((<usize>j) << 3);
    let pivot = load<f64>(at);
    for (let p = row; p < at; p += 8) pivot -= load<f64>(p) * load<f64>(p);
    const original = Math.abs(load<f64>(diagonal + ((<usize>j) << 3)));
    if (!(pivot > threshold * original) || pivot === Infinity) {
      store<f64>(at, pivot);
      return j;
    }
    const root = Math.sqrt(pivot);
    store<f64>(at, root);
    for (let i = j + 1; i < n; i++) {
      const other = a + <usize>i * ld;
      let sum = load<f64>(other + ((<usize>j) << 3));
      for (let p: usize = 0; p < (<usize>j) << 3; p += 8) sum -= load<f64>(other + p) * load<f64>(row + p);
      store<f64>(other + ((<usize>j) << 3), sum / root);
    }
  }
  return -1;
}
