/**
 * One pass of a Stockham transform: `m` groups of `radix` points that are `m·s` apart, each point `s` complex numbers
 * side by side. Real and imaginary parts alternate.
 */
export interface FftPass {
  readonly radix: number;
  readonly m: number;
  /** w^(p·k) for p = 0 to m − 1 and k = 1 to radix − 1, w = exp(sign·2πi/(radix·m)). */
  readonly twiddles: Float64Array;
}

/**
 * Runs one pass from `x` to `y`.
 * @param sign −1 forward, 1 inverse
 * @see [VanLoan1992] section 1.7
 */
export function runPass(
  pass: FftPass,
  sign: number,
  s: number,
  x: Float64Array,
  xo: number,
  y: Float64Array,
  yo: number,
): void {
  if (pass.radix === 4) radix4(pass, sign, s, x, xo, y, yo);
  else if (pass.radix === 2) radix2(pass, s, x, xo, y, yo);
  else if (pass.radix === 3) radix3(pass, sign, s, x, xo, y, yo);
  else radix5(pass, sign, s, x, xo, y, yo);
}

function radix2(pass: FftPass, s: number, x: Float64Array, xo: number, y: Float64Array, yo: number): void {
  const { m, twiddles } = pass;
  const far = 2 * m * s;
  for (let p = 0; p < m; p++) {
    const wr = twiddles[2 * p]!;
    const wi = twiddles[2 * p + 1]!;
    let i = xo + 2 * s * p;
    let o = yo + 4 * s * p;
    for (const end = i + 2 * s; i < end; i += 2, o += 2) {
      const ar = x[i]!;
      const ai = x[i + 1]!;
      const br = x[i + far]!;
      const bi = x[i + far + 1]!;
      y[o] = ar + br;
      y[o + 1] = ai + bi;
      const dr = ar - br;
      const di = ai - bi;
      y[o + 2 * s] = wr * dr - wi * di;
      y[o + 2 * s + 1] = wr * di + wi * dr;
    }
  }
}

function radix4(
  pass: FftPass,
  sign: number,
  s: number,
  x: Float64Array,
  xo: number,
  y: Float64Array,
  yo: number,
): void {
  const { m, twiddles } = pass;
  const far = 2 * m * s;
  const next = 2 * s;
  for (let p = 0; p < m; p++) {
    const w1r = twiddles[6 * p]!;
    const w1i = twiddles[6 * p + 1]!;
    const w2r = twiddles[6 * p + 2]!;
    const w2i = twiddles[6 * p + 3]!;
    const w3r = twiddles[6 * p + 4]!;
    const w3i = twiddles[6 * p + 5]!;
    let i = xo + next * p;
    let o = yo + 4 * next * p;
    for (const end = i + next; i < end; i += 2, o += 2) {
      const ar = x[i]!;
      const ai = x[i + 1]!;
      const br = x[i + far]!;
      const bi = x[i + far + 1]!;
      const cr = x[i + 2 * far]!;
      const ci = x[i + 2 * far + 1]!;
      const dr = x[i + 3 * far]!;
      const di = x[i + 3 * far + 1]!;
      const sr = ar + cr;
      const si = ai + ci;
      const tr = ar - cr;
      const ti = ai - ci;
      const ur = br + dr;
      const ui = bi + di;
      const vr = sign * (di - bi);
      const vi = sign * (br - dr);
      y[o] = sr + ur;
      y[o + 1] = si + ui;
      const e1r = tr + vr;
      const e1i = ti + vi;
      y[o + next] = w1r * e1r - w1i * e1i;
      y[o + next + 1] = w1r * e1i + w1i * e1r;
      const e2r = sr - ur;
      const e2i = si - ui;
      y[o + 2 * next] = w2r * e2r - w2i * e2i;
      y[o + 2 * next + 1] = w2r * e2i + w2i * e2r;
      const e3r = tr - vr;
      const e3i = ti - vi;
      y[o + 3 * next] = w3r * e3r - w3i * e3i;
      y[o + 3 * next + 1] = w3r * e3i + w3i * e3r;
    }
  }
}

function radix3(
  pass: FftPass,
  sign: number,
  s: number,
  x: Float64Array,
  xo: number,
  y: Float64Array,
  yo: number,
): void {
  const { m, twiddles } = pass;
  const far = 2 * m * s;
  const next = 2 * s;
  const sine = sign * Math.sqrt(0.75);
  for (let p = 0; p < m; p++) {
    const w1r = twiddles[4 * p]!;
    const w1i = twiddles[4 * p + 1]!;
    const w2r = twiddles[4 * p + 2]!;
    const w2i = twiddles[4 * p + 3]!;
    let i = xo + next * p;
    let o = yo + 3 * next * p;
    for (const end = i + next; i < end; i += 2, o += 2) {
      const ar = x[i]!;
      const ai = x[i + 1]!;
      const sr = x[i + far]! + x[i + 2 * far]!;
      const si = x[i + far + 1]! + x[i + 2 * far + 1]!;
      const dr = sine * (x[i + far]! - x[i + 2 * far]!);
      const di = sine * (x[i + far + 1]! - x[i + 2 * far + 1]!);
      y[o] = ar + sr;
      y[o + 1] = ai + si;
      const hr = ar - 0.5 * sr;
      const hi = ai - 0.5 * si;
      const e1r = hr - di;
      const e1i = hi + dr;
      y[o + next] = w1r * e1r - w1i * e1i;
      y[o + next + 1] = w1r * e1i + w1i * e1r;
      const e2r = hr + di;
      const e2i = hi - dr;
      y[o + 2 * next] = w2r * e2r - w2i * e2i;
      y[o + 2 * next + 1] = w2r * e2i + w2i * e2r;
    }
  }
}

function radix5(
  pass: FftPass,
  sign: number,
  s: number,
  x: Float64Array,
  xo: number,
  y: Float64Array,
  yo: number,
): void {
  const { m, twiddles } = pass;
  const far = 2 * m * s;
  const next = 2 * s;
  const c1 = Math.cos((2 * Math.PI) / 5);
  const c2 = Math.cos((4 * Math.PI) / 5);
  const s1 = sign * Math.sin((2 * Math.PI) / 5);
  const s2 = sign * Math.sin((4 * Math.PI) / 5);
  for (let p = 0; p < m; p++) {
    const w = 8 * p;
    let i = xo + next * p;
    let o = yo + 5 * next * p;
    for (const end = i + next; i < end; i += 2, o += 2) {
      const ar = x[i]!;
      const ai = x[i + 1]!;
      const p1r = x[i + far]! + x[i + 4 * far]!;
      const p1i = x[i + far + 1]! + x[i + 4 * far + 1]!;
      const d1r = x[i + far]! - x[i + 4 * far]!;
      const d1i = x[i + far + 1]! - x[i + 4 * far + 1]!;
      const p2r = x[i + 2 * far]! + x[i + 3 * far]!;
      const p2i = x[i + 2 * far + 1]! + x[i + 3 * far + 1]!;
      const d2r = x[i + 2 * far]! - x[i + 3 * far]!;
      const d2i = x[i + 2 * far + 1]! - x[i + 3 * far + 1]!;
      y[o] = ar + p1r + p2r;
      y[o + 1] = ai + p1i + p2i;
      const h1r = ar + c1 * p1r + c2 * p2r;
      const h1i = ai + c1 * p1i + c2 * p2i;
      const h2r = ar + c2 * p1r + c1 * p2r;
      const h2i = ai + c2 * p1i + c1 * p2i;
      const g1r = s1 * d1r + s2 * d2r;
      const g1i = s1 * d1i + s2 * d2i;
      const g2r = s2 * d1r - s1 * d2r;
      const g2i = s2 * d1i - s1 * d2i;
      store(y, o + next, h1r - g1i, h1i + g1r, twiddles, w);
      store(y, o + 2 * next, h2r - g2i, h2i + g2r, twiddles, w + 2);
      store(y, o + 3 * next, h2r + g2i, h2i - g2r, twiddles, w + 4);
      store(y, o + 4 * next, h1r + g1i, h1i - g1r, twiddles, w + 6);
    }
  }
}

function store(y: Float64Array, o: number, re: number, im: number, twiddles: Float64Array, w: number): void {
  const wr = twiddles[w]!;
  const wi = twiddles[w + 1]!;
  y[o] = wr * re - wi * im;
  y[o + 1] = wr * im + wi * re;
}
