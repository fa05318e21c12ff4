import {
  type AnalysisInput,
  anomalies,
  type EnsembleAnalysis,
  type EnsembleMethod,
  type EnsembleOptions,
  ensembleMean,
  ensembleMethod,
  ensembleSettings,
  gaussianLogDensity,
  innovationCovariance,
} from "../common/index.ts";

/**
 * The deterministic ensemble Kalman filter: the anomalies are moved by half of Kalman's gain, which leaves their covariance a
 * little too large, (I − K H) P + ¼ K H P Hᵀ Kᵀ. O(N² (m + n)) and the smaller of O(m³) and O(N³) an analysis.
 * @throws ArgumentError for options out of range
 * @see [SakovOke2008]
 */
export function denkf(options: EnsembleOptions): EnsembleMethod {
  return ensembleMethod({ name: "denkf", settings: ensembleSettings(options), update: () => denkfAnalysis });
}

/**
 * One analysis: x̄ ← x̄ + K d and X ← X − ½ Y Kᵀ with Kalman's gain K of the sample covariance.
 * @throws NumericalError for numbers that are not finite
 * @see [SakovOke2008]
 */
export function denkfAnalysis({ E, HE, y, R }: AnalysisInput): Required<EnsembleAnalysis> {
  const [N, n, m] = [E.shape[0]!, E.shape[1]!, y.length];
  const meanHE = ensembleMean(HE);
  const Y = anomalies(HE, meanHE);
  const S = innovationCovariance(Y, R);
  const d = y.map((value, i) => value - meanHE[i]!);
  const D = new Float64Array(N * m);
  for (let row = 0; row < N * m; row += m) for (let i = 0; i < m; i++) D[row + i] = d[i]! - 0.5 * Y.data[row + i]!;
  const ensemble = S.increments({ data: D, shape: [N, m] }, anomalies(E)).data;
  for (let i = 0; i < N * n; i++) ensemble[i] = E.data[i]! + ensemble[i]!;
  const chi2 = S.chi2(d);
  return {
    ensemble: { data: ensemble, shape: [N, n] },
    chi2,
    logEvidence: gaussianLogDensity(chi2, S.logDeterminant, m),
  };
}
