import { symmetricEigen } from "../linalg/index.ts";

/** Approximate eigenpairs of a symmetric matrix in a Krylov space. */
export interface RitzPairs {
  /** Descending. */
  readonly values: Float64Array;
  /** One for each value, orthonormal. */
  readonly vectors: readonly Float64Array[];
  /** |A u − θ u| of each pair. */
  readonly residuals: Float64Array;
}

/**
 * Ritz pairs from the step lengths α, the ratios β of squared residuals and the normalised residuals of conjugate gradients: the
 * same Krylov space as Lanczos' method. O(k³ + k² n) for k iterations.
 * @see [GolubVanLoan2013] section 11.3.5
 */
export function ritzPairs(
  alphas: readonly number[],
  betas: readonly number[],
  residuals: readonly Float64Array[],
): RitzPairs {
  const k = alphas.length;
  const diagonal = alphas.map((alpha, j) => 1 / alpha + (j === 0 ? 0 : betas[j - 1]! / alphas[j - 1]!));
  const beside = alphas.map((alpha, j) => Math.sqrt(betas[j]!) / alpha);
  const basis = residuals.slice(0, k).map((q, j) => (j % 2 === 0 ? q : q.map((value) => -value)));
  return tridiagonalPairs(diagonal, beside, basis);
}

/**
 * Ritz pairs from the Lanczos recurrence A q_j = b_(j−1) q_(j−1) + a_j q_j + b_j q_(j+1).
 * @param diagonal a_j
 * @param beside b_j; the last one is that of the vector that comes next
 */
export function tridiagonalPairs(
  diagonal: readonly number[],
  beside: readonly number[],
  basis: readonly Float64Array[],
): RitzPairs {
  const k = diagonal.length;
  const n = basis[0]?.length ?? 0;
  const T = new Float64Array(k * k);
  for (let j = 0; j < k; j++) {
    T[j * k + j] = diagonal[j]!;
    if (j + 1 < k) T[j * k + j + 1] = T[(j + 1) * k + j] = beside[j]!;
  }
  const { values, vectors } = symmetricEigen(T, k);
  const order = Array.from(values.keys()).reverse();
  return {
    values: Float64Array.from(order, (i) => values[i]!),
    residuals: Float64Array.from(order, (i) => Math.abs(beside[k - 1]! * vectors[(k - 1) * k + i]!)),
    vectors: order.map((i) => {
      const u = new Float64Array(n);
      for (let j = 0; j < k; j++) {
        const [factor, q] = [vectors[j * k + i]!, basis[j]!];
        for (let at = 0; at < n; at++) u[at]! += factor * q[at]!;
      }
      return u;
    }),
  };
}
