/** What summary.json says of a run; numbers that a run can't have or that aren't finite are left out. */
export interface Summary {
  readonly method: string;
  readonly seed: number;
  /** Finished cycles. */
  readonly cycles: number;
  readonly status: "done" | "stopped" | "failed";
  /** Why it isn't done. */
  readonly reason?: string;
  /** Means over the cycles after burn-in of sqrt(mean_i (mean_i − truth_i)²); for windows at both of their ends. */
  readonly rmse?: {
    readonly forecast?: number;
    readonly analysis?: number;
    /** Of a smoother: given later observations too. */
    readonly smoother?: number;
    readonly windowStart?: number;
    readonly windowEnd?: number;
  };
  /** Means over the cycles after burn-in of the root mean square of the standard deviations. */
  readonly spread?: { readonly forecast?: number; readonly analysis?: number };
  /** Half-width of the 95 % interval of rmse.analysis. */
  readonly rmseConfidence?: { readonly analysis?: number };
  /** ln p(y_1 … y_K), of all cycles. */
  readonly logEvidence?: number;
  readonly crps?: { readonly analysis?: number };
  /** Σ dᵀ S⁻¹ d / Σ m and the mean of all innovations, after burn-in. */
  readonly innovation?: { readonly chi2?: number; readonly mean?: number };
  /** Means over all windows, and how many there are and how many converged. */
  readonly cost?: {
    readonly initial?: number;
    readonly final?: number;
    readonly iterations?: number;
    readonly gradientNorm?: number;
    readonly windows?: number;
    readonly converged?: number;
  };
  readonly seconds: {
    readonly total: number;
    readonly forecast: number;
    readonly analysis: number;
    readonly compile: number;
  };
}

/** An object without the entries that aren't finite; nothing when none is left. */
export function finite<K extends string>(numbers: Readonly<Record<K, number>>): { [P in K]?: number } | undefined {
  const out: { [P in K]?: number } = {};
  let some = false;
  for (const key in numbers) {
    if (!Number.isFinite(numbers[key])) continue;
    out[key] = numbers[key];
    some = true;
  }
  return some ? out : undefined;
}
