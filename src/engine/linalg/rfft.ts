import { checkLength } from "./fft.ts";
import { irfftByKernels, rfftByKernels } from "./fftKernels.ts";
import { fftPlan, transform } from "./fftPlan.ts";

const rotations = new Map<number, Float64Array>();
let work: Float64Array = new Float64Array(0);

/**
 * Fourier transforms of `rows` real rows of n numbers: the first ⌊n/2⌋ + 1 coefficients of each, real and imaginary
 * parts alternating, as `numpy.fft.rfft`. Even lengths go through a complex transform of half the length.
 * O(rows n log n), for any n.
 * @param input real rows from `inOffset` on, not changed
 * @param out receives `rows·(⌊n/2⌋ + 1)·2` numbers from `outOffset` on; not the input's place
 * @throws ShapeError for an array that is too short
 * @throws ArgumentError for a length below 1
 * @see [VanLoan1992] section 4.3
 */
export function rfftRows(
  input: Float64Array,
  inOffset: number,
  rows: number,
  n: number,
  out: Float64Array,
  outOffset: number,
): void {
  const width = 2 * (Math.floor(n / 2) + 1);
  const even = n % 2 === 0 && n > 0;
  const plan = fftPlan(even ? n / 2 : n, false);
  checkLength("input", input, inOffset, rows * n);
  checkLength("out", out, outOffset, rows * width);
  if (even && "passes" in plan) {
    const [from, to] = [
      { data: input, offset: inOffset },
      { data: out, offset: outOffset },
    ];
    if (rfftByKernels(plan, fftRotations(n), rows, from, to)) return;
  }
  for (let row = 0; row < rows; row++) {
    const i = inOffset + row * n;
    const o = outOffset + row * width;
    if (even) {
      transform(plan, 1, input, i, out, o);
      unpack(out, o, n);
    } else {
      reserve(2 * n);
      for (let k = 0; k < n; k++) {
        work[2 * k] = input[i + k]!;
        work[2 * k + 1] = 0;
      }
      transform(plan, 1, work, 0, work, 0);
      for (let k = 0; k < width; k++) out[o + k] = work[k]!;
    }
  }
}

/**
 * The inverse of {@link rfftRows}, divided by n: `rows` real rows of n numbers, as `numpy.fft.irfft` with n given. The
 * imaginary parts of the first coefficient and, for even n, of the last one are not read. O(rows n log n).
 * @param input `rows·(⌊n/2⌋ + 1)·2` numbers from `inOffset` on, not changed
 * @param out receives `rows·n` numbers from `outOffset` on; not the input's place
 * @param factor multiplies the result, 1 by default
 * @throws ShapeError for an array that is too short
 * @throws ArgumentError for a length below 1
 * @see [VanLoan1992] section 4.3
 */
export function irfftRows(
  input: Float64Array,
  inOffset: number,
  rows: number,
  n: number,
  out: Float64Array,
  outOffset: number,
  factor = 1,
): void {
  const width = 2 * (Math.floor(n / 2) + 1);
  const even = n % 2 === 0 && n > 0;
  const plan = fftPlan(even ? n / 2 : n, true);
  checkLength("input", input, inOffset, rows * width);
  checkLength("out", out, outOffset, rows * n);
  if (even && "passes" in plan) {
    const [from, to] = [
      { data: input, offset: inOffset },
      { data: out, offset: outOffset },
    ];
    if (irfftByKernels(plan, fftRotations(n), rows, from, to, factor)) return;
  }
  reserve(2 * n);
  for (let row = 0; row < rows; row++) {
    const i = inOffset + row * width;
    const o = outOffset + row * n;
    if (even) {
      pack(input, i, out, o, n, factor / n);
      transform(plan, 1, out, o, out, o);
    } else {
      for (let k = 0; k < width; k++) work[k] = input[i + k]! * (factor / n);
      work[1] = 0;
      for (let k = 1; k <= (n - 1) / 2; k++) {
        work[2 * (n - k)] = work[2 * k]!;
        work[2 * (n - k) + 1] = -work[2 * k + 1]!;
      }
      transform(plan, 1, work, 0, work, 0);
      for (let k = 0; k < n; k++) out[o + k] = work[2 * k]!;
    }
  }
}

function reserve(size: number): void {
  if (work.length < size) work = new Float64Array(size);
}

/** exp(−2πi·k/n) for k = 0 to n/4, kept by length: what transforms of n real numbers need besides the twiddles of n/2. */
export function fftRotations(n: number): Float64Array {
  let table = rotations.get(n);
  if (table === undefined) {
    const size = Math.floor(n / 4) + 1;
    table = new Float64Array(2 * size);
    for (let k = 0; k < size; k++) {
      table[2 * k] = Math.cos((2 * Math.PI * k) / n);
      table[2 * k + 1] = -Math.sin((2 * Math.PI * k) / n);
    }
    rotations.set(n, table);
  }
  return table;
}

/** From the transform of even + i·odd numbers (n/2 points) to the coefficients of the real row. */
function unpack(z: Float64Array, o: number, n: number): void {
  const h = n / 2;
  const w = fftRotations(n);
  const re = z[o]!;
  const im = z[o + 1]!;
  z[o] = re + im;
  z[o + 1] = 0;
  z[o + n] = re - im;
  z[o + n + 1] = 0;
  for (let a = 2, b = n - 2; a < b; a += 2, b -= 2) {
    const ar = z[o + a]!;
    const ai = z[o + a + 1]!;
    const br = z[o + b]!;
    const bi = z[o + b + 1]!;
    const er = 0.5 * (ar + br);
    const ei = 0.5 * (ai - bi);
    const dr = 0.5 * (ai + bi);
    const di = 0.5 * (br - ar);
    const wr = w[a]!;
    const wi = w[a + 1]!;
    const tr = wr * dr - wi * di;
    const ti = wr * di + wi * dr;
    z[o + a] = er + tr;
    z[o + a + 1] = ei + ti;
    z[o + b] = er - tr;
    z[o + b + 1] = ti - ei;
  }
  if (h > 1 && h % 2 === 0) z[o + h + 1] = -z[o + h + 1]!;
}

/** The inverse of {@link unpack}, times 2·scale: the unnormalised inverse transform of `z` is then the real row. */
function pack(x: Float64Array, i: number, z: Float64Array, o: number, n: number, scale: number): void {
  const h = n / 2;
  const w = fftRotations(n);
  z[o] = scale * (x[i]! + x[i + n]!);
  z[o + 1] = scale * (x[i]! - x[i + n]!);
  for (let a = 2, b = n - 2; a < b; a += 2, b -= 2) {
    const er = scale * (x[i + a]! + x[i + b]!);
    const ei = scale * (x[i + a + 1]! - x[i + b + 1]!);
    const dr = scale * (x[i + a]! - x[i + b]!);
    const di = scale * (x[i + a + 1]! + x[i + b + 1]!);
    const wr = w[a]!;
    const wi = -w[a + 1]!;
    const tr = wr * dr - wi * di;
    const ti = wr * di + wi * dr;
    z[o + a] = er - ti;
    z[o + a + 1] = ei + tr;
    z[o + b] = er + ti;
    z[o + b + 1] = tr - ei;
  }
  if (h > 1 && h % 2 === 0) {
    z[o + h] = 2 * scale * x[i + h]!;
    z[o + h + 1] = -2 * scale * x[i + h + 1]!;
  }
}
