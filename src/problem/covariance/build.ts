import type { Tensor } from "../../engine/graph/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";
import { checkFactor, checkIndices, checkLength, singularError } from "./check.ts";
import { solveByConjugateGradients } from "./conjugate-gradients.ts";
import type { Covariance } from "./covariance.ts";
import { denseCovariance } from "./dense.ts";
import { scalarCovariance } from "./scalar.ts";

/** The largest covariance that is factorised as a matrix where a kind has no inverse of its own. */
const largestFactorised = 2048;

/** The inverse of a covariance that has a cheap one. */
export type Inverse = Pick<Covariance, "solve" | "whiten" | "tracedWhiten" | "logDeterminant">;

/** What a kind of covariance has of its own; the rest of the contract follows from its square root. */
export interface CovarianceParts {
  readonly kind: string;
  readonly place: string;
  readonly size: number;
  readonly sqrtSize: number;
  /** L v, Lᵀ v and L v on tensors; lengths are checked already. */
  applySqrt(v: Float64Array): Float64Array;
  applySqrtTransposed(v: Float64Array): Float64Array;
  tracedSqrt(v: Tensor): Tensor;
  /** L Lᵀ v by default. */
  apply?(v: Float64Array): Float64Array;
  /** By default from the matrix. O(size) products. */
  diagonal?(): Float64Array;
  /** "singular": there is none; left out: by a Cholesky factor of the matrix, O(size³) once, or by conjugate gradients. */
  readonly inverse?: Inverse | "singular";
  restrict?(indices: ArrayLike<number>): Covariance;
  scaled?(factor: number): Covariance;
}

/**
 * The whole contract from a square root. Where a kind has no inverse of its own, one of up to 2048 components is factorised as a
 * dense matrix when it is first asked for (O(size³)); a larger one is solved by conjugate gradients preconditioned by its
 * diagonal, and has neither whitening nor determinant (CapabilityError).
 */
export function covarianceFrom(parts: CovarianceParts): Covariance {
  const { kind, place, size, sqrtSize } = parts;
  const checked = (v: Float64Array, length: number): Float64Array => {
    checkLength(v, length);
    return v;
  };
  const product = parts.apply ?? ((v) => parts.applySqrt(parts.applySqrtTransposed(v)));
  const apply = (v: Float64Array): Float64Array => product(checked(v, size));
  const columns = (indices: ArrayLike<number>): Float64Array => matrixOf(product, indices, size);
  let matrix: Float64Array | undefined;
  const dense = (): Float64Array => {
    const all = matrix ?? columns(Int32Array.from({ length: size }, (_, i) => i));
    // Kept, since filters ask for that of their observations' errors every time.
    if (size <= largestFactorised) matrix = all;
    return all.slice();
  };
  let known: Float64Array | undefined;
  const diagonal = (): Float64Array => {
    known ??= parts.diagonal?.() ?? dense().filter((_, at) => at % (size + 1) === 0);
    return known.slice();
  };
  const inverse = inverseOf(parts, { dense, diagonal, product });
  return Object.freeze({
    kind,
    size,
    sqrtSize,
    apply,
    applySqrt: (v: Float64Array): Float64Array => parts.applySqrt(checked(v, sqrtSize)),
    applySqrtTransposed: (v: Float64Array): Float64Array => parts.applySqrtTransposed(checked(v, size)),
    solve: (v: Float64Array): Float64Array => inverse.solve(checked(v, size)),
    whiten: (v: Float64Array): Float64Array => inverse.whiten(checked(v, size)),
    sample: (stream: RandomStream): Float64Array => parts.applySqrt(stream.normals(sqrtSize)),
    diagonal,
    logDeterminant: inverse.logDeterminant,
    dense,
    restrict(indices: ArrayLike<number>): Covariance {
      checkIndices(indices, size);
      if (parts.restrict !== undefined) return parts.restrict(indices);
      const m = indices.length;
      return denseCovariance({ data: columns(indices), shape: [m, m] }, { place, singular: true });
    },
    scaled(factor: number): Covariance {
      checkFactor(factor);
      return parts.scaled?.(factor) ?? multiplied(parts, factor);
    },
    tracedSqrt: parts.tracedSqrt,
    tracedWhiten: inverse.tracedWhiten,
  });
}

/** The elements at some rows and the same columns: a product each. */
function matrixOf(product: (v: Float64Array) => Float64Array, indices: ArrayLike<number>, size: number): Float64Array {
  const m = indices.length;
  const out = new Float64Array(m * m);
  const unit = new Float64Array(size);
  for (let j = 0; j < m; j++) {
    unit[indices[j]!] = 1;
    const column = product(unit);
    unit[indices[j]!] = 0;
    for (let i = 0; i < m; i++) out[i * m + j] = column[indices[i]!]!;
  }
  for (let i = 0; i < m; i++)
    for (let j = 0; j < i; j++) out[i * m + j] = out[j * m + i] = (out[i * m + j]! + out[j * m + i]!) / 2;
  return out;
}

interface MatrixForms {
  dense(): Float64Array;
  diagonal(): Float64Array;
  product(v: Float64Array): Float64Array;
}

function inverseOf(parts: CovarianceParts, { dense, diagonal, product }: MatrixForms): Inverse {
  const { inverse, place, size } = parts;
  if (inverse === "singular") return noInverse(place);
  if (inverse !== undefined) return inverse;
  if (size > largestFactorised) return solveByConjugateGradients({ place, size, product, diagonal });
  let made: Covariance | undefined;
  const factorised = (): Covariance => {
    made ??= denseCovariance({ data: dense(), shape: [size, size] }, { place, singular: true });
    return made;
  };
  return {
    solve: (v) => factorised().solve(v),
    whiten: (v) => factorised().whiten(v),
    tracedWhiten: (v) => factorised().tracedWhiten(v),
    logDeterminant: () => factorised().logDeterminant(),
  };
}

/** The inverse of what has none. */
function noInverse(place: string): Inverse {
  const refuse = (): never => {
    throw singularError(place);
  };
  return { solve: refuse, whiten: refuse, tracedWhiten: refuse, logDeterminant: () => Number.NEGATIVE_INFINITY };
}

/** A covariance times a factor, in all of its forms. */
function multiplied(parts: CovarianceParts, factor: number): Covariance {
  const { place, size, diagonal, inverse, restrict } = parts;
  if (factor === 0) return scalarCovariance(size, 0, { place });
  const root = Math.sqrt(factor);
  const times = (v: Float64Array, by: number): Float64Array => v.map((value) => value * by);
  const own = parts.apply;
  return covarianceFrom({
    ...parts,
    applySqrt: (v) => times(parts.applySqrt(v), root),
    applySqrtTransposed: (v) => times(parts.applySqrtTransposed(v), root),
    tracedSqrt: (v) => parts.tracedSqrt(v).mul(root),
    ...(own && { apply: (v) => times(own(v), factor) }),
    ...(diagonal && { diagonal: () => times(diagonal(), factor) }),
    ...(restrict && { restrict: (indices) => restrict(indices).scaled(factor) }),
    ...(inverse !== undefined &&
      inverse !== "singular" && {
        inverse: {
          solve: (v) => times(inverse.solve(v), 1 / factor),
          whiten: (v) => times(inverse.whiten(v), 1 / root),
          tracedWhiten: (v) => inverse.tracedWhiten(v).div(root),
          logDeterminant: () => inverse.logDeterminant() + size * Math.log(factor),
        },
      }),
    scaled: (next) => multiplied(parts, factor * next),
  });
}
