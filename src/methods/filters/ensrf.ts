import {
  type AnalysisInput,
  type EnsembleAnalysis,
  type EnsembleMethod,
  type EnsembleOptions,
  ensembleMethod,
  ensembleSettings,
  gaussianLogDensity,
  transformed,
  whitenEnsemble,
} from "../common/index.ts";

/**
 * The serial ensemble square-root filter: observations one after another in random order, without perturbations.
 * O(N² (m + n)) an analysis, as everything but the last product happens in ensemble space.
 * @throws ArgumentError for options out of range
 * @see [WhitakerHamill2002] [Potter1963]
 */
export function ensrf(options: EnsembleOptions): EnsembleMethod {
  return ensembleMethod({
    name: "ensrf",
    settings: ensembleSettings(options),
    update:
      ({ streams }) =>
      (update) =>
        ensrfAnalysis({
          ...update,
          order: streams.stream("observation-order", update.cycle).permutation(update.y.length),
        }),
  });
}

export interface EnsrfAnalysisInput extends AnalysisInput {
  /** In which order the (whitened) observations are taken; as they are when left out. */
  readonly order?: ArrayLike<number>;
}

/**
 * One serial analysis. For each whitened observation with anomalies y and C = y·y + N − 1 the anomalies become
 * X − α y (yᵀX)/C with Potter's α = 1/(1 + sqrt((N − 1)/C)). Mean and covariance don't depend on the order, members do.
 * @see [WhitakerHamill2002] [Potter1963]
 */
export function ensrfAnalysis(input: EnsrfAnalysisInput): Required<EnsembleAnalysis> {
  const { E, mean, Y, dy } = whitenEnsemble(input);
  const [N, m] = [Y.shape[0]!, dy.length];
  const k = N - 1;
  // X is T X₀ and the mean x̄ + Xᵀ₀ w: the state isn't touched before the end.
  const T = new Float64Array(N * N);
  for (let i = 0; i < N; i++) T[i * N + i] = 1;
  const [w, column, y, back] = [new Float64Array(N), new Float64Array(N), new Float64Array(N), new Float64Array(N)];
  let chi2 = 0;
  let logDet = input.R.logDeterminant();
  for (let step = 0; step < m; step++) {
    const j = input.order?.[step] ?? step;
    for (let i = 0; i < N; i++) column[i] = Y.data[i * m + j]!;
    let C = k;
    let d = dy[j]!;
    for (let i = 0; i < N; i++) {
      let sum = 0;
      for (let l = 0; l < N; l++) sum += T[i * N + l]! * column[l]!;
      y[i] = sum;
      C += sum * sum;
      d -= w[i]! * column[i]!;
    }
    back.fill(0);
    for (let i = 0; i < N; i++) for (let l = 0; l < N; l++) back[l]! += T[i * N + l]! * y[i]!;
    const alpha = 1 / (1 + Math.sqrt(k / C));
    for (let i = 0; i < N; i++) {
      w[i]! += (back[i]! * d) / C;
      const factor = (alpha * y[i]!) / C;
      for (let l = 0; l < N; l++) T[i * N + l]! -= factor * back[l]!;
    }
    chi2 += (d * d * k) / C;
    logDet += Math.log(C / k);
  }
  return { ensemble: transformed(E, mean, w, T), chi2, logEvidence: gaussianLogDensity(chi2, logDet, m) };
}
