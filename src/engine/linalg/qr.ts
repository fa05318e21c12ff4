import { checkMatrix } from "./check.ts";
import { applyReflector } from "./reflector.ts";
import { type Scratch, withScratch } from "./wasm/index.ts";

/** Decompositions of fewer operations are as fast in plain JavaScript. */
const fewest = 2000;

/** A = Q·R with r = min(m, n): Q m×r with orthonormal columns, R r×n upper triangular (trapezoidal if m < n). */
export interface QrResult {
  readonly Q: Float64Array;
  readonly R: Float64Array;
}

/**
 * Thin QR decomposition of A (m×n) by Householder reflections, or by Cholesky factors of Gram matrices in two passes where A
 * is tall and well conditioned enough for the same accuracy; R's diagonal is not negative, which makes the
 * decomposition unique for matrices of full rank. O(4 m n² − 4n³/3) for m ≥ n.
 * @throws ShapeError for an array that is too short
 * @see [GolubVanLoan2013] section 5.2
 */
export function qr(A: Float64Array, m: number, n: number): QrResult {
  checkMatrix("A", A, m, n);
  const bytes = 8 * (3 * m * n + 4 * n * n);
  const fast = m * n * n < fewest ? undefined : withScratch(bytes, (scratch) => byKernels(scratch, A, m, n));
  return fast ?? byReflections(A, m, n);
}

function byKernels(scratch: Scratch, A: Float64Array, m: number, n: number): QrResult {
  const { kernels } = scratch;
  const r = Math.min(m, n);
  const work = scratch.bytes(kernels.qrBytes64(m, n));
  const R = scratch.numbers(r * n);
  const a = scratch.copyOf(A, 0, m * n);
  if (m >= n && kernels.choleskyQr64(m, n, a, R, work) !== 0)
    return { Q: scratch.slice(a, m * n), R: scratch.slice(R, n * n) };
  const Q = scratch.numbers(m * r);
  scratch.put(a, A, 0, m * n);
  kernels.householderQr64(m, n, a, Q, R, work);
  return { Q: scratch.slice(Q, m * r), R: scratch.slice(R, r * n) };
}

function byReflections(A: Float64Array, m: number, n: number): QrResult {
  const r = Math.min(m, n);
  const W = A.slice(0, m * n);
  const v = new Float64Array(m);
  const w = new Float64Array(n);
  const taus = new Float64Array(r);
  const heads = new Float64Array(r);
  for (let k = 0; k < r; k++) {
    // The vector stays below the diagonal of column k; its first element is kept in `heads`.
    const diagonal = makeReflector(W, m, n, k, v);
    taus[k] = v[k] === 0 ? 0 : 2 / squareFrom(v, k, m);
    heads[k] = v[k]!;
    applyReflector(W, k * n + k + 1, n, m - k, n - k - 1, v, k, taus[k]!, w);
    for (let i = k + 1; i < m; i++) W[i * n + k] = v[i]!;
    W[k * n + k] = diagonal;
  }
  const R = new Float64Array(r * n);
  for (let i = 0; i < r; i++) for (let j = i; j < n; j++) R[i * n + j] = W[i * n + j]!;
  const Q = new Float64Array(m * r);
  for (let i = 0; i < r; i++) Q[i * r + i] = 1;
  for (let k = r - 1; k >= 0; k--) {
    v[k] = heads[k]!;
    for (let i = k + 1; i < m; i++) v[i] = W[i * n + k]!;
    applyReflector(Q, k * r + k, r, m - k, r - k, v, k, taus[k]!, w);
  }
  for (let k = 0; k < r; k++) {
    if (R[k * n + k]! >= 0) continue;
    for (let j = k; j < n; j++) R[k * n + j] = -R[k * n + j]!;
    for (let i = 0; i < m; i++) Q[i * r + k] = -Q[i * r + k]!;
  }
  return { Q, R };
}

/** The vector v (from k on) of the reflection that eliminates column k below the diagonal; returns R's element. */
function makeReflector(W: Float64Array, m: number, n: number, k: number, v: Float64Array): number {
  let scale = 0;
  for (let i = k; i < m; i++) scale = Math.max(scale, Math.abs(W[i * n + k]!));
  if (scale === 0) {
    v.fill(0, k);
    return 0;
  }
  let square = 0;
  for (let i = k; i < m; i++) {
    const value = W[i * n + k]! / scale;
    v[i] = value;
    square += value * value;
  }
  const norm = v[k]! > 0 ? -Math.sqrt(square) : Math.sqrt(square);
  v[k] = v[k]! - norm;
  return norm * scale;
}

function squareFrom(v: Float64Array, k: number, m: number): number {
  let square = 0;
  for (let i = k; i < m; i++) square += v[i]! * v[i]!;
  return square;
}
