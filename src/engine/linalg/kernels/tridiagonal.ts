// Householder reduction of a symmetric matrix to tridiagonal form.

/** Sums of squares below this count as zero: the matrix has been scaled to elements of about 1. */
const NEGLIGIBLE: f64 = 1e-290;

/** Sum of the lanes. */
export function lanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** The dot product of two vectors of n numbers. */
export function dot(n: i32, x: usize, y: usize): f64 {
  let s = f64x2.splat(0);
  let t = s;
  const bytes = (<usize>n) << 3;
  let o: usize = 0;
  for (; o + 32 <= bytes; o += 32) {
    s = f64x2.add(s, f64x2.mul(v128.load(x + o), v128.load(y + o)));
    t = f64x2.add(t, f64x2.mul(v128.load(x + o, 16), v128.load(y + o, 16)));
  }
  let sum = lanes(f64x2.add(s, t));
  for (; o < bytes; o += 8) sum += load<f64>(x + o) * load<f64>(y + o);
  return sum;
}

/**
 * One pass over the lower triangle of the leading i×i block S (rows `ld` bytes apart): S ← S − u·wᵀ − w·uᵀ, and p ← S·v
 * with the new S. Two rows at a time. One update is thus put off until the next product, which reads S anyway.
 */
function updateAndMultiply(i: i32, s: usize, ld: usize, u: usize, w: usize, v: usize, p: usize): void {
  let j = 0;
  for (; j + 1 < i; j += 2) {
    const r0 = s + <usize>j * ld;
    const r1 = r0 + ld;
    const at = (<usize>j) << 3;
    const u0 = v128.load64_splat(u + at);
    const u1 = v128.load64_splat(u + at, 8);
    const w0 = v128.load64_splat(w + at);
    const w1 = v128.load64_splat(w + at, 8);
    const v0 = v128.load64_splat(v + at);
    const v1 = v128.load64_splat(v + at, 8);
    let s0 = f64x2.splat(0);
    let s1 = s0;
    for (let o: usize = 0; o < at; o += 16) {
      const wk = v128.load(w + o);
      const uk = v128.load(u + o);
      const a = f64x2.sub(v128.load(r0 + o), f64x2.add(f64x2.mul(u0, wk), f64x2.mul(w0, uk)));
      v128.store(r0 + o, a);
      const b = f64x2.sub(v128.load(r1 + o), f64x2.add(f64x2.mul(u1, wk), f64x2.mul(w1, uk)));
      v128.store(r1 + o, b);
      const vk = v128.load(v + o);
      s0 = f64x2.add(s0, f64x2.mul(a, vk));
      s1 = f64x2.add(s1, f64x2.mul(b, vk));
      v128.store(p + o, f64x2.add(v128.load(p + o), f64x2.add(f64x2.mul(a, v0), f64x2.mul(b, v1))));
    }
    const ua = load<f64>(u + at);
    const ub = load<f64>(u + at, 8);
    const wa = load<f64>(w + at);
    const wb = load<f64>(w + at, 8);
    const va = load<f64>(v + at);
    const vb = load<f64>(v + at, 8);
    const top = load<f64>(r0 + at) - 2 * ua * wa;
    const corner = load<f64>(r1 + at) - (ub * wa + wb * ua);
    const bottom = load<f64>(r1 + at, 8) - 2 * ub * wb;
    store<f64>(r0 + at, top);
    store<f64>(r1 + at, corner);
    store<f64>(r1 + at, bottom, 8);
    store<f64>(p + at, lanes(s0) + top * va + corner * vb);
    store<f64>(p + at, lanes(s1) + corner * va + bottom * vb, 8);
  }
  if (j >= i) return;
  const row = s + <usize>j * ld;
  const at = (<usize>j) << 3;
  const uj = v128.load64_splat(u + at);
  const wj = v128.load64_splat(w + at);
  const vj = v128.load64_splat(v + at);
  let sum = f64x2.splat(0);
  for (let o: usize = 0; o < at; o += 16) {
    const a = f64x2.sub(
      v128.load(row + o),
      f64x2.add(f64x2.mul(uj, v128.load(w + o)), f64x2.mul(wj, v128.load(u + o))),
    );
    v128.store(row + o, a);
    sum = f64x2.add(sum, f64x2.mul(a, v128.load(v + o)));
    v128.store(p + o, f64x2.add(v128.load(p + o), f64x2.mul(a, vj)));
  }
  const last = load<f64>(row + at) - 2 * load<f64>(u + at) * load<f64>(w + at);
  store<f64>(row + at, last);
  store<f64>(p + at, lanes(sum) + last * load<f64>(v + at));
}

/**
 * T = Qᵀ·S·Q for a symmetric S (n×n, lower triangle, rows `ld` bytes apart) from the last row up. The Householder vector of
 * row i stays left of its diagonal, half its square in h[i] (0: no reflection). T's diagonal goes to d, its subdiagonal to
 * e[1] to e[n − 1]. w and p are scratch space for n + 2 numbers each.
 */
export function tridiagonalize(n: i32, s: usize, ld: usize, d: usize, e: usize, h: usize, w: usize, p: usize): void {
  memory.fill(w, 0, (<usize>n + 2) << 3);
  // Before the first step nothing is put off.
  let u = w;
  for (let i = n - 1; i >= 0; i--) {
    const row = s + <usize>i * ld;
    const at = (<usize>i) << 3;
    const ui = load<f64>(u + at);
    const wi = load<f64>(w + at);
    for (let o: usize = 0; o <= at; o += 8)
      store<f64>(row + o, load<f64>(row + o) - (ui * load<f64>(w + o) + wi * load<f64>(u + o)));
    store<f64>(d + at, load<f64>(row + at));
    store<f64>(e + at, i > 0 ? load<f64>(row + at - 8) : 0);
    store<f64>(h + at, 0);
    const others = i > 1 ? dot(i - 1, row, row) : 0;
    let half: f64 = 0;
    if (others > NEGLIGIBLE) {
      const last = load<f64>(row + at - 8);
      const square = others + last * last;
      const g = last > 0 ? -Math.sqrt(square) : Math.sqrt(square);
      half = square - last * g;
      store<f64>(e + at, g);
      store<f64>(h + at, half);
      store<f64>(row + at - 8, last - g);
    } else if (i > 0) memory.fill(row, 0, at);
    if (i === 0) return;
    updateAndMultiply(i, s, ld, u, w, row, p);
    if (half > 0) {
      const inverse = 1 / half;
      const shift = 0.5 * inverse * inverse * dot(i, row, p);
      for (let o: usize = 0; o < at; o += 8) store<f64>(w + o, load<f64>(p + o) * inverse - shift * load<f64>(row + o));
    } else memory.fill(w, 0, at);
    u = row;
  }
}

/**
 * Qᵀ (rows `ldz` bytes apart, n rows of n numbers and zeros to an even number) from what {@link tridiagonalize} left:
 * I times one reflection after another from the right, four rows at a time.
 */
export function formTransposed(n: i32, s: usize, ld: usize, h: usize, z: usize, ldz: usize): void {
  for (let i = 0; i < n; i++) {
    memory.fill(z + <usize>i * ldz, 0, ldz);
    store<f64>(z + <usize>i * ldz + ((<usize>i) << 3), 1);
  }
  for (let i = 2; i < n; i++) {
    const half = load<f64>(h + ((<usize>i) << 3));
    if (half === 0) continue;
    const v = s + <usize>i * ld;
    // The vector's pad is the diagonal element, which is in d: zero it, so that rows can go in pairs.
    store<f64>(v + ((<usize>i) << 3), 0);
    reflectRows(i, z, ldz, v, (<usize>(i + 1) & ~1) << 3, 1 / half);
  }
}

/** Rows of Z (`ldz` bytes apart) times I − tau·v·vᵀ; v has `bytes` bytes, a multiple of 16. */
export function reflectRows(rows: i32, z: usize, ldz: usize, v: usize, bytes: usize, tau: f64): void {
  let r = 0;
  for (; r + 3 < rows; r += 4) {
    const z1 = z + ldz;
    const z2 = z1 + ldz;
    const z3 = z2 + ldz;
    let s0 = f64x2.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let o: usize = 0; o < bytes; o += 16) {
      const x = v128.load(v + o);
      s0 = f64x2.add(s0, f64x2.mul(v128.load(z + o), x));
      s1 = f64x2.add(s1, f64x2.mul(v128.load(z1 + o), x));
      s2 = f64x2.add(s2, f64x2.mul(v128.load(z2 + o), x));
      s3 = f64x2.add(s3, f64x2.mul(v128.load(z3 + o), x));
    }
    s0 = f64x2.splat(tau * lanes(s0));
    s1 = f64x2.splat(tau * lanes(s1));
    s2 = f64x2.splat(tau * lanes(s2));
    s3 = f64x2.splat(tau * lanes(s3));
    for (let o: usize = 0; o < bytes; o += 16) {
      const x = v128.load(v + o);
      v128.store(z + o, f64x2.sub(v128.load(z + o), f64x2.mul(s0, x)));
      v128.store(z1 + o, f64x2.sub(v128.load(z1 + o), f64x2.mul(s1, x)));
      v128.store(z2 + o, f64x2.sub(v128.load(z2 + o), f64x2.mul(s2, x)));
      v128.store(z3 + o, f64x2.sub(v128.load(z3 + o), f64x2.mul(s3, x)));
    }
    z = z3 + ldz;
  }
  for (; r < rows; r++) {
    let s0 = f64x2.splat(0);
    for (let o: usize = 0; o < bytes; o += 16) s0 = f64x2.add(s0, f64x2.mul(v128.load(z + o), v128.load(v + o)));
    s0 = f64x2.splat(tau * lanes(s0));
    for (let o: usize = 0; o < bytes; o += 16)
      v128.store(z + o, f64x2.sub(v128.load(z + o), f64x2.mul(s0, v128.load(v + o))));
    z += ldz;
  }
}
