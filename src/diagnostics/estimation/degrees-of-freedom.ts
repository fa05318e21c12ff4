import { ArgumentError, NumericalError } from "../../engine/errors/index.ts";
import { cholesky, choleskySolve } from "../../engine/linalg/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";
import type { ArrayLike64 } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import { squareMatrix } from "./cases.ts";

/**
 * Degrees of freedom for signal: tr(HK) = tr(H B Hᵀ (H B Hᵀ + R)⁻¹), from 0 to m, and each observation's part, the diagonal of HK: how much of the analysis comes
 * from the observation itself. O(m³).
 * @throws ShapeError for matrices that don't fit; NumericalError when their sum isn't positive definite
 * @see [Cardinali2004]
 */
export function degreesOfFreedom(HBHt: ArrayLike64, R: ArrayLike64): { total: number; each: Float64Array } {
  const { data: B, shape } = squareMatrix(HBHt, "HBHt");
  const m = shape[0]!;
  const E = squareMatrix(R, "R", m).data;
  const factor = cholesky(
    B.map((value, at) => value + E[at]!),
    m,
  );
  if (!factor.ok)
    throw new NumericalError("HBHt + R", "expected a positive definite matrix, got one that isn't", {
      code: "numerical/indefinite",
    });
  const solved = choleskySolve(factor.L, m, B, m);
  const each = Float64Array.from({ length: m }, (_, i) => solved[i * m + i]!);
  return { total: each.reduce((a, b) => a + b, 0), each };
}

export interface RandomizedDegreesOptions {
  /** y ↦ H(x_a), the analysis seen by the operator, of whichever method, with the background held fixed. */
  analyse(y: Float64Array): Float64Array | Promise<Float64Array>;
  readonly y: Float64Array;
  readonly R: Covariance;
  readonly random: RandomStream;
  /** Perturbed analyses, 10 by default. */
  readonly probes?: number;
}

/**
 * The same of any analysis, by its answer to perturbations ε ~ N(0, R) of the observations: the mean of εᵀR⁻¹(H x_a(y + ε) − H x_a(y)), with its standard error. An
 * analysis a probe.
 * @throws ArgumentError for fewer than two probes
 * @see [Girard1989] [Desroziers2005]
 */
export async function randomizedDegreesOfFreedom(
  options: RandomizedDegreesOptions,
): Promise<{ total: number; error: number }> {
  const { analyse, y, R, random, probes = 10 } = options;
  if (!Number.isInteger(probes) || probes < 2)
    throw new ArgumentError("probes", `expected an integer of at least 2, got ${probes}`);
  const still = await analyse(y.slice());
  const values: number[] = [];
  for (let k = 0; k < probes; k++) {
    const noise = R.sample(random);
    const moved = await analyse(y.map((value, i) => value + noise[i]!));
    values.push(R.solve(noise).reduce((sum, value, i) => sum + value * (moved[i]! - still[i]!), 0));
  }
  const total = values.reduce((a, b) => a + b, 0) / probes;
  const squares = values.reduce((sum, value) => sum + (value - total) ** 2, 0);
  return { total, error: Math.sqrt(squares / (probes * (probes - 1))) };
}

export interface CostConsistency {
  /** Mean of 2 J at the minimum over the number of observations: 1 when B and R are right. */
  readonly total: number;
  /** Mean of 2 J_b over tr(HK), and of 2 J_o over m − tr(HK): 1 as well; the ratio of what was to what should have been. */
  readonly background: number;
  readonly observation: number;
  /** Standard errors of the three. */
  readonly errors: { readonly total: number; readonly background: number; readonly observation: number };
}

/**
 * Minima of cost functions against their expectations: E[2J] = m, E[2J_b] = tr(HK), E[2J_o] = m − tr(HK) for right covariances. The ratios are the factors by which B (background) and R (observation) are wrong, to first order.
 * @param costs J_b and J_o at the minimum, a pair for each analysis
 * @param m observations in each analysis @param dfs tr(HK)
 * @throws ArgumentError for fewer than two analyses, and degrees of freedom outside 0 … m
 * @see [Talagrand1999] [Desroziers2001]
 */
export function costConsistency(
  costs: readonly { readonly Jb: number; readonly Jo: number }[],
  m: number,
  dfs: number,
): CostConsistency {
  if (costs.length < 2) throw new ArgumentError("costs", `expected at least two analyses, got ${costs.length}`);
  if (!(dfs > 0 && dfs < m)) throw new ArgumentError("dfs", `expected a number between 0 and ${m}, got ${dfs}`);
  const ratio = (of: (cost: { Jb: number; Jo: number }) => number, expected: number): [number, number] => {
    const values = costs.map((cost) => (2 * of(cost)) / expected);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return [mean, Math.sqrt(squares / (values.length * (values.length - 1)))];
  };
  const [total, totalError] = ratio(({ Jb, Jo }) => Jb + Jo, m);
  const [background, backgroundError] = ratio(({ Jb }) => Jb, dfs);
  const [observation, observationError] = ratio(({ Jo }) => Jo, m - dfs);
  return {
    total,
    background,
    observation,
    errors: { total: totalError, background: backgroundError, observation: observationError },
  };
}
