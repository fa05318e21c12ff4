import { NumericalError, ShapeError } from "../engine/errors/index.ts";
import { type ArrayLike64, shapeText, toNdArray } from "../engine/tensor/index.ts";
import { chiSquareQuantile } from "./chi-square.ts";

/** The chi-square of one innovation and how many observations were in it. */
export interface InnovationValue {
  /** `dᵀ S⁻¹ d / m`, 1 on average if `S` is right; NaN if all observations are missing. */
  readonly chi2: number;
  /** `m`: observations that are not missing. */
  readonly count: number;
}

/**
 * Chi-square of an innovation `d = y − H xf` per observation, `dᵀ S⁻¹ d / m`, with `S = H P Hᵀ + R` [Dee1995].
 *
 * NaN in `dy` means missing: that row and column are left out. `S` is factorised by Cholesky: `O(m³ / 3)`. Where a
 * solver for `S` exists already, give `dᵀ S⁻¹ d / m` to {@link InnovationChi2.add} directly.
 * @param dy `[m]` @param S `[m, m]`, or `[m]` for a diagonal matrix
 * @throws ShapeError if the shapes don't fit
 * @throws NumericalError if `S` is not positive definite (`numerical/indefinite`)
 */
export function innovationChi2(dy: ArrayLike64, S: ArrayLike64): InnovationValue {
  const d = toNdArray(dy, "dy").data;
  const covariance = toNdArray(S, "S");
  const m = d.length;
  const diagonal = covariance.shape.length === 1 && covariance.shape[0] === m;
  if (!diagonal && !(covariance.shape.length === 2 && covariance.shape[0] === m && covariance.shape[1] === m))
    throw new ShapeError("S", `expected shape ${shapeText([m, m])}, got ${shapeText(covariance.shape)}`);
  const present: number[] = [];
  for (let i = 0; i < m; i++) if (!Number.isNaN(d[i]!)) present.push(i);
  const entry = (i: number, j: number): number =>
    diagonal ? (i === j ? covariance.data[i]! : 0) : covariance.data[i * m + j]!;
  return { chi2: quadraticForm(present, d, entry, diagonal) / present.length, count: present.length };
}

/** `dᵀ S⁻¹ d` on the given indices as the squared length of `L⁻¹ d`, row by row of the Cholesky factor `L`. */
function quadraticForm(
  indices: readonly number[],
  d: Float64Array,
  entry: (i: number, j: number) => number,
  diagonal: boolean,
): number {
  const L: Float64Array[] = [];
  const z = new Float64Array(indices.length);
  let sum = 0;
  for (let r = 0; r < indices.length; r++) {
    const row = new Float64Array(diagonal ? 0 : r);
    let pivot = entry(indices[r]!, indices[r]!);
    let value = d[indices[r]!]!;
    for (let c = 0; c < row.length; c++) {
      let off = entry(indices[r]!, indices[c]!);
      const other = L[c]!;
      for (let k = 0; k < c; k++) off -= row[k]! * other[k]!;
      row[c] = off / other[c]!;
      pivot -= row[c]! * row[c]!;
      value -= row[c]! * z[c]!;
    }
    if (!(pivot > 0))
      throw new NumericalError("S", `expected a positive definite matrix, got pivot ${pivot} in row ${indices[r]}`, {
        code: "numerical/indefinite",
      });
    const root = Math.sqrt(pivot);
    z[r] = value / root;
    sum += z[r]! * z[r]!;
    const full = new Float64Array(row.length + 1);
    full.set(row);
    full[row.length] = root;
    L.push(full);
  }
  return sum;
}

/** The consistency of innovations over the cycles of a run. */
export interface InnovationConsistency {
  /** `Σ dᵀ S⁻¹ d / Σ m`; above 1 the filter trusts itself (or R) too much, below 1 too little. NaN without a cycle. */
  readonly mean: number;
  /** Where `mean` lies with 95 % probability if all innovations are independent draws of `N(0, S)`. */
  readonly expected: readonly [number, number];
  /** Number of observations in it. */
  readonly observations: number;
  /** Number of cycles in it. */
  readonly cycles: number;
}

/** Accumulates `dᵀ S⁻¹ d / m` over cycles. State: two sums and a counter, readable for checkpoints. */
export class InnovationChi2 {
  /** `Σ dᵀ S⁻¹ d`. */
  sum = 0;
  /** `Σ m`. */
  observations = 0;
  /** Cycles that had an observation. */
  cycles = 0;

  /** Adds a cycle. One without observations (`count` 0) changes nothing; a NaN `chi2` of others makes the mean NaN. */
  add(value: InnovationValue): void {
    if (value.count === 0) return;
    this.sum += value.chi2 * value.count;
    this.observations += value.count;
    this.cycles++;
  }

  /** The mean so far and the interval in which it should be. */
  summary(): InnovationConsistency {
    return {
      mean: this.sum / this.observations,
      expected: this.observations === 0 ? [Number.NaN, Number.NaN] : chi2Interval(this.observations),
      observations: this.observations,
      cycles: this.cycles,
    };
  }
}

/** The 2.5 % and 97.5 % quantiles of a chi-square variable with `count` degrees of freedom, divided by `count`. */
export function chi2Interval(count: number): [number, number] {
  return [chiSquareQuantile(0.025, count) / count, chiSquareQuantile(0.975, count) / count];
}
