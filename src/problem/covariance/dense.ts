import { NumericalError, ShapeError } from "../../engine/errors/index.ts";
import { type Tensor, tensor } from "../../engine/graph/index.ts";
import {
  cholesky,
  choleskySolve,
  gemm,
  logDeterminant,
  matvec,
  matvecTransposed,
  solveLower,
  symmetricEigen,
} from "../../engine/linalg/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";
import { type ArrayLike64, shapeText, toNdArray } from "../../engine/tensor/index.ts";
import { identityMatrix } from "../operators/index.ts";
import {
  asymmetryError,
  type CovarianceOptions,
  checkFactor,
  checkIndices,
  checkLength,
  checkSize,
  singularError,
  symmetryTolerance,
} from "./check.ts";
import type { Covariance } from "./covariance.ts";

/** Negative eigenvalues of a semi-definite matrix up to this part of the largest one are taken for rounding. */
const rounding = 1e-10;

/**
 * A full symmetric matrix [size, size], factorised once: by Cholesky when it is positive definite, O(size³/3); where
 * `singular` allows a semi-definite one, by its eigenvectors, O(7 size³), negative eigenvalues up to 1e-10 of the largest
 * set to zero. Elements that differ from their mirror image by rounding are replaced by their mean.
 * @throws ShapeError unless it is square; ArgumentError unless it is symmetric
 * @throws NumericalError for elements that are not finite and for an indefinite matrix, naming the smallest eigenvalue
 */
export function denseCovariance(matrix: ArrayLike64, options: CovarianceOptions = {}): Covariance {
  const { place = "covariance", singular = false } = options;
  const { data, shape } = toNdArray(matrix, place);
  const [n] = shape;
  if (shape.length !== 2 || n === undefined || shape[1] !== n)
    throw new ShapeError(place, `expected a square matrix, got shape ${shapeText(shape)}`);
  checkSize(place, n);
  const C = symmetric(data, n, place);
  const factor = cholesky(C, n);
  if (factor.ok) return fromRoot({ C, root: factor.L, n, definite: true, place });
  return fromRoot({ C, root: semidefiniteRoot(C, n, place, singular), n, definite: false, place });
}

/** A symmetric copy. */
function symmetric(A: Float64Array, n: number, place: string): Float64Array {
  const C = A.slice();
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      if (!Number.isFinite(A[i * n + j]!))
        throw new NumericalError(place, `expected finite numbers, got ${A[i * n + j]} at (${i}, ${j})`);
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const [upper, lower] = [A[i * n + j]!, A[j * n + i]!];
      if (upper === lower) continue;
      if (Math.abs(upper - lower) > symmetryTolerance(A[i * n + i]!, A[j * n + j]!))
        throw asymmetryError(place, i, j, upper, lower);
      C[i * n + j] = C[j * n + i] = (upper + lower) / 2;
    }
  return C;
}

/** The symmetric square root of a matrix that Cholesky refused. */
function semidefiniteRoot(C: Float64Array, n: number, place: string, singular: boolean): Float64Array {
  const { values, vectors } = symmetricEigen(C, n);
  const [least, most] = [values[0]!, values[n - 1]!];
  const limit = rounding * Math.max(0, most);
  if (least < -limit || !singular)
    throw new NumericalError(
      place,
      `expected a positive ${singular ? "semi-definite" : "definite"} matrix, got smallest eigenvalue ${least}`,
      { code: "numerical/indefinite" },
    );
  const scaled = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) scaled[i * n + j] = vectors[i * n + j]! * Math.sqrt(Math.max(0, values[j]!));
  return gemm(n, n, n, scaled, vectors, { transB: true });
}

interface Factorised {
  readonly C: Float64Array;
  /** Lower triangular when `definite`, else symmetric. */
  readonly root: Float64Array;
  readonly n: number;
  readonly definite: boolean;
  readonly place: string;
}

function fromRoot({ C, root, n, definite, place }: Factorised): Covariance {
  let inverseRoot: Float64Array | undefined;
  const checked = (v: Float64Array): Float64Array => {
    checkLength(v, n);
    return v;
  };
  const invertible = (v: Float64Array): Float64Array => {
    if (!definite) throw singularError(place);
    return checked(v);
  };
  return Object.freeze({
    kind: "dense",
    size: n,
    sqrtSize: n,
    apply: (v: Float64Array): Float64Array => matvec(C, checked(v), n, n),
    applySqrt: (v: Float64Array): Float64Array => matvec(root, checked(v), n, n),
    applySqrtTransposed: (v: Float64Array): Float64Array => matvecTransposed(root, checked(v), n, n),
    solve: (v: Float64Array): Float64Array => choleskySolve(root, n, invertible(v)),
    whiten: (v: Float64Array): Float64Array => solveLower(root, n, invertible(v)),
    sample: (stream: RandomStream): Float64Array => matvec(root, stream.normals(n), n, n),
    diagonal: (): Float64Array => Float64Array.from({ length: n }, (_, i) => C[i * n + i]!),
    logDeterminant: (): number => (definite ? logDeterminant(root, n) : Number.NEGATIVE_INFINITY),
    dense: (): Float64Array => C.slice(),
    restrict(indices: ArrayLike<number>): Covariance {
      checkIndices(indices, n);
      const m = indices.length;
      const part = new Float64Array(m * m);
      for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) part[i * m + j] = C[indices[i]! * n + indices[j]!]!;
      return denseCovariance({ data: part, shape: [m, m] }, { place, singular: !definite });
    },
    scaled(factor: number): Covariance {
      checkFactor(factor);
      const [whole, half] = [C.map((value) => value * factor), root.map((value) => value * Math.sqrt(factor))];
      return fromRoot({ C: whole, root: half, n, definite: definite && factor > 0, place });
    },
    tracedSqrt: (v: Tensor): Tensor => v.matmul(tensor({ data: root, shape: [n, n] }).transpose()),
    // The whole inverse factor, because graphs have no triangular solve.
    tracedWhiten(v: Tensor): Tensor {
      if (!definite) throw singularError(place);
      inverseRoot ??= solveLower(root, n, identityMatrix(n), n);
      return v.matmul(tensor({ data: inverseRoot, shape: [n, n] }).transpose());
    },
  });
}
