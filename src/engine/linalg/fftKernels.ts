import { type Kernels, keepTable, withScratch } from "./wasm/index.ts";

/** Transforms of fewer complex numbers are as fast in plain JavaScript. */
const fewest = 16;
/** Numbers that go through the scratch memory at a time, so that they are still in the cache when they are used. */
const stretch = 65536;

/** What the kernels need to know of a transform of n = 2^a·3^b·5^c points. */
export interface FftTable {
  readonly n: number;
  readonly sign: -1 | 1;
  readonly twiddles: Float64Array;
}

/** Where copies of tables of twiddles are in the kernels' memory. */
const addresses = new WeakMap<Float64Array, number>();

function addressOf(table: Float64Array): number | undefined {
  let address = addresses.get(table);
  if (address === undefined) {
    address = keepTable(table);
    if (address !== undefined) addresses.set(table, address);
  }
  return address;
}

/** A place in an array. */
export interface Place {
  readonly data: Float64Array;
  readonly offset: number;
}

/**
 * Copies `rows` rows of `size` numbers from x through `run`, in blocks, to rows of `outSize` numbers of y (the same place when
 * x and y are). `run` gets the rows of a block, where they are, where they shall go, and scratch space for `work` numbers.
 */
function inBlocks(
  rows: number,
  size: number,
  outSize: number,
  work: number,
  x: Place,
  y: Place,
  run: (kernels: Kernels, count: number, from: number, to: number, work: number) => void,
): boolean {
  const block = Math.min(rows, Math.max(1, Math.floor(stretch / size)));
  const done = withScratch(8 * (block * (size + outSize) + work), (scratch) => {
    const from = scratch.numbers(block * size);
    const to = scratch.numbers(block * outSize);
    const space = scratch.numbers(work);
    for (let row = 0; row < rows; row += block) {
      const count = Math.min(block, rows - row);
      scratch.put(from, x.data, x.offset + row * size, count * size);
      run(scratch.kernels, count, from, to, space);
      scratch.get(to, y.data, y.offset + row * outSize, count * outSize);
    }
    return true;
  });
  return done ?? false;
}

/** Complex transforms of rows, divided by `divisor`; false where JavaScript is to do it. */
export function fftByKernels(
  plan: FftTable,
  rows: number,
  inner: number,
  x: Place,
  y: Place,
  divisor: number,
): boolean {
  const { n, sign } = plan;
  const twiddles = n * inner < fewest ? undefined : addressOf(plan.twiddles);
  if (twiddles === undefined) return false;
  const size = 2 * n * inner;
  return inBlocks(rows, size, size, 2 * size, x, y, (kernels, count, from, to, work) =>
    kernels.fft64(count, n, inner, sign > 0, divisor, twiddles, from, to, work),
  );
}

/** Transforms of real rows of an even number n of points, as `rfftRows`; `plan` is that of n/2. */
export function rfftByKernels(plan: FftTable, rotations: Float64Array, rows: number, x: Place, y: Place): boolean {
  const n = 2 * plan.n;
  const twiddles = plan.n < fewest ? undefined : addressOf(plan.twiddles);
  const turns = twiddles === undefined ? undefined : addressOf(rotations);
  if (twiddles === undefined || turns === undefined) return false;
  return inBlocks(rows, n, n + 2, 2 * n, x, y, (kernels, count, from, to, work) =>
    kernels.rfft64(count, n, twiddles, turns, from, to, work),
  );
}

/** The inverse of {@link rfftByKernels} times `factor`, as `irfftRows`. */
export function irfftByKernels(
  plan: FftTable,
  rotations: Float64Array,
  rows: number,
  x: Place,
  y: Place,
  factor: number,
): boolean {
  const n = 2 * plan.n;
  const twiddles = plan.n < fewest ? undefined : addressOf(plan.twiddles);
  const turns = twiddles === undefined ? undefined : addressOf(rotations);
  if (twiddles === undefined || turns === undefined) return false;
  return inBlocks(rows, n + 2, n, 2 * n, x, y, (kernels, count, from, to, work) =>
    kernels.irfft64(count, n, factor, twiddles, turns, from, to, work),
  );
}

/** Two-dimensional transforms of real fields as `rfft2`, in blocks of fields; `plan` is that of nx/2, `outer` that of ny. */
export function rfft2ByKernels(
  plan: FftTable,
  outer: FftTable,
  rotations: Float64Array,
  fields: number,
  x: Place,
  y: Place,
): boolean {
  const [nx, ny] = [2 * plan.n, outer.n];
  const twiddles = nx * ny < fewest ? undefined : addressOf(plan.twiddles);
  const others = twiddles === undefined ? undefined : addressOf(outer.twiddles);
  const turns = others === undefined ? undefined : addressOf(rotations);
  if (twiddles === undefined || others === undefined || turns === undefined) return false;
  const size = ny * (nx + 2);
  return inBlocks(fields, nx * ny, size, 2 * size, x, y, (kernels, count, from, to, work) => {
    kernels.rfft64(count * ny, nx, twiddles, turns, from, to, work);
    kernels.fft64(count, ny, nx / 2 + 1, false, 1, others, to, to, work);
  });
}

/** The inverse of {@link rfft2ByKernels}, with the plans of the inverse. */
export function irfft2ByKernels(
  plan: FftTable,
  outer: FftTable,
  rotations: Float64Array,
  fields: number,
  x: Place,
  y: Place,
): boolean {
  const [nx, ny] = [2 * plan.n, outer.n];
  const twiddles = nx * ny < fewest ? undefined : addressOf(plan.twiddles);
  const others = twiddles === undefined ? undefined : addressOf(outer.twiddles);
  const turns = others === undefined ? undefined : addressOf(rotations);
  if (twiddles === undefined || others === undefined || turns === undefined) return false;
  const size = ny * (nx + 2);
  return inBlocks(fields, size, nx * ny, 2 * size, x, y, (kernels, count, from, to, work) => {
    kernels.fft64(count, ny, nx / 2 + 1, true, 1, others, from, from, work);
    kernels.irfft64(count * ny, nx, 1 / ny, twiddles, turns, from, to, work);
  });
}
