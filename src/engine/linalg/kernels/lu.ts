// LU factorisation with partial pivoting by recursion over columns.
import { FULL, gemm, gemmBytes } from "./gemm";
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
  if (n <= 8) return luSmall(m, n, a, (<usize>ld) << 3, pivots, threshold, work);
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

/** Bytes of scratch space: a panel of eight columns, or that of the products. */
export function luBytes(m: i32, n: i32): i32 {
  return max((m + 1) * <i32>PANEL, gemmBytes<f64>(m, n, n));
}

/** Bytes of a row of a panel. */
const PANEL: usize = 64;

/** Up to eight columns, copied side by side: rows at a distance of a power of two would fall on the same cache lines. */
function luSmall(m: i32, n: i32, a: usize, ld: usize, pivots: usize, threshold: f64, panel: usize): i32 {
  const bytes = (<usize>n) << 3;
  const source = panel;
  const first = panel + PANEL;
  for (let i = 0; i < m; i++) {
    const to = first + <usize>i * PANEL;
    memory.fill(to, 0, PANEL);
    for (let o: usize = 0; o < bytes; o += 8) store<f64>(to + o, load<f64>(a + <usize>i * ld + o));
  }
  let failed = -1;
  for (let j = 0; j < n; j++) {
    const o = (<usize>j) << 3;
    const row = first + <usize>j * PANEL;
    let best = j;
    let largest = Math.abs(load<f64>(row + o));
    for (let i = j + 1; i < m; i++) {
      const value = Math.abs(load<f64>(first + <usize>i * PANEL + o));
      if (value > largest) {
        largest = value;
        best = i;
      }
    }
    store<i32>(pivots + ((<usize>j) << 2), best);
    if (best !== j) swapRows(row, first + <usize>best * PANEL, 8);
    const pivot = load<f64>(row + o);
    if (!(Math.abs(pivot) > threshold)) {
      failed = j;
      break;
    }
    // The pivot row right of the pivot, zeros before: whole registers can then be subtracted.
    memory.fill(source, 0, o + 8);
    memory.copy(source + o + 8, row + o + 8, PANEL - o - 8);
    const start = (o + 8) & ~15;
    for (let i = j + 1; i < m; i++) {
      const at = first + <usize>i * PANEL;
      const factor = load<f64>(at + o) / pivot;
      const f = f64x2.splat(factor);
      for (let c = start; c < PANEL; c += 16)
        v128.store(at + c, f64x2.sub(v128.load(at + c), f64x2.mul(f, v128.load(source + c))));
      store<f64>(at + o, factor);
    }
  }
  for (let i = 0; i < m; i++)
    for (let o: usize = 0; o < bytes; o += 8)
      store<f64>(a + <usize>i * ld + o, load<f64>(first + <usize>i * PANEL + o));
  return failed;
}
