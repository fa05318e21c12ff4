import { NumericalError } from "../../engine/errors/index.ts";
import { cholesky, choleskySolve, gemm } from "../../engine/linalg/index.ts";
import type { ArrayLike64, NdArray } from "../../engine/tensor/index.ts";
import { caseCovariance, centred, completeCases, completePairs, squareMatrix, symmetrised, trace } from "./cases.ts";
import { type Identifiability, identifiability } from "./identifiability.ts";
import { recondition } from "./recondition.ts";

export interface DesroziersInput {
  /** y − H(x_b), a case a row, [K, m]; rows with NaN are left out. */
  readonly innovations: ArrayLike64;
  /** y − H(x_a), likewise. */
  readonly residuals: ArrayLike64;
}

export interface DesroziersEstimate {
  /** ⟨r dᵀ⟩ made symmetric, [m, m]: what R should have been. */
  readonly R: NdArray;
  /** ⟨a dᵀ⟩ with a = d − r made symmetric: what H B Hᵀ should have been. */
  readonly HBHt: NdArray;
  /** Norm of the antisymmetric part of ⟨r dᵀ⟩ over that of the symmetric one: 0 for an optimal analysis and many cases. */
  readonly asymmetry: number;
  /** Complete cases. */
  readonly cases: number;
}

/**
 * The consistency statistics of an analysis: R̂ = ⟨r dᵀ⟩ and (H B Hᵀ)^ = ⟨a dᵀ⟩, about the means, divisor K − 1. Equal to what was assumed if that was
 * right; else one step towards it ({@link desroziersIteration}). Neither is positive definite by itself: {@link recondition}. O(K m²).
 * @throws ShapeError, ArgumentError for rows that don't belong together, and for fewer than two complete cases
 * @see [Desroziers2005]
 */
export function desroziers({ innovations, residuals }: DesroziersInput): DesroziersEstimate {
  const [left, right] = completePairs(innovations, residuals, ["innovations", "residuals"]);
  const { count, m } = left;
  const [D, r] = [centred(left), centred(right)];
  const cross = gemm(m, m, count, r, D, { transA: true }).map((value) => value / (count - 1));
  const total = caseCovariance(left);
  const R = symmetrised(cross, m);
  const HBHt = R.map((value, at) => total[at]! - value);
  let [odd, even] = [0, 0];
  cross.forEach((value, at) => {
    odd += (value - R[at]!) ** 2;
    even += R[at]! ** 2;
  });
  return {
    R: { data: R, shape: [m, m] },
    HBHt: { data: HBHt, shape: [m, m] },
    asymmetry: Math.sqrt(odd / even),
    cases: count,
  };
}

/** What of a covariance is estimated: a factor alone, a variance for each component (no correlations), all elements; or nothing. */
export type EstimatedStructure = "scale" | "diagonal" | "full" | "fixed";

export interface DesroziersIterationOptions {
  /** Innovations [K, m], or their covariance [m, m] as `covariance` with the number of cases. */
  readonly innovations: ArrayLike64 | { readonly covariance: ArrayLike64; readonly cases: number };
  /** First guesses of H B Hᵀ and of R, [m, m]. */
  readonly HBHt: ArrayLike64;
  readonly R: ArrayLike64;
  /** What is estimated of either; `scale` by default. */
  readonly estimate?: { readonly HBHt?: EstimatedStructure; readonly R?: EstimatedStructure };
  /** 100 by default. */
  readonly iterations?: number;
  /** It has converged when the variances change by less than this part of them, 1e-6 by default. */
  readonly tolerance?: number;
  /** Largest condition number of estimates of structure `full`, 1e6 by default. */
  readonly condition?: number;
}

export interface DesroziersIteration {
  readonly HBHt: NdArray;
  readonly R: NdArray;
  /** Root mean square standard deviations after each iteration, the first guesses first. */
  readonly history: readonly { readonly background: number; readonly observation: number }[];
  readonly converged: boolean;
  /** Of the scales of both parts; where one of them is fixed, of the other alone. */
  readonly identifiability: Identifiability;
  readonly warnings: readonly string[];
}

/**
 * The consistency statistics of analyses that use what the ones before gave: R ← R S⁻¹ ⟨d dᵀ⟩, H B Hᵀ ← H B Hᵀ S⁻¹ ⟨d dᵀ⟩ with S = H B Hᵀ + R, made symmetric and
 * cut to the structure that is estimated. A fixed point that no ratio of first guesses changes is what innovations can't tell: see `identifiability`.
 * With one part of structure `full` and the other one also estimated in full only the sum is determined. O(m³) an iteration.
 * @throws ShapeError, ArgumentError for inputs that don't fit; NumericalError for first guesses whose sum isn't positive definite
 * @see [Desroziers2005] [Menard2016]
 */
export function desroziersIteration(options: DesroziersIterationOptions): DesroziersIteration {
  const { iterations = 100, tolerance = 1e-6, condition = 1e6, estimate = {} } = options;
  const structure = { HBHt: estimate.HBHt ?? "scale", R: estimate.R ?? "scale" };
  const { D, cases, m } = statistics(options.innovations);
  let B = symmetrised(squareMatrix(options.HBHt, "HBHt", m).data, m);
  let R = symmetrised(squareMatrix(options.R, "R", m).data, m);
  const history = [deviations(B, R, m)];
  let converged = false;
  for (let k = 0; k < iterations && !converged; k++) {
    const G = choleskySolve(factor(B, R, m), m, D, m);
    const next = {
      B: structured(B, G, m, structure.HBHt, condition),
      R: structured(R, G, m, structure.R, condition),
    };
    const change = relativeChange(next.B, B, m) + relativeChange(next.R, R, m);
    [B, R] = [next.B, next.R];
    history.push(deviations(B, R, m));
    converged = change < tolerance;
  }
  const S = B.map((value, at) => value + R[at]!);
  const free = [...(structure.HBHt === "fixed" ? [] : [B]), ...(structure.R === "fixed" ? [] : [R])];
  const told = identifiability(S, free, m, cases);
  const warnings = [told.warning].filter((text) => text !== "");
  if (structure.HBHt === "full" && structure.R === "full")
    warnings.push("not identifiable: all elements of both are free, so that only their sum is determined");
  if (!converged) warnings.push(`not converged after ${iterations} iterations`);
  const matrix = (data: Float64Array): NdArray => ({ data, shape: [m, m] });
  return { HBHt: matrix(B), R: matrix(R), history, converged, identifiability: told, warnings };
}

function statistics(innovations: DesroziersIterationOptions["innovations"]) {
  if (typeof innovations === "object" && "covariance" in innovations) {
    const { data, shape } = squareMatrix(innovations.covariance, "innovations.covariance");
    return { D: symmetrised(data, shape[0]!), cases: innovations.cases, m: shape[0]! };
  }
  const cases = completeCases(innovations, "innovations", 2);
  return { D: caseCovariance(cases), cases: cases.count, m: cases.m };
}

function factor(B: Float64Array, R: Float64Array, m: number): Float64Array {
  const result = cholesky(
    B.map((value, at) => value + R[at]!),
    m,
  );
  if (!result.ok)
    throw new NumericalError("HBHt + R", "expected a positive definite matrix, got one that isn't", {
      code: "numerical/indefinite",
    });
  return result.L;
}

/** The next estimate of a part C from G = S⁻¹ D. */
function structured(
  C: Float64Array,
  G: Float64Array,
  m: number,
  structure: EstimatedStructure,
  condition: number,
): Float64Array {
  if (structure === "fixed") return C;
  const next = symmetrised(gemm(m, m, m, C, G), m);
  if (structure === "scale") {
    const factor = Math.max(trace(next, m), 0) / trace(C, m);
    return C.map((value) => value * factor);
  }
  if (structure === "full") return recondition({ data: next, shape: [m, m] }, { condition }).data;
  return next.map((value, at) => (at % (m + 1) === 0 ? Math.max(value, 0) : 0));
}

function deviations(B: Float64Array, R: Float64Array, m: number) {
  return { background: Math.sqrt(trace(B, m) / m), observation: Math.sqrt(trace(R, m) / m) };
}

function relativeChange(next: Float64Array, before: Float64Array, m: number): number {
  const size = trace(before, m) / m;
  return size === 0 ? 0 : next.reduce((most, value, at) => Math.max(most, Math.abs(value - before[at]!)), 0) / size;
}
