import { checkMatrix } from "./check.ts";
import { gemm } from "./gemm.ts";
import { type Scratch, withScratch } from "./wasm/index.ts";

/** Numbers of X that are transformed at a time: with what comes out they stay in a second-level cache. */
const BLOCK = 16384;

/**
 * 1·mᵀ + T·(X − 1·mᵀ) for T (n×n), X (n×columns) and a mean m: rows of X transformed about m, block by block. O(n² columns), and no
 * memory but for the result.
 * @param out where the result goes (n×columns), a new array by default; may be X
 * @throws ShapeError for an array that is too short
 */
export function transformCentred(
  T: Float64Array,
  X: Float64Array,
  n: number,
  columns: number,
  mean: Float64Array,
  out: Float64Array = new Float64Array(n * columns),
): Float64Array {
  checkMatrix("T", T, n, n);
  checkMatrix("X", X, n, columns);
  checkMatrix("mean", mean, 1, columns);
  checkMatrix("out", out, n, columns);
  const width = Math.min(columns, Math.max(64, Math.floor(BLOCK / Math.max(1, n))));
  const bytes = 8 * (n * n + 2 * n * width + width);
  const input = { T, X, n, columns, mean, out, width };
  if (withScratch(bytes, (scratch) => byKernels(input, scratch)) === undefined) byProducts(input);
  return out;
}

interface Input {
  readonly T: Float64Array;
  readonly X: Float64Array;
  readonly n: number;
  readonly columns: number;
  readonly mean: Float64Array;
  readonly out: Float64Array;
  readonly width: number;
}

function byKernels({ T, X, n, columns, mean, out, width }: Input, scratch: Scratch): true {
  const { kernels } = scratch;
  const work = scratch.bytes(kernels.gemmBytes64(n, width, n));
  const t = scratch.copyOf(T, 0, n * n);
  const [x, y, m] = [scratch.numbers(n * width), scratch.numbers(n * width), scratch.numbers(width)];
  for (let from = 0; from < columns; from += width) {
    const count = Math.min(width, columns - from);
    if (count === columns) scratch.put(x, X, 0, n * columns);
    else for (let i = 0; i < n; i++) scratch.put(x + 8 * i * count, X, i * columns + from, count);
    scratch.put(m, mean, from, count);
    kernels.transformCentred64(n, count, t, x, m, y, work);
    if (count === columns) scratch.get(y, out, 0, n * columns);
    else for (let i = 0; i < n; i++) scratch.get(y + 8 * i * count, out, i * columns + from, count);
  }
  return true;
}

function byProducts({ T, X, n, columns, mean, out, width }: Input): void {
  for (let from = 0; from < columns; from += width) {
    const count = Math.min(width, columns - from);
    const block = new Float64Array(n * count);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < count; j++) block[i * count + j] = X[i * columns + from + j]! - mean[from + j]!;
    const product = gemm(n, count, n, T, block);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < count; j++) out[i * columns + from + j] = mean[from + j]! + product[i * count + j]!;
  }
}
