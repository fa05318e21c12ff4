import { anomalies, ensembleMean, recentre } from "./ensemble.ts";
import { gaussianLogDensity, whitenRows } from "./innovation.ts";
import type { AnalysisInput, EnsembleAnalysis } from "./whitened.ts";

/** What one observation touches: state variables and observations with their tapers. */
export interface SerialReach {
  readonly variables: Int32Array;
  readonly variableTapers: Float64Array;
  readonly observations: Int32Array;
  readonly observationTapers: Float64Array;
}

export interface SerialOptions {
  /** Changes of the observed members [N] for their values z [N], the observation y and unit error variance. */
  increments(z: Float64Array, y: number): Float64Array;
  /** What each observation touches; everything when left out. */
  readonly reach?: readonly SerialReach[];
  /** In which order they come; as they are when left out. */
  readonly order?: ArrayLike<number>;
  /** Factor on a regression coefficient for the sample correlation behind it; 1 when left out. */
  readonly correction?: (correlation: number) => number;
}

/**
 * One observation after another: changes of the observed members, regressed on the state and on the observations still to
 * come, with tapers. Errors are made independent first (with correlated ones a whitened observation keeps its place).
 * O(m N (n + m)), or what the tapers leave of it. χ² and evidence are sums over the observations, exact without tapers.
 * @see [Anderson2003]
 */
export function serialAnalysis(input: AnalysisInput, options: SerialOptions): Required<EnsembleAnalysis> {
  const { E, HE, y, R } = input;
  const [N, n, m] = [E.shape[0]!, E.shape[1]!, y.length];
  const mean = ensembleMean(E);
  const X = anomalies(E, mean).data;
  const Z = whitenRows(HE, R).data;
  const target = R.whiten(y);
  const [z, centred] = [new Float64Array(N), new Float64Array(N)];
  let chi2 = 0;
  let logDet = R.logDeterminant();
  for (let step = 0; step < m; step++) {
    const j = options.order?.[step] ?? step;
    let average = 0;
    for (let k = 0; k < N; k++) {
      z[k] = Z[k * m + j]!;
      average += z[k]! / N;
    }
    let square = 0;
    for (let k = 0; k < N; k++) {
      centred[k] = z[k]! - average;
      square += centred[k]! ** 2;
    }
    const variance = square / (N - 1) + 1;
    chi2 += (target[j]! - average) ** 2 / variance;
    logDet += Math.log(variance);
    if (!(square > 0)) continue;
    const change = options.increments(z, target[j]!);
    const reach = options.reach?.[j];
    const factors = centred.map((value) => value / square);
    const { correction } = options;
    const weigh =
      correction &&
      ((slope: Float64Array, squares: Float64Array) => {
        for (let i = 0; i < slope.length; i++)
          slope[i]! *= squares[i]! > 0 ? correction(slope[i]! * Math.sqrt(square / squares[i]!)) : 1;
      });
    regress(X, n, factors, change, weigh, reach?.variables, reach?.variableTapers);
    regress(Z, m, factors, change, weigh, reach?.observations, reach?.observationTapers);
  }
  return {
    ensemble: recentre(mean, { data: X, shape: E.shape }),
    chi2,
    logEvidence: gaussianLogDensity(chi2, logDet, m),
  };
}

/** A_ki += taper_i change_k Σ_l factors_l A_li, over all columns or those given; `weigh` changes the sums, given those of squared anomalies. */
function regress(
  A: Float64Array,
  width: number,
  factors: Float64Array,
  change: Float64Array,
  weigh?: (slope: Float64Array, squares: Float64Array) => void,
  columns?: Int32Array,
  tapers?: Float64Array,
): void {
  const N = factors.length;
  const count = columns?.length ?? width;
  const slope = new Float64Array(count);
  for (let k = 0; k < N; k++) {
    const [row, factor] = [k * width, factors[k]!];
    if (columns === undefined) for (let i = 0; i < count; i++) slope[i]! += factor * A[row + i]!;
    else for (let i = 0; i < count; i++) slope[i]! += factor * A[row + columns[i]!]!;
  }
  weigh?.(slope, squaresOf(A, width, N, count, columns));
  if (tapers !== undefined) for (let i = 0; i < count; i++) slope[i]! *= tapers[i]!;
  for (let k = 0; k < N; k++) {
    const [row, factor] = [k * width, change[k]!];
    if (columns === undefined) for (let i = 0; i < count; i++) A[row + i]! += factor * slope[i]!;
    else for (let i = 0; i < count; i++) A[row + columns[i]!]! += factor * slope[i]!;
  }
}

/** Σ_k (A_ki − mean)² of columns. */
function squaresOf(A: Float64Array, width: number, N: number, count: number, columns?: Int32Array): Float64Array {
  const [mean, out] = [new Float64Array(count), new Float64Array(count)];
  const at = (k: number, i: number): number => A[k * width + (columns?.[i] ?? i)]!;
  for (let k = 0; k < N; k++) for (let i = 0; i < count; i++) mean[i]! += at(k, i) / N;
  for (let k = 0; k < N; k++) for (let i = 0; i < count; i++) out[i]! += (at(k, i) - mean[i]!) ** 2;
  return out;
}
