import { type Scratch, withScratch } from "./wasm/index.ts";

/** Products of fewer multiplications than this are as fast in plain JavaScript, without copies to the kernels' memory. */
const fewest = 4096;
/** Numbers that go through the scratch memory at a time, so that they are still in the cache when they are used. */
const stretch = 65536;
/** Terms are cut where the kernels cut them anyway, so that the sums are the same. */
const depth = 256;

/** What a product by the kernels needs to know; as for `gemm`. */
export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly alpha: number;
  readonly A: Float64Array;
  readonly transA: boolean;
  readonly B: Float64Array;
  readonly transB: boolean;
  readonly beta: number;
  readonly out: Float64Array;
}

/** out ← alpha·op(A)·op(B) + beta·out by the kernels; false where JavaScript is to do it, which gives the same numbers. */
export function gemmByKernels(product: Product): boolean {
  const { m, n, k, transA, transB } = product;
  if (m * n * k < fewest || m < 2 || n < 3) return false;
  const resident = transA ? (transB ? m * k + n * k + m * n : m * n) : k * n;
  const bytes = 8 * (resident + 4 * stretch);
  const run = transA ? (transB ? whole : byTerms) : byRows;
  return withScratch(bytes, (scratch) => run(product, scratch)) ?? false;
}

/** B stays in memory, rows of A and C pass by. */
function byRows({ m, n, k, alpha, A, B, transB, beta, out }: Product, scratch: Scratch): true {
  const rows = Math.min(m, Math.max(64, 64 * Math.floor(stretch / (64 * (n + k)))));
  const { kernels } = scratch;
  const work = scratch.bytes(kernels.gemmBytes64(rows, n, k));
  const b = scratch.copyOf(B, 0, k * n);
  const a = scratch.numbers(rows * k);
  const c = scratch.numbers(rows * n);
  for (let i = 0, count = 0; i < m; i += count) {
    // A last row alone would be summed in another order.
    count = m - i === rows + 1 ? rows - 1 : Math.min(rows, m - i);
    scratch.put(a, A, i * k, count * k);
    if (beta !== 0) scratch.put(c, out, i * n, count * n);
    kernels.gemm64(count, n, k, alpha, a, k, 1, b, transB ? 1 : n, transB ? k : 1, beta, c, n, work);
    scratch.get(c, out, i * n, count * n);
  }
  return true;
}

/** C stays in memory, rows of Aᵀ and B pass by. */
function byTerms({ m, n, k, alpha, A, B, beta, out }: Product, scratch: Scratch): true {
  const terms = Math.min(k, Math.max(depth, depth * Math.floor(stretch / (depth * (m + n)))));
  const { kernels } = scratch;
  const work = scratch.bytes(kernels.gemmBytes64(m, n, terms));
  const a = scratch.numbers(terms * m);
  const b = scratch.numbers(terms * n);
  const c = scratch.numbers(m * n);
  if (beta !== 0) scratch.put(c, out, 0, m * n);
  for (let p = 0; p < k; p += terms) {
    const count = Math.min(terms, k - p);
    scratch.put(a, A, p * m, count * m);
    scratch.put(b, B, p * n, count * n);
    kernels.gemm64(m, n, count, alpha, a, 1, m, b, n, 1, p === 0 ? beta : 1, c, n, work);
  }
  scratch.get(c, out, 0, m * n);
  return true;
}

function whole({ m, n, k, alpha, A, B, beta, out }: Product, scratch: Scratch): true {
  const { kernels } = scratch;
  const work = scratch.bytes(kernels.gemmBytes64(m, n, k));
  const a = scratch.copyOf(A, 0, m * k);
  const b = scratch.copyOf(B, 0, k * n);
  const c = beta === 0 ? scratch.numbers(m * n) : scratch.copyOf(out, 0, m * n);
  kernels.gemm64(m, n, k, alpha, a, 1, m, b, 1, k, beta, c, n, work);
  scratch.get(c, out, 0, m * n);
  return true;
}

/** The Gram matrix AᵀA of A (m×n) by the kernels; false where JavaScript is to do it, which gives the same numbers. */
export function gramByKernels(A: Float64Array, m: number, n: number, out: Float64Array): boolean {
  if (m * n * n < fewest || n < 3) return false;
  const bytes = 8 * (n * n + 4 * stretch);
  const run = (scratch: Scratch): true => {
    const terms = Math.min(m, Math.max(depth, depth * Math.floor(stretch / (depth * n))));
    const { kernels } = scratch;
    const work = scratch.bytes(kernels.gemmBytes64(n, n, terms));
    const a = scratch.numbers(terms * n);
    const c = scratch.numbers(n * n);
    for (let p = 0; p < m; p += terms) {
      const count = Math.min(terms, m - p);
      scratch.put(a, A, p * n, count * n);
      kernels.syrk64(n, count, 1, a, 1, n, p === 0 ? 0 : 1, c, n, work);
    }
    scratch.get(c, out, 0, n * n);
    return true;
  };
  return withScratch(bytes, run) ?? false;
}
