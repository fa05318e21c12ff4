// Passes of a Stockham transform, one complex number in a register. m groups of `radix` points that are m·s apart, each point
// s complex numbers side by side; twiddles w^(p·k) for p = 0 to m − 1 and k = 1 to radix − 1.

/** i·x for a positive sign, -i·x for a negative one, given the mask that flips a lane. */
function turned(x: v128, mask: v128): v128 {
  return v128.xor(v128.shuffle<f64>(x, x, 1, 0), mask);
}

/** The mask for {@link turned}. */
function turnMask(sign: i32): v128 {
  return sign > 0 ? i64x2(i64.MIN_VALUE, 0) : i64x2(0, i64.MIN_VALUE);
}

/** The real and the imaginary part of a twiddle, ready for {@link times}. */
function real(w: usize): v128 {
  return v128.load64_splat(w);
}
function imaginary(w: usize): v128 {
  return v128.xor(v128.load64_splat(w, 8), i64x2(i64.MIN_VALUE, 0));
}
function times(wr: v128, wi: v128, x: v128): v128 {
  return f64x2.add(f64x2.mul(wr, x), f64x2.mul(wi, v128.shuffle<f64>(x, x, 1, 0)));
}

export function radix4(m: i32, s: i32, sign: i32, w: usize, x: usize, y: usize): void {
  const far = (<usize>(m * s)) << 4;
  const next = (<usize>s) << 4;
  const mask = turnMask(sign);
  // The first group has no twiddles.
  for (const end = x + next; x < end; x += 16) {
    const a = v128.load(x);
    const b = v128.load(x + far);
    const c = v128.load(x + 2 * far);
    const d = v128.load(x + 3 * far);
    const even = f64x2.add(a, c);
    const odd = f64x2.add(b, d);
    const rest = f64x2.sub(a, c);
    const side = turned(f64x2.sub(b, d), mask);
    v128.store(y, f64x2.add(even, odd));
    v128.store(y + next, f64x2.add(rest, side));
    v128.store(y + 2 * next, f64x2.sub(even, odd));
    v128.store(y + 3 * next, f64x2.sub(rest, side));
    y += 16;
  }
  y += 3 * next;
  for (let p = 1; p < m; p++) {
    w += 48;
    const r1 = real(w);
    const i1 = imaginary(w);
    const r2 = real(w + 16);
    const i2 = imaginary(w + 16);
    const r3 = real(w + 32);
    const i3 = imaginary(w + 32);
    for (const end = x + next; x < end; x += 16) {
      const a = v128.load(x);
      const b = v128.load(x + far);
      const c = v128.load(x + 2 * far);
      const d = v128.load(x + 3 * far);
      const even = f64x2.add(a, c);
      const odd = f64x2.add(b, d);
      const rest = f64x2.sub(a, c);
      const side = turned(f64x2.sub(b, d), mask);
      v128.store(y, f64x2.add(even, odd));
      v128.store(y + next, times(r1, i1, f64x2.add(rest, side)));
      v128.store(y + 2 * next, times(r2, i2, f64x2.sub(even, odd)));
      v128.store(y + 3 * next, times(r3, i3, f64x2.sub(rest, side)));
      y += 16;
    }
    y += 3 * next;
  }
}

export function radix2(m: i32, s: i32, w: usize, x: usize, y: usize): void {
  const far = (<usize>(m * s)) << 4;
  const next = (<usize>s) << 4;
  for (let p = 0; p < m; p++) {
    const wr = real(w);
    const wi = imaginary(w);
    for (const end = x + next; x < end; x += 16) {
      const a = v128.load(x);
      const b = v128.load(x + far);
      v128.store(y, f64x2.add(a, b));
      v128.store(y + next, times(wr, wi, f64x2.sub(a, b)));
      y += 16;
    }
    y += next;
    w += 16;
  }
}

export function radix3(m: i32, s: i32, sign: i32, w: usize, x: usize, y: usize): void {
  const far = (<usize>(m * s)) << 4;
  const next = (<usize>s) << 4;
  const mask = turnMask(sign);
  const sine = f64x2.splat(Math.sqrt(0.75));
  const half = f64x2.splat(0.5);
  for (let p = 0; p < m; p++) {
    const r1 = real(w);
    const i1 = imaginary(w);
    const r2 = real(w + 16);
    const i2 = imaginary(w + 16);
    for (const end = x + next; x < end; x += 16) {
      const a = v128.load(x);
      const b = v128.load(x + far);
      const c = v128.load(x + 2 * far);
      const sum = f64x2.add(b, c);
      const side = turned(f64x2.mul(sine, f64x2.sub(b, c)), mask);
      const rest = f64x2.sub(a, f64x2.mul(half, sum));
      v128.store(y, f64x2.add(a, sum));
      v128.store(y + next, times(r1, i1, f64x2.add(rest, side)));
      v128.store(y + 2 * next, times(r2, i2, f64x2.sub(rest, side)));
      y += 16;
    }
    y += 2 * next;
    w += 32;
  }
}

export function radix5(m: i32, s: i32, sign: i32, w: usize, x: usize, y: usize): void {
  const far = (<usize>(m * s)) << 4;
  const next = (<usize>s) << 4;
  const mask = turnMask(sign);
  // Cosines and sines of 2π/5 and 4π/5.
  const c1 = f64x2.splat(0.30901699437494745);
  const c2 = f64x2.splat(-0.8090169943749475);
  const s1 = f64x2.splat(0.9510565162951535);
  const s2 = f64x2.splat(0.5877852522924731);
  for (let p = 0; p < m; p++) {
    for (const end = x + next; x < end; x += 16) {
      const a = v128.load(x);
      const b = v128.load(x + far);
      const c = v128.load(x + 2 * far);
      const d = v128.load(x + 3 * far);
      const e = v128.load(x + 4 * far);
      const outer = f64x2.add(b, e);
      const inner = f64x2.add(c, d);
      const be = f64x2.sub(b, e);
      const cd = f64x2.sub(c, d);
      const u = f64x2.add(a, f64x2.add(f64x2.mul(c1, outer), f64x2.mul(c2, inner)));
      const v = f64x2.add(a, f64x2.add(f64x2.mul(c2, outer), f64x2.mul(c1, inner)));
      const f = turned(f64x2.add(f64x2.mul(s1, be), f64x2.mul(s2, cd)), mask);
      const g = turned(f64x2.sub(f64x2.mul(s2, be), f64x2.mul(s1, cd)), mask);
      v128.store(y, f64x2.add(a, f64x2.add(outer, inner)));
      v128.store(y + next, times(real(w), imaginary(w), f64x2.add(u, f)));
      v128.store(y + 2 * next, times(real(w + 16), imaginary(w + 16), f64x2.add(v, g)));
      v128.store(y + 3 * next, times(real(w + 32), imaginary(w + 32), f64x2.sub(v, g)));
      v128.store(y + 4 * next, times(real(w + 48), imaginary(w + 48), f64x2.sub(u, f)));
      y += 16;
    }
    y += 4 * next;
    w += 64;
  }
}
