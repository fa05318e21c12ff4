// Triangular solves with many right-hand sides: halves by recursion, the products between them by the product kernel.
import { FULL, gemm } from "./gemm";

/** Sizes up to this are eliminated row by row. */
const SMALL: i32 = 16;

/** The first half of a recursion over n, a multiple of 8. */
export function half(n: i32): i32 {
  return ((n / 2 + 7) / 8) * 8;
}

/** row ← (row − Σ T(i, p)·rows p) / pivot for `count` columns; T's numbers are `cs` bytes apart, rows `ldb` bytes. */
function eliminateRow(
  from: i32,
  to: i32,
  t: usize,
  cs: usize,
  rows: usize,
  ldb: usize,
  row: usize,
  pivot: f64,
  count: i32,
): void {
  const divisor = f64x2.splat(pivot);
  let c = 0;
  for (; c + 8 <= count; c += 8) {
    const at = row + ((<usize>c) << 3);
    let x0 = v128.load(at);
    let x1 = v128.load(at, 16);
    let x2 = v128.load(at, 32);
    let x3 = v128.load(at, 48);
    let source = rows + <usize>from * ldb + ((<usize>c) << 3);
    let factor = t + <usize>from * cs;
    for (let p = from; p < to; p++) {
      const f = v128.load64_splat(factor);
      x0 = f64x2.sub(x0, f64x2.mul(f, v128.load(source)));
      x1 = f64x2.sub(x1, f64x2.mul(f, v128.load(source, 16)));
      x2 = f64x2.sub(x2, f64x2.mul(f, v128.load(source, 32)));
      x3 = f64x2.sub(x3, f64x2.mul(f, v128.load(source, 48)));
      source += ldb;
      factor += cs;
    }
    v128.store(at, f64x2.div(x0, divisor));
    v128.store(at, f64x2.div(x1, divisor), 16);
    v128.store(at, f64x2.div(x2, divisor), 32);
    v128.store(at, f64x2.div(x3, divisor), 48);
  }
  for (; c + 2 <= count; c += 2) {
    const at = row + ((<usize>c) << 3);
    let x = v128.load(at);
    let source = rows + <usize>from * ldb + ((<usize>c) << 3);
    let factor = t + <usize>from * cs;
    for (let p = from; p < to; p++) {
      x = f64x2.sub(x, f64x2.mul(v128.load64_splat(factor), v128.load(source)));
      source += ldb;
      factor += cs;
    }
    v128.store(at, f64x2.div(x, divisor));
  }
  if (c < count) {
    const at = row + ((<usize>c) << 3);
    let x = load<f64>(at);
    let source = rows + <usize>from * ldb + ((<usize>c) << 3);
    let factor = t + <usize>from * cs;
    for (let p = from; p < to; p++) {
      x -= load<f64>(factor) * load<f64>(source);
      source += ldb;
      factor += cs;
    }
    store<f64>(at, x / pivot);
  }
}

/** One right-hand side, along the rows or down the columns of T, whichever is contiguous. */
function solveVector(upper: bool, unit: bool, n: i32, t: usize, rs: usize, cs: usize, b: usize, ldb: usize): void {
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    const at = b + <usize>i * ldb;
    const from = upper ? i + 1 : 0;
    const to = upper ? n : i;
    const pivot = unit ? 1 : load<f64>(t + <usize>i * (rs + cs));
    if (cs === 8 && ldb === 8) {
      let sum = f64x2.splat(0);
      let p = from;
      const row = t + <usize>i * rs;
      for (; p + 1 < to; p += 2) {
        const o = (<usize>p) << 3;
        sum = f64x2.add(sum, f64x2.mul(v128.load(row + o), v128.load(b + o)));
      }
      let x = load<f64>(at) - (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
      if (p < to) x -= load<f64>(row + ((<usize>p) << 3)) * load<f64>(b + ((<usize>p) << 3));
      store<f64>(at, x / pivot);
      continue;
    }
    // The value is known: take its part from the others, down column i.
    const x = load<f64>(at) / pivot;
    store<f64>(at, x);
    const first = upper ? 0 : i + 1;
    const last = upper ? i : n;
    const column = t + <usize>i * cs;
    let p = first;
    if (rs === 8 && ldb === 8) {
      const factor = f64x2.splat(x);
      for (; p + 1 < last; p += 2) {
        const o = (<usize>p) << 3;
        v128.store(b + o, f64x2.sub(v128.load(b + o), f64x2.mul(factor, v128.load(column + o))));
      }
    }
    for (; p < last; p++) {
      const o = b + <usize>p * ldb;
      store<f64>(o, load<f64>(o) - x * load<f64>(column + <usize>p * rs));
    }
  }
}

function solveSmall(
  upper: bool,
  unit: bool,
  n: i32,
  columns: i32,
  t: usize,
  rs: usize,
  cs: usize,
  b: usize,
  ldb: usize,
): void {
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    const pivot = unit ? 1 : load<f64>(t + <usize>i * (rs + cs));
    eliminateRow(upper ? i + 1 : 0, upper ? n : i, t + <usize>i * rs, cs, b, ldb, b + <usize>i * ldb, pivot, columns);
  }
}

/**
 * Solves T·X = B in place of B (n×columns) for a triangular T whose element (i, j) is number i·rs + j·cs; `unit` takes its
 * diagonal for ones.
 */
export function trsmLeft(
  upper: bool,
  unit: bool,
  n: i32,
  columns: i32,
  t: usize,
  rs: i32,
  cs: i32,
  b: usize,
  ldb: i32,
  work: usize,
): void {
  if (columns === 1) {
    solveVector(upper, unit, n, t, (<usize>rs) << 3, (<usize>cs) << 3, b, (<usize>ldb) << 3);
    return;
  }
  if (n <= SMALL) {
    solveSmall(upper, unit, n, columns, t, (<usize>rs) << 3, (<usize>cs) << 3, b, (<usize>ldb) << 3);
    return;
  }
  const n1 = half(n);
  const corner = t + ((<usize>(n1 * (rs + cs))) << 3);
  const rest = b + ((<usize>(n1 * ldb)) << 3);
  if (upper) {
    trsmLeft(true, unit, n - n1, columns, corner, rs, cs, rest, ldb, work);
    gemm<f64>(FULL, n1, columns, n - n1, -1, t + ((<usize>(n1 * cs)) << 3), rs, cs, rest, ldb, 1, 1, b, ldb, work);
    trsmLeft(true, unit, n1, columns, t, rs, cs, b, ldb, work);
  } else {
    trsmLeft(false, unit, n1, columns, t, rs, cs, b, ldb, work);
    gemm<f64>(FULL, n - n1, columns, n1, -1, t + ((<usize>(n1 * rs)) << 3), rs, cs, b, ldb, 1, 1, rest, ldb, work);
    trsmLeft(false, unit, n - n1, columns, corner, rs, cs, rest, ldb, work);
  }
}

/** x ← (x − Σ L(j, p)·solved p) / L(j, j) for two rows at a time. */
function pairStep(x: v128, l: usize): v128 {
  return f64x2.div(x, v128.load64_splat(l));
}

/** Rows of X times the inverse of Lᵀ for an 8×8 lower L: two rows at a time in registers. */
function rightEight(m: i32, l: usize, ld: usize, x: usize, ldx: usize): void {
  const l1 = l + ld;
  const l2 = l1 + ld;
  const l3 = l2 + ld;
  const l4 = l3 + ld;
  const l5 = l4 + ld;
  const l6 = l5 + ld;
  const l7 = l6 + ld;
  for (let i = 0; i < m; i += 2) {
    const y = i + 1 < m ? x + ldx : x;
    let a = v128.load(x);
    let b = v128.load(y);
    const c0 = pairStep(v128.shuffle<f64>(a, b, 0, 2), l);
    let c1 = v128.shuffle<f64>(a, b, 1, 3);
    a = v128.load(x, 16);
    b = v128.load(y, 16);
    let c2 = v128.shuffle<f64>(a, b, 0, 2);
    let c3 = v128.shuffle<f64>(a, b, 1, 3);
    a = v128.load(x, 32);
    b = v128.load(y, 32);
    let c4 = v128.shuffle<f64>(a, b, 0, 2);
    let c5 = v128.shuffle<f64>(a, b, 1, 3);
    a = v128.load(x, 48);
    b = v128.load(y, 48);
    let c6 = v128.shuffle<f64>(a, b, 0, 2);
    let c7 = v128.shuffle<f64>(a, b, 1, 3);
    c1 = pairStep(f64x2.sub(c1, f64x2.mul(c0, v128.load64_splat(l1))), l1 + 8);
    c2 = f64x2.sub(c2, f64x2.mul(c0, v128.load64_splat(l2)));
    c3 = f64x2.sub(c3, f64x2.mul(c0, v128.load64_splat(l3)));
    c4 = f64x2.sub(c4, f64x2.mul(c0, v128.load64_splat(l4)));
    c5 = f64x2.sub(c5, f64x2.mul(c0, v128.load64_splat(l5)));
    c6 = f64x2.sub(c6, f64x2.mul(c0, v128.load64_splat(l6)));
    c7 = f64x2.sub(c7, f64x2.mul(c0, v128.load64_splat(l7)));
    c2 = pairStep(f64x2.sub(c2, f64x2.mul(c1, v128.load64_splat(l2, 8))), l2 + 16);
    c3 = f64x2.sub(c3, f64x2.mul(c1, v128.load64_splat(l3, 8)));
    c4 = f64x2.sub(c4, f64x2.mul(c1, v128.load64_splat(l4, 8)));
    c5 = f64x2.sub(c5, f64x2.mul(c1, v128.load64_splat(l5, 8)));
    c6 = f64x2.sub(c6, f64x2.mul(c1, v128.load64_splat(l6, 8)));
    c7 = f64x2.sub(c7, f64x2.mul(c1, v128.load64_splat(l7, 8)));
    c3 = pairStep(f64x2.sub(c3, f64x2.mul(c2, v128.load64_splat(l3, 16))), l3 + 24);
    c4 = f64x2.sub(c4, f64x2.mul(c2, v128.load64_splat(l4, 16)));
    c5 = f64x2.sub(c5, f64x2.mul(c2, v128.load64_splat(l5, 16)));
    c6 = f64x2.sub(c6, f64x2.mul(c2, v128.load64_splat(l6, 16)));
    c7 = f64x2.sub(c7, f64x2.mul(c2, v128.load64_splat(l7, 16)));
    c4 = pairStep(f64x2.sub(c4, f64x2.mul(c3, v128.load64_splat(l4, 24))), l4 + 32);
    c5 = f64x2.sub(c5, f64x2.mul(c3, v128.load64_splat(l5, 24)));
    c6 = f64x2.sub(c6, f64x2.mul(c3, v128.load64_splat(l6, 24)));
    c7 = f64x2.sub(c7, f64x2.mul(c3, v128.load64_splat(l7, 24)));
    c5 = pairStep(f64x2.sub(c5, f64x2.mul(c4, v128.load64_splat(l5, 32))), l5 + 40);
    c6 = f64x2.sub(c6, f64x2.mul(c4, v128.load64_splat(l6, 32)));
    c7 = f64x2.sub(c7, f64x2.mul(c4, v128.load64_splat(l7, 32)));
    c6 = pairStep(f64x2.sub(c6, f64x2.mul(c5, v128.load64_splat(l6, 40))), l6 + 48);
    c7 = f64x2.sub(c7, f64x2.mul(c5, v128.load64_splat(l7, 40)));
    c7 = pairStep(f64x2.sub(c7, f64x2.mul(c6, v128.load64_splat(l7, 48))), l7 + 56);
    v128.store(y, v128.shuffle<f64>(c0, c1, 1, 3));
    v128.store(y, v128.shuffle<f64>(c2, c3, 1, 3), 16);
    v128.store(y, v128.shuffle<f64>(c4, c5, 1, 3), 32);
    v128.store(y, v128.shuffle<f64>(c6, c7, 1, 3), 48);
    v128.store(x, v128.shuffle<f64>(c0, c1, 0, 2));
    v128.store(x, v128.shuffle<f64>(c2, c3, 0, 2), 16);
    v128.store(x, v128.shuffle<f64>(c4, c5, 0, 2), 32);
    v128.store(x, v128.shuffle<f64>(c6, c7, 0, 2), 48);
    x += 2 * ldx;
  }
}

/** Solves X·Lᵀ = B in place of B (m×n) for a lower triangular L (n×n). */
export function trsmRightTransposed(m: i32, n: i32, l: usize, ld: i32, x: usize, ldx: i32, work: usize): void {
  if (n === 8) {
    rightEight(m, l, (<usize>ld) << 3, x, (<usize>ldx) << 3);
    return;
  }
  if (n < 8) {
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        const row = x + ((<usize>(i * ldx)) << 3);
        const factors = l + ((<usize>(j * ld)) << 3);
        let sum = load<f64>(row + ((<usize>j) << 3));
        for (let p: usize = 0; p < (<usize>j) << 3; p += 8) sum -= load<f64>(row + p) * load<f64>(factors + p);
        store<f64>(row + ((<usize>j) << 3), sum / load<f64>(factors + ((<usize>j) << 3)));
      }
    return;
  }
  const n1 = n <= 16 ? 8 : half(n);
  const below = l + ((<usize>(n1 * ld)) << 3);
  const right = x + ((<usize>n1) << 3);
  trsmRightTransposed(m, n1, l, ld, x, ldx, work);
  gemm<f64>(FULL, m, n - n1, n1, -1, x, ldx, 1, below, 1, ld, 1, right, ldx, work);
  trsmRightTransposed(m, n - n1, below + ((<usize>n1) << 3), ld, right, ldx, work);
}
