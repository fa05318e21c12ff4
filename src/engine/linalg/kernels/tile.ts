// Register tiles of matrix products. T is f64 or f32; a panel of B has 64 bytes a row: 8 or 16 columns.

/** Bytes of a row of a packed panel of B, and of half of one. */
export const PANEL: usize = 64;

/** Stores alpha·x + beta·C in 16 bytes of C, which isn't read when beta is 0. */
function put<T>(c: usize, x: v128, alpha: v128, beta: T): void {
  const scaled = v128.mul<T>(alpha, x);
  if (beta === <T>0) v128.store(c, v128.add<T>(scaled, f64x2.splat(0)));
  else if (beta === <T>1) v128.store(c, v128.add<T>(v128.load(c), scaled));
  else v128.store(c, v128.add<T>(v128.mul<T>(v128.load(c), v128.splat<T>(beta)), scaled));
}

/**
 * Two rows of C, 64 bytes each, from k ≥ 1 terms of a packed pair of rows of A and a packed panel of B. V8 is particular:
 * unrolled, or with the operands of the additions exchanged, this is 10 to 30 % slower.
 */
export function tile2<T>(k: i32, a: usize, b: usize, alpha: T, beta: T, c0: usize, c1: usize): void {
  let x0 = f64x2.splat(0);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  let y0 = x0;
  let y1 = x0;
  let y2 = x0;
  let y3 = x0;
  let x: v128;
  let y: v128;
  let v: v128;
  const end = b + <usize>k * PANEL;
  do {
    x = v128.load_splat<T>(a);
    y = v128.load_splat<T>(a, sizeof<T>());
    v = v128.load(b);
    x0 = v128.add<T>(v128.mul<T>(v, x), x0);
    y0 = v128.add<T>(v128.mul<T>(v, y), y0);
    v = v128.load(b, 16);
    x1 = v128.add<T>(v128.mul<T>(v, x), x1);
    y1 = v128.add<T>(v128.mul<T>(v, y), y1);
    v = v128.load(b, 32);
    x2 = v128.add<T>(v128.mul<T>(v, x), x2);
    y2 = v128.add<T>(v128.mul<T>(v, y), y2);
    v = v128.load(b, 48);
    x3 = v128.add<T>(v128.mul<T>(v, x), x3);
    y3 = v128.add<T>(v128.mul<T>(v, y), y3);
    a += 2 * sizeof<T>();
    b += PANEL;
  } while (b < end);
  const factor = v128.splat<T>(alpha);
  put<T>(c0, x0, factor, beta);
  put<T>(c0 + 16, x1, factor, beta);
  put<T>(c0 + 32, x2, factor, beta);
  put<T>(c0 + 48, x3, factor, beta);
  put<T>(c1, y0, factor, beta);
  put<T>(c1 + 16, y1, factor, beta);
  put<T>(c1 + 32, y2, factor, beta);
  put<T>(c1 + 48, y3, factor, beta);
}

/**
 * The same from k ≥ 1 terms where they are: rows of A begin at a0 and a1, their terms are `as` bytes apart; the rows of B
 * `bs` bytes.
 */
export function tile2Direct<T>(
  k: i32,
  a0: usize,
  a1: usize,
  as: usize,
  b: usize,
  bs: usize,
  alpha: T,
  beta: T,
  c0: usize,
  c1: usize,
): void {
  let x0 = f64x2.splat(0);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  let y0 = x0;
  let y1 = x0;
  let y2 = x0;
  let y3 = x0;
  let x: v128;
  let y: v128;
  let v: v128;
  const end = b + <usize>k * bs;
  do {
    x = v128.load_splat<T>(a0);
    y = v128.load_splat<T>(a1);
    v = v128.load(b);
    x0 = v128.add<T>(v128.mul<T>(v, x), x0);
    y0 = v128.add<T>(v128.mul<T>(v, y), y0);
    v = v128.load(b, 16);
    x1 = v128.add<T>(v128.mul<T>(v, x), x1);
    y1 = v128.add<T>(v128.mul<T>(v, y), y1);
    v = v128.load(b, 32);
    x2 = v128.add<T>(v128.mul<T>(v, x), x2);
    y2 = v128.add<T>(v128.mul<T>(v, y), y2);
    v = v128.load(b, 48);
    x3 = v128.add<T>(v128.mul<T>(v, x), x3);
    y3 = v128.add<T>(v128.mul<T>(v, y), y3);
    a0 += as;
    a1 += as;
    b += bs;
  } while (b < end);
  const factor = v128.splat<T>(alpha);
  put<T>(c0, x0, factor, beta);
  put<T>(c0 + 16, x1, factor, beta);
  put<T>(c0 + 32, x2, factor, beta);
  put<T>(c0 + 48, x3, factor, beta);
  put<T>(c1, y0, factor, beta);
  put<T>(c1 + 16, y1, factor, beta);
  put<T>(c1 + 32, y2, factor, beta);
  put<T>(c1 + 48, y3, factor, beta);
}

/** One row of C: 64 bytes. */
export function tile1<T>(k: i32, a: usize, as: usize, b: usize, bs: usize, alpha: T, beta: T, c: usize): void {
  let x0 = f64x2.splat(0);
  let x1 = x0;
  let x2 = x0;
  let x3 = x0;
  for (let p = 0; p < k; p++) {
    const x = v128.load_splat<T>(a);
    x0 = v128.add<T>(v128.mul<T>(v128.load(b), x), x0);
    x1 = v128.add<T>(v128.mul<T>(v128.load(b, 16), x), x1);
    x2 = v128.add<T>(v128.mul<T>(v128.load(b, 32), x), x2);
    x3 = v128.add<T>(v128.mul<T>(v128.load(b, 48), x), x3);
    a += as;
    b += bs;
  }
  const factor = v128.splat<T>(alpha);
  put<T>(c, x0, factor, beta);
  put<T>(c + 16, x1, factor, beta);
  put<T>(c + 32, x2, factor, beta);
  put<T>(c + 48, x3, factor, beta);
}

/** Four rows of half a panel: 32 bytes each, `ldc` bytes apart in C and `lda` bytes in A. */
export function tile4<T>(
  k: i32,
  a: usize,
  lda: usize,
  as: usize,
  b: usize,
  bs: usize,
  alpha: T,
  beta: T,
  c: usize,
  ldc: usize,
): void {
  let x0 = f64x2.splat(0);
  let x1 = x0;
  let y0 = x0;
  let y1 = x0;
  let z0 = x0;
  let z1 = x0;
  let w0 = x0;
  let w1 = x0;
  const a2 = <usize>2 * lda;
  const a3 = <usize>3 * lda;
  for (let p = 0; p < k; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x = v128.load_splat<T>(a);
    x0 = v128.add<T>(v128.mul<T>(b0, x), x0);
    x1 = v128.add<T>(v128.mul<T>(b1, x), x1);
    const y = v128.load_splat<T>(a + lda);
    y0 = v128.add<T>(v128.mul<T>(b0, y), y0);
    y1 = v128.add<T>(v128.mul<T>(b1, y), y1);
    const z = v128.load_splat<T>(a + a2);
    z0 = v128.add<T>(v128.mul<T>(b0, z), z0);
    z1 = v128.add<T>(v128.mul<T>(b1, z), z1);
    const w = v128.load_splat<T>(a + a3);
    w0 = v128.add<T>(v128.mul<T>(b0, w), w0);
    w1 = v128.add<T>(v128.mul<T>(b1, w), w1);
    a += as;
    b += bs;
  }
  const factor = v128.splat<T>(alpha);
  put<T>(c, x0, factor, beta);
  put<T>(c + 16, x1, factor, beta);
  c += ldc;
  put<T>(c, y0, factor, beta);
  put<T>(c + 16, y1, factor, beta);
  c += ldc;
  put<T>(c, z0, factor, beta);
  put<T>(c + 16, z1, factor, beta);
  c += ldc;
  put<T>(c, w0, factor, beta);
  put<T>(c + 16, w1, factor, beta);
}
