// LU factorisation with partial pivoting by recursion over columns.
import { FULL, gemm } from "./gemm";
import { half, trsmLeft } from "./triangular";

function swapRows(a: usize, b: usize, count: i32): void {
  const end = a + ((<usize>count) << 3);
  for (; a < end; a += 8) {
    const kept = load<f64>(a);
    store<f64>(a, load<f64>(b));
    store<f64>(b, kept);
    b += 8;
  }
}

/** Exchanges rows as the pivots [from, to) say, in `columns` columns from `a` on. */
export function applyPivots(from: i32, to: i32, pivots: usize, a: usize, ld: i32, columns: i32): void {
  for (let i = from; i < to; i++) {
    const other = load<i32>(pivots + ((<usize>i) << 2));
    if (other !== i) swapRows(a + ((<usize>(i * ld)) << 3), a + ((<usize>(other * ld)) << 3), columns);
  }
}

/**
 * Factors A (m×n, m ≥ n) in place: unit L below the diagonal, U on and above it; row i was exchanged with row pivots[i] (i32),
 * in this order. Returns -1, or the pivot (now on the diagonal) that is not above `threshold`.
 */
export function luFactor(m: i32, n: i32, a: usize, ld: i32, pivots: usize, threshold: f64, work: usize): i32 {
  if (n <= 8) return luSmall(m, n, a, (<usize>ld) << 3, pivots, threshold);
  const n1 = n <= 16 ? 8 : half(n);
  let failed = luFactor(m, n1, a, ld, pivots, threshold, work);
  if (failed >= 0) return failed;
  const right = a + ((<usize>n1) << 3);
  const below = a + ((<usize>(n1 * ld)) << 3);
  const rest = below + ((<usize>n1) << 3);
  applyPivots(0, n1, pivots, right, ld, n - n1);
  trsmLeft(false, true, n1, n - n1, a, ld, 1, right, ld, work);
  gemm<f64>(FULL, m - n1, n - n1, n1, -1, below, ld, 1, right, ld, 1, 1, rest, ld, work);
  failed = luFactor(m - n1, n - n1, rest, ld, pivots + ((<usize>n1) << 2), threshold, work);
  if (failed >= 0) return n1 + failed;
  applyPivots(0, n - n1, pivots + ((<usize>n1) << 2), below, ld, n1);
  for (let i = n1; i < n; i++) {
    const at = pivots + ((<usize>i) << 2);
    store<i32>(at, load<i32>(at) + n1);
  }
  return -1;
}

function luSmall(m: i32, n: i32, a: usize, ld: usize, pivots: usize, threshold: f64): i32 {
  for (let j = 0; j < n; j++) {
    const o = (<usize>j) << 3;
    const row = a + <usize>j * ld;
    let best = j;
    let largest = Math.abs(load<f64>(row + o));
    for (let i = j + 1; i < m; i++) {
      const value = Math.abs(load<f64>(a + <usize>i * ld + o));
      if (value > largest) {
        largest = value;
        best = i;
      }
    }
    store<i32>(pivots + ((<usize>j) << 2), best);
    if (best !== j) swapRows(row, a + <usize>best * ld, n);
    const pivot = load<f64>(row + o);
    if (!(Math.abs(pivot) > threshold)) return j;
    const end = row + ((<usize>n) << 3);
    for (let i = j + 1; i < m; i++) {
      let at = a + <usize>i * ld + o;
      const factor = load<f64>(at) / pivot;
      store<f64>(at, factor);
      at += 8;
      for (let source = row + o + 8; source < end; source += 8) {
        store<f64>(at, load<f64>(at) - factor * load<f64>(source));
        at += 8;
      }
    }
  }
  return -1;
}
