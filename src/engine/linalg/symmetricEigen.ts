import { NumericalError } from "../errors/index.ts";
import { checkMatrix, scaleOf } from "./check.ts";
import { eigenNatively } from "./native/index.ts";
import { tridiagonalize } from "./tridiagonal.ts";
import { maximumSweeps, tridiagonalQl } from "./tridiagonalQl.ts";
import { type Scratch, withScratch } from "./wasm/index.ts";

/** Smaller matrices are as fast in plain JavaScript. */
const smallest = 5;

/** A = V·diag(values)·Vᵀ. */
export interface SymmetricEigen {
  /** The eigenvalues, ascending (n). */
  readonly values: Float64Array;
  /** The eigenvectors as columns (n×n, row-major), orthonormal, each with its largest element positive. */
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and -vectors of a symmetric matrix A (n×n), of which the lower triangle is read: Householder reduction
 * and QL sweeps with implicit shifts, after scaling by a power of two. Errors are a few eps·‖A‖. O(6n³).
 * @throws ShapeError for an array that is too short
 * @throws NumericalError for elements that are not finite, or no convergence
 * @see [Martin1968] [GolubVanLoan2013] section 8.3
 */
export function symmetricEigen(A: Float64Array, n: number): SymmetricEigen {
  checkMatrix("A", A, n, n);
  const size = n * n;
  const scale = scaleOf("A", A, size);
  const native = eigenNatively(A, n);
  if (native !== undefined) return native;
  const fast = n < smallest ? undefined : withScratch(32 * n * n, (scratch) => byKernels(scratch, A, n));
  if (fast !== undefined) return fast;
  const space = workspace(n);
  const { Z, d, e, c, s } = space;
  const factor = 1 / scale;
  for (let i = 0; i < size; i++) Z[i] = A[i]! * factor;
  Z.fill(0, size, roundedUp(n) * n);
  if (n > 0) {
    tridiagonalize(Z, n, d, e, c);
    tridiagonalQl(d, e, Z, n, c, s);
  }
  return ordered(space, n, scale);
}

function byKernels(scratch: Scratch, A: Float64Array, n: number): SymmetricEigen {
  const { kernels } = scratch;
  const a = scratch.copyOf(A, 0, n * n);
  const values = scratch.numbers(n);
  const vectors = scratch.numbers(n * n);
  const status = kernels.eigen64(n, a, n, values, vectors, n, scratch.bytes(kernels.eigenBytes64(n)));
  if (status >= 0)
    throw new NumericalError("eigen", `no convergence for eigenvalue ${status} in ${maximumSweeps} sweeps`, {
      code: "numerical/no-convergence",
    });
  return { values: scratch.slice(values, n), vectors: scratch.slice(vectors, n * n) };
}

interface Workspace {
  readonly Z: Float64Array;
  readonly d: Float64Array;
  readonly e: Float64Array;
  readonly c: Float64Array;
  readonly s: Float64Array;
  readonly order: Int32Array;
}

/** Kept from call to call: for small matrices the allocations would cost as much as the arithmetic. */
let kept: Workspace | undefined;

function workspace(n: number): Workspace {
  if (kept === undefined || kept.d.length < n)
    kept = {
      Z: new Float64Array(roundedUp(n) * n),
      d: new Float64Array(n),
      e: new Float64Array(n),
      c: new Float64Array(n),
      s: new Float64Array(n),
      order: new Int32Array(n),
    };
  return kept;
}

function roundedUp(n: number): number {
  return 4 * Math.ceil(n / 4);
}

function ordered(space: Workspace, n: number, scale: number): SymmetricEigen {
  const { Z, d, order, c: largest, s: signs } = space;
  for (let i = 0; i < n; i++) {
    let k = i;
    for (; k > 0 && d[order[k - 1]!]! > d[i]!; k--) order[k] = order[k - 1]!;
    order[k] = i;
  }
  columnSigns(Z, n, largest, signs);
  const values = new Float64Array(n);
  const vectors = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const source = order[j]!;
    const sign = signs[source]!;
    values[j] = d[source]! * scale;
    for (let i = 0; i < n; i++) vectors[i * n + j] = Z[i * n + source]! * sign;
  }
  return { values, vectors };
}

/** The sign of each column's largest element; among equal ones (up to rounding) of the first. */
function columnSigns(Z: Float64Array, n: number, largest: Float64Array, signs: Float64Array): void {
  largest.fill(0, 0, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const value = Z[i * n + j]!;
      if (Math.abs(value) > largest[j]!) {
        largest[j] = Math.abs(value) * (1 + 1e-8);
        signs[j] = value < 0 ? -1 : 1;
      }
    }
}
