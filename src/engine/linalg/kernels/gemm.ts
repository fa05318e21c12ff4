import { gemvColumns, gemvRows } from "./gemv";
import { PANEL, tile1, tile2, tile2Direct, tile4 } from "./tile";

/** Terms that are summed before they are added to C: one panel of B then stays in the L1 cache. The JS code has the same. */
const DEPTH: i32 = 256;
/** Columns of B that are packed at a time. */
const WIDTH: i32 = 512;
/** Rows of A that are packed at a time. */
const HEIGHT: i32 = 64;
/** Room for an edge tile. */
const EDGE: usize = 256;

/** Products whose result is symmetric leave tiles out. */
export const FULL: i32 = 0;
export const UPPER: i32 = 1;
export const LOWER: i32 = 2;

function roundUp(x: i32, to: i32): i32 {
  return ((x + to - 1) / to) * to;
}

/** Bytes of scratch space that a product needs. */
export function gemmBytes<T>(m: i32, n: i32, k: i32): i32 {
  const columns = <i32>(PANEL / sizeof<T>());
  const depth = min(k, DEPTH);
  const b = depth * roundUp(min(n, WIDTH), columns);
  const a = depth * roundUp(min(m, HEIGHT), 4);
  return <i32>EDGE + (a + b) * <i32>sizeof<T>();
}

/** Copies `columns` columns of B to a panel; the rest of its rows becomes zero. */
function packPanel<T>(k: i32, columns: i32, b: usize, rs: usize, cs: usize, to: usize): void {
  const full = <i32>(PANEL / sizeof<T>());
  if (columns === full && cs === sizeof<T>()) {
    for (let p = 0; p < k; p++) {
      v128.store(to, v128.load(b));
      v128.store(to, v128.load(b, 16), 16);
      v128.store(to, v128.load(b, 32), 32);
      v128.store(to, v128.load(b, 48), 48);
      b += rs;
      to += PANEL;
    }
    return;
  }
  if (columns === full && sizeof<T>() === 8) {
    for (let p = 0; p < k; p++) {
      let at = b;
      store<T>(to, load<T>(at));
      at += cs;
      store<T>(to, load<T>(at), 8);
      at += cs;
      store<T>(to, load<T>(at), 16);
      at += cs;
      store<T>(to, load<T>(at), 24);
      at += cs;
      store<T>(to, load<T>(at), 32);
      at += cs;
      store<T>(to, load<T>(at), 40);
      at += cs;
      store<T>(to, load<T>(at), 48);
      at += cs;
      store<T>(to, load<T>(at), 56);
      b += rs;
      to += PANEL;
    }
    return;
  }
  for (let p = 0; p < k; p++) {
    let at = b;
    const end = to + <usize>columns * sizeof<T>();
    let next = to;
    for (; next < end; next += sizeof<T>()) {
      store<T>(next, load<T>(at));
      at += cs;
    }
    to += PANEL;
    for (; next < to; next += sizeof<T>()) store<T>(next, <T>0);
    b += rs;
  }
}

/** Copies rows of A two by two, the pairs of one column side by side; a last row alone. */
function packRows<T>(m: i32, k: i32, a: usize, rs: usize, cs: usize, to: usize): void {
  let i = 0;
  for (; i + 1 < m; i += 2) {
    let a0 = a;
    for (let p = 0; p < k; p++) {
      store<T>(to, load<T>(a0));
      store<T>(to, load<T>(a0 + rs), sizeof<T>());
      a0 += cs;
      to += 2 * sizeof<T>();
    }
    a += 2 * rs;
  }
  if (i < m)
    for (let p = 0; p < k; p++) {
      store<T>(to, load<T>(a));
      a += cs;
      to += sizeof<T>();
    }
}

/** C ← beta·C. */
function scale<T>(m: i32, n: i32, beta: T, c: usize, ldc: usize): void {
  if (beta === <T>1) return;
  for (let i = 0; i < m; i++) {
    const end = c + <usize>n * sizeof<T>();
    for (let at = c; at < end; at += sizeof<T>()) store<T>(at, beta === <T>0 ? <T>0 : beta * load<T>(at));
    c += ldc;
  }
}

/** Adds an edge tile of `columns` columns from `from` to a row of C. */
function putEdge<T>(columns: i32, from: usize, beta: T, c: usize): void {
  const end = c + <usize>columns * sizeof<T>();
  for (; c < end; c += sizeof<T>()) {
    const value = load<T>(from);
    store<T>(c, beta === <T>0 ? value : beta * load<T>(c) + value);
    from += sizeof<T>();
  }
}

/** The tiles of rows [from, to) of one panel; `a` is the first row of the block, `packed` says how its rows lie. */
function column<T>(
  from: i32,
  to: i32,
  m: i32,
  k: i32,
  columns: i32,
  alpha: T,
  a: usize,
  rs: usize,
  cs: usize,
  packed: bool,
  b: usize,
  bs: usize,
  beta: T,
  c: usize,
  ldc: usize,
  edge: usize,
): void {
  const size = sizeof<T>();
  const full = columns === <i32>(PANEL / size);
  let i = from;
  c += <usize>i * ldc;
  if (!full && columns <= <i32>(PANEL / size / 2) && !packed) {
    for (; i + 3 < to; i += 4) {
      tile4<T>(k, a + <usize>i * rs, rs, cs, b, bs, alpha, <T>0, edge, 32);
      for (let r: usize = 0; r < 4; r++) {
        putEdge<T>(columns, edge + 32 * r, beta, c);
        c += ldc;
      }
    }
  }
  for (; i + 1 < to; i += 2) {
    const c0 = full ? c : edge;
    const c1 = full ? c + ldc : edge + PANEL;
    const gain = full ? beta : <T>0;
    if (packed) tile2<T>(k, a + <usize>i * <usize>k * size, b, alpha, gain, c0, c1);
    else tile2Direct<T>(k, a + <usize>i * rs, a + <usize>(i + 1) * rs, cs, b, bs, alpha, gain, c0, c1);
    if (!full) {
      putEdge<T>(columns, edge, beta, c);
      putEdge<T>(columns, edge + PANEL, beta, c + ldc);
    }
    c += 2 * ldc;
  }
  if (i >= to) return;
  // The only single row of a packed block is its last one.
  const pair = packed && i + 1 < m;
  const a0 = packed ? a + <usize>i * <usize>k * size : a + <usize>i * rs;
  const as = packed ? (pair ? <usize>2 * size : size) : cs;
  if (full) tile1<T>(k, a0, as, b, bs, alpha, beta, c);
  else {
    tile1<T>(k, a0, as, b, bs, alpha, <T>0, edge);
    putEdge<T>(columns, edge, beta, c);
  }
}

/**
 * C ← alpha·A·B + beta·C. Element (i, p) of A is at `a + (i·rsa + p·csa)·size`, of B at `b + (p·rsb + j·csb)·size`; rows of C
 * are ldc elements apart. With UPPER or LOWER, tiles that lie wholly on the other side of the diagonal are left alone.
 */
export function gemm<T>(
  shape: i32,
  m: i32,
  n: i32,
  k: i32,
  alpha: T,
  a: usize,
  rsa: i32,
  csa: i32,
  b: usize,
  rsb: i32,
  csb: i32,
  beta: T,
  c: usize,
  ldc: i32,
  work: usize,
): void {
  if (m <= 0 || n <= 0) return;
  const size = sizeof<T>();
  const stride = <usize>ldc * size;
  if (k <= 0) {
    scale<T>(m, n, beta, c, stride);
    return;
  }
  if (shape === FULL && n === 1 && csa === 1 && rsb === 1) {
    gemvRows<T>(m, k, alpha, a, rsa, b, beta, c, ldc);
    return;
  }
  if (shape === FULL && m === 1 && csb === 1) {
    gemvColumns<T>(k, n, alpha, b, rsb, a, csa, beta, c);
    return;
  }
  const rs = <usize>rsa * size;
  const cs = <usize>csa * size;
  const rb = <usize>rsb * size;
  const cb = <usize>csb * size;
  const wide = <i32>(PANEL / size);
  const depth = min(k, DEPTH);
  const panels = work + EDGE;
  const block = panels + <usize>(depth * roundUp(min(n, WIDTH), wide)) * size;
  const packA = csa !== 1 || n > 8 * wide;
  const directB = csb === 1 && m <= 8 && !packA;
  for (let j0 = 0; j0 < n; j0 += WIDTH) {
    const nb = min(WIDTH, n - j0);
    for (let p0 = 0; p0 < k; p0 += DEPTH) {
      const kb = min(DEPTH, k - p0);
      const gain = p0 === 0 ? beta : <T>1;
      const source = b + <usize>p0 * rb + <usize>j0 * cb;
      const panel = <usize>kb * PANEL;
      for (let j = 0, to = panels; j < nb; j += wide, to += panel)
        if (!directB || nb - j < wide) packPanel<T>(kb, min(wide, nb - j), source + <usize>j * cb, rb, cb, to);
      for (let i0 = 0; i0 < m; i0 += HEIGHT) {
        const mb = min(HEIGHT, m - i0);
        if (shape === UPPER && i0 > j0 + nb - 1) break;
        if (shape === LOWER && i0 + mb <= j0) continue;
        const rows = a + <usize>i0 * rs + <usize>p0 * cs;
        if (packA) packRows<T>(mb, kb, rows, rs, cs, block);
        for (let j = 0, at = panels; j < nb; j += wide, at += panel) {
          const columns = min(wide, nb - j);
          const from = shape === LOWER ? max(0, j0 + j - i0) & ~1 : 0;
          const to = shape === UPPER ? min(mb, j0 + j + columns - i0) : mb;
          const direct = directB && columns === wide;
          column<T>(
            from,
            to,
            mb,
            kb,
            columns,
            alpha,
            packA ? block : rows,
            rs,
            cs,
            packA,
            direct ? source + <usize>j * cb : at,
            direct ? rb : PANEL,
            gain,
            c + <usize>i0 * stride + <usize>(j0 + j) * size,
            stride,
            work,
          );
        }
      }
    }
  }
}

/**
 * X ← X·W in place for rows of X (m×n, ldx apart) and a square W (n×n, ldw apart): blocks of rows are copied aside.
 * Scratch space: that of a product of 64 rows, and 64·n numbers.
 */
export function gemmInPlace<T>(m: i32, n: i32, x: usize, ldx: i32, w: usize, ldw: i32, work: usize): void {
  const size = sizeof<T>();
  const copy = work + <usize>gemmBytes<T>(HEIGHT, n, n);
  const bytes = <usize>n * size;
  for (let i0 = 0; i0 < m; i0 += HEIGHT) {
    const rows = min(HEIGHT, m - i0);
    const at = x + <usize>i0 * <usize>ldx * size;
    for (let i = 0; i < rows; i++) memory.copy(copy + <usize>i * bytes, at + <usize>(i * ldx) * size, bytes);
    gemm<T>(FULL, rows, n, n, <T>1, copy, n, 1, w, ldw, 1, <T>0, at, ldx, work);
  }
}

/** Bytes of scratch space of {@link gemmInPlace}. */
export function gemmInPlaceBytes<T>(n: i32): i32 {
  return gemmBytes<T>(HEIGHT, n, n) + HEIGHT * n * <i32>sizeof<T>();
}

/** Copies the upper triangle of a square matrix to the lower one. */
export function mirrorUpper<T>(n: i32, c: usize, ldc: i32): void {
  const stride = <usize>ldc * sizeof<T>();
  for (let i = 1; i < n; i++)
    for (let j = 0; j < i; j++)
      store<T>(c + <usize>i * stride + <usize>j * sizeof<T>(), load<T>(c + <usize>j * stride + <usize>i * sizeof<T>()));
}
