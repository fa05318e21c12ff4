import { checkLength } from "./fft.ts";
import { irfft2ByKernels, rfft2ByKernels } from "./fftKernels.ts";
import { fftPlan, transform } from "./fftPlan.ts";
import { fftRotations, irfftRows, rfftRows } from "./rfft.ts";

let work: Float64Array = new Float64Array(0);

/**
 * Two-dimensional Fourier transforms of `fields` real fields (ny × nx): (ny × (⌊nx/2⌋ + 1)) coefficients each, real and
 * imaginary parts alternating, as `numpy.fft.rfft2`. O(fields nx ny log(nx ny)).
 * @param input from `inOffset` on, not changed
 * @param out receives `fields·ny·(⌊nx/2⌋ + 1)·2` numbers from `outOffset` on; not the input's place
 * @throws ShapeError for an array that is too short
 * @throws ArgumentError for a length below 1
 */
export function rfft2(
  input: Float64Array,
  inOffset: number,
  fields: number,
  ny: number,
  nx: number,
  out: Float64Array,
  outOffset: number,
): void {
  const plan = fftPlan(ny, false);
  const inner = Math.floor(nx / 2) + 1;
  if (nx % 2 === 0 && nx > 0) {
    const row = fftPlan(nx / 2, false);
    checkLength("input", input, inOffset, fields * ny * nx);
    checkLength("out", out, outOffset, 2 * fields * ny * inner);
    const [from, to] = [
      { data: input, offset: inOffset },
      { data: out, offset: outOffset },
    ];
    if ("passes" in plan && "passes" in row && rfft2ByKernels(row, plan, fftRotations(nx), fields, from, to)) return;
  }
  rfftRows(input, inOffset, fields * ny, nx, out, outOffset);
  for (let f = 0; f < fields; f++) {
    const o = outOffset + f * 2 * ny * inner;
    transform(plan, inner, out, o, out, o);
  }
}

/**
 * The inverse of {@link rfft2}, divided by nx·ny, as `numpy.fft.irfft2` with the shape given.
 * @param input from `inOffset` on, not changed
 * @param out receives `fields·ny·nx` numbers from `outOffset` on; not the input's place
 * @throws ShapeError for an array that is too short
 * @throws ArgumentError for a length below 1
 */
export function irfft2(
  input: Float64Array,
  inOffset: number,
  fields: number,
  ny: number,
  nx: number,
  out: Float64Array,
  outOffset: number,
): void {
  const plan = fftPlan(ny, true);
  const inner = Math.floor(nx / 2) + 1;
  const size = 2 * ny * inner;
  checkLength("input", input, inOffset, fields * size);
  if (nx % 2 === 0 && nx > 0) {
    const row = fftPlan(nx / 2, true);
    checkLength("out", out, outOffset, fields * ny * nx);
    const [from, to] = [
      { data: input, offset: inOffset },
      { data: out, offset: outOffset },
    ];
    if ("passes" in plan && "passes" in row && irfft2ByKernels(row, plan, fftRotations(nx), fields, from, to)) return;
  }
  if (work.length < size) work = new Float64Array(size);
  for (let f = 0; f < fields; f++) {
    transform(plan, inner, input, inOffset + f * size, work, 0);
    irfftRows(work, 0, ny, nx, out, outOffset + f * nx * ny, 1 / ny);
  }
}
