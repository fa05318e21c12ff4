import type { Tensor } from "../../engine/graph/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";

/** A symmetric, positive (semi-)definite operator on vectors of `size`, used through products, its square root and solves. */
export interface Covariance {
  readonly kind: string;
  readonly size: number;
  /** C v. */
  apply(v: Float64Array): Float64Array;
  /** L v, where L Lᵀ = C; `sqrtSize` is the length of v. */
  applySqrt(v: Float64Array): Float64Array;
  /** Lᵀ v. */
  applySqrtTransposed(v: Float64Array): Float64Array;
  readonly sqrtSize: number;
  /** C⁻¹ v. @throws NumericalError when C is singular */
  solve(v: Float64Array): Float64Array;
  /** W v, where Wᵀ W = C⁻¹: makes independent unit noise of noise with this covariance. @throws NumericalError when singular */
  whiten(v: Float64Array): Float64Array;
  /** A draw from N(0, C). */
  sample(stream: RandomStream): Float64Array;
  diagonal(): Float64Array;
  /** Natural logarithm of the determinant; -Infinity when singular. */
  logDeterminant(): number;
  /** The matrix, [size, size]: for small problems and for checks. O(size²). */
  dense(): Float64Array;
  /** The same covariance of the components in `indices` alone (missing observations). */
  restrict(indices: ArrayLike<number>): Covariance;
  /** C times a factor ≥ 0. */
  scaled(factor: number): Covariance;
  /** L v on symbolic tensors of shape [..., sqrtSize], for costs as one graph. */
  tracedSqrt(v: Tensor): Tensor;
  /** W v on symbolic tensors of shape [..., size]. @throws NumericalError when singular */
  tracedWhiten(v: Tensor): Tensor;
}
