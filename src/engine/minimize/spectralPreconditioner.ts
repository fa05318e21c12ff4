import type { RitzPairs } from "./ritz.ts";
import { dot } from "./twoLoop.ts";

/** C with C Cᵀ near A⁻¹: conjugate gradients then work on Cᵀ A C. */
export interface SpectralPreconditioner {
  /** How many eigenpairs it holds. */
  readonly pairs: number;
  /** C v. */
  apply(v: Float64Array): Float64Array;
  /** Cᵀ v. */
  applyTransposed(v: Float64Array): Float64Array;
}

export interface SpectralPreconditionerOptions {
  /** The most pairs to take from one solve, those of the largest values; 20 by default. */
  readonly pairs?: number;
  /** Pairs whose residual is more than this part of their value are left out; 1e-2 by default. */
  readonly accuracy?: number;
  /** That of the solve that the pairs are from. */
  readonly before?: SpectralPreconditioner | undefined;
}

/**
 * The limited-memory preconditioner that moves the leading eigenvalues θ_i of a matrix to 1: C = C_before (I + Σ (θ_i^(−1/2) − 1) u_i u_iᵀ),
 * for the next of a series of similar matrices. Pairs from a solve that was itself preconditioned are of that system, and multiply on.
 * O(n · pairs) a product.
 * @returns that before when no pair is accurate enough
 * @see [Tshimanga2008] [GrattonTshimanga2009]
 */
export function spectralPreconditioner(
  ritz: RitzPairs,
  { pairs = 20, accuracy = 1e-2, before }: SpectralPreconditionerOptions = {},
): SpectralPreconditioner | undefined {
  const chosen: { u: Float64Array; factor: number }[] = [];
  ritz.values.forEach((value, i) => {
    if (chosen.length < pairs && value > 0 && ritz.residuals[i]! <= accuracy * value)
      chosen.push({ u: ritz.vectors[i]!, factor: 1 / Math.sqrt(value) - 1 });
  });
  if (chosen.length === 0) return before;
  const scale = (v: Float64Array): Float64Array => {
    const out = v.slice();
    for (const { u, factor } of chosen) {
      const part = factor * dot(u, v);
      for (let i = 0; i < out.length; i++) out[i]! += part * u[i]!;
    }
    return out;
  };
  return Object.freeze({
    pairs: chosen.length + (before?.pairs ?? 0),
    apply: (v: Float64Array): Float64Array => (before === undefined ? scale(v) : before.apply(scale(v))),
    applyTransposed: (v: Float64Array): Float64Array => scale(before === undefined ? v : before.applyTransposed(v)),
  });
}
