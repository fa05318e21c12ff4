import { NumericalError } from "../errors/index.ts";
import { checkMatrix, scaleOf } from "./check.ts";
import { completeColumns } from "./complete.ts";
import { matmul } from "./gemm.ts";
import { qr } from "./qr.ts";
import { transpose } from "./transpose.ts";
import { type Scratch, withScratch } from "./wasm/index.ts";

/** A = U·diag(S)·Vᵀ with r = min(m, n): U m×r, V n×r, both with orthonormal columns, S descending (r). */
export interface SvdResult {
  readonly U: Float64Array;
  readonly S: Float64Array;
  readonly V: Float64Array;
}

const maximumSweeps = 40;
const negligible = 1e-290;
/** Smaller matrices are as fast in plain JavaScript. */
const smallest = 6;

/**
 * Thin singular value decomposition of A (m×n): QR to the smaller dimension, then one-sided Jacobi rotations of the
 * columns until all are orthogonal. Small singular values are as accurate as the data allow, also of matrices with
 * columns of very different size; A with zero or dependent columns still gets orthonormal U and V.
 * O(4 m r² + 8 r³ per sweep), some 5 to 10 sweeps.
 * @throws ShapeError for an array that is too short
 * @throws NumericalError for elements that are not finite, or no convergence
 * @see [DemmelVeselic1992] [GolubVanLoan2013] section 8.6
 */
export function svd(A: Float64Array, m: number, n: number): SvdResult {
  checkMatrix("A", A, m, n);
  if (m < n) {
    const { U, S, V } = svd(transpose(A, m, n), n, m);
    return { U: V, S, V: U };
  }
  const scale = scaleOf("A", A, m * n);
  const scaled = new Float64Array(m * n);
  for (let i = 0; i < scaled.length; i++) scaled[i] = A[i]! / scale;
  if (m === n) return jacobi(scaled, n, scale);
  const { Q, R } = qr(scaled, m, n);
  const small = jacobi(R, n, scale);
  return { U: matmul(Q, small.U, m, n, n), S: small.S, V: small.V };
}

/** The decomposition of a square matrix; the rows of W and Z are the columns of A and V. */
function jacobi(A: Float64Array, n: number, scale: number): SvdResult {
  const W = transpose(A, n, n);
  const Z = new Float64Array(n * n);
  for (let i = 0; i < n; i++) Z[i * n + i] = 1;
  const turnByKernels = (scratch: Scratch): boolean => byKernels(scratch, W, Z, n);
  const converged = (n < smallest ? undefined : withScratch(24 * n * n, turnByKernels)) ?? byPairs(W, Z, n);
  if (!converged)
    throw new NumericalError("svd", `no convergence in ${maximumSweeps} sweeps`, { code: "numerical/no-convergence" });
  const norms = Float64Array.from({ length: n }, (_, i) => rowNorm(W, n, i));
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => norms[b]! - norms[a]!);
  const U = new Float64Array(n * n);
  const V = new Float64Array(n * n);
  const S = new Float64Array(n);
  let rank = 0;
  for (let j = 0; j < n; j++) {
    const row = order[j]!;
    S[j] = norms[row]! * scale;
    if (norms[row]! ** 2 > negligible) rank = j + 1;
    for (let i = 0; i < n; i++) {
      V[i * n + j] = Z[row * n + i]!;
      if (rank === j + 1) U[i * n + j] = W[row * n + i]! / norms[row]!;
    }
  }
  completeColumns(U, n, n, rank);
  return { U, S, V };
}

function byKernels(scratch: Scratch, W: Float64Array, Z: Float64Array, n: number): boolean {
  const w = scratch.copyOf(W, 0, n * n);
  const z = scratch.copyOf(Z, 0, n * n);
  const converged = scratch.kernels.jacobi64(n, w, z, scratch.numbers(n), scratch.bytes(4 * n), maximumSweeps);
  scratch.get(w, W, 0, n * n);
  scratch.get(z, Z, 0, n * n);
  return converged !== 0;
}

/** Turns pairs of rows of W, largest first, until a whole sweep finds all orthogonal; false if that takes too long. */
function byPairs(W: Float64Array, Z: Float64Array, n: number): boolean {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let sweep = 0; sweep < maximumSweeps; sweep++) {
    const norms = Float64Array.from({ length: n }, (_, i) => rowNorm(W, n, i));
    order.sort((a, b) => norms[b]! - norms[a]!);
    let rotated = false;
    for (let i = 0; i < n - 1; i++)
      for (let j = i + 1; j < n; j++) if (orthogonalize(W, Z, n, order[i]! * n, order[j]! * n)) rotated = true;
    if (!rotated) return true;
  }
  return false;
}

/** Rotates two rows of W, and of Z with them, so that those of W become orthogonal; false if they are already. */
function orthogonalize(W: Float64Array, Z: Float64Array, n: number, a: number, b: number): boolean {
  let alpha = 0;
  let beta = 0;
  let gamma = 0;
  for (let k = 0; k < n; k++) {
    const x = W[a + k]!;
    const y = W[b + k]!;
    alpha += x * x;
    beta += y * y;
    gamma += x * y;
  }
  if (alpha < negligible || beta < negligible) return false;
  if (Math.abs(gamma) <= Math.sqrt(n) * Number.EPSILON * Math.sqrt(alpha) * Math.sqrt(beta)) return false;
  const zeta = (beta - alpha) / (2 * gamma);
  const root = Math.abs(zeta) > 1e150 ? Math.abs(zeta) : Math.sqrt(1 + zeta * zeta);
  const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + root);
  const c = 1 / Math.sqrt(1 + t * t);
  const s = c * t;
  for (let k = 0; k < n; k++) {
    const x = W[a + k]!;
    const y = W[b + k]!;
    W[a + k] = c * x - s * y;
    W[b + k] = s * x + c * y;
    const u = Z[a + k]!;
    const v = Z[b + k]!;
    Z[a + k] = c * u - s * v;
    Z[b + k] = s * u + c * v;
  }
  return true;
}

function rowNorm(W: Float64Array, n: number, i: number): number {
  let square = 0;
  for (let k = i * n; k < (i + 1) * n; k++) square += W[k]! * W[k]!;
  return Math.sqrt(square);
}
