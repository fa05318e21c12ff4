import { checkMatrix } from "./check.ts";
import { type Scratch, withScratch } from "./wasm/index.ts";

/**
 * An orthogonal matrix (n×n) that leaves the vector of ones as it is, from n (n − 1)/2 independent standard normal numbers: uniform
 * among these matrices. A product of reflections, from that of one normal number to that of n − 1. O(8n³/3).
 * @throws ShapeError for too few numbers
 * @see [Stewart1980]
 */
export function onesPreservingOrthogonal(n: number, normals: Float64Array): Float64Array {
  checkMatrix("normals", normals, 1, (n * (n - 1)) / 2);
  return withScratch(8 * (2 * n * n), (scratch) => byKernels(scratch, n, normals)) ?? byReflections(n, normals);
}

function byKernels(scratch: Scratch, n: number, normals: Float64Array): Float64Array {
  const { kernels } = scratch;
  const work = scratch.bytes(kernels.rotationBytes64(n));
  const a = scratch.numbers(n * n + 1);
  kernels.rotation64(n, scratch.copyOf(normals, 0, (n * (n - 1)) / 2), a, work);
  return scratch.slice(a, n * n);
}

function byReflections(n: number, normals: Float64Array): Float64Array {
  const A = new Float64Array(n * n);
  A[0] = 1;
  const v = new Float64Array(n);
  for (let j = 1, from = 0; j < n; from += j++) {
    const first = n - j;
    A[first * n + first] = 1;
    let squares = 0;
    for (let i = 0; i < j; i++) {
      v[first + i] = normals[from + i]!;
      squares += v[first + i]! ** 2;
    }
    const norm = Math.sqrt(squares);
    const head = v[first]!;
    v[first] = head < 0 ? head - norm : head + norm;
    const inverse = norm * (norm + Math.abs(head));
    if (inverse > 0) reflectRows(A, n, first, v, 1 / inverse);
    if (head >= 0) for (let i = first; i < n; i++) for (let l = first; l < n; l++) A[i * n + l] = -A[i * n + l]!;
  }
  if (n < 2) return A;
  const share = 1 / Math.sqrt(n);
  v.fill(share);
  v[0] = share - 1;
  const tau = 1 / (1 - share);
  reflectRows(A, n, 0, v, tau);
  reflectColumns(A, n, v, tau);
  return A;
}

/** Rows from `first` on times I − tau·v·vᵀ, where v is zero before `first`. */
function reflectRows(A: Float64Array, n: number, first: number, v: Float64Array, tau: number): void {
  for (let i = first; i < n; i++) {
    let dot = 0;
    for (let j = first; j < n; j++) dot += A[i * n + j]! * v[j]!;
    for (let j = first; j < n; j++) A[i * n + j]! -= tau * dot * v[j]!;
  }
}

function reflectColumns(A: Float64Array, n: number, v: Float64Array, tau: number): void {
  for (let j = 0; j < n; j++) {
    let dot = 0;
    for (let i = 0; i < n; i++) dot += A[i * n + j]! * v[i]!;
    for (let i = 0; i < n; i++) A[i * n + j]! -= tau * dot * v[i]!;
  }
}
