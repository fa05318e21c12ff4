import { matvec } from "../../engine/linalg/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import {
  type AnalysisInput,
  anomalies,
  type EnsembleAnalysis,
  type EnsembleMethod,
  ensembleEigen,
  ensembleMean,
  ensembleMethod,
  ensembleSettings,
  fromEigen,
  type LocalEnsembleOptions,
  type LocalPatch,
  seenPatches,
  standardLocalization,
  whitenRows,
} from "../common/index.ts";

/**
 * The local ensemble transform Kalman filter: at every place an ETKF of its own with the observations within reach, the
 * inverse of their error covariance tapered by distance. Rotation turns all places by one matrix. With p observations
 * within reach O(N² p + N³) for each place and O(N²) for each variable.
 * @throws ArgumentError for options out of range
 * @see [Hunt2007] [SakovBertino2011]
 */
export function letkf(options: LocalEnsembleOptions): EnsembleMethod {
  const { localization = standardLocalization } = options;
  return ensembleMethod({
    name: "letkf",
    settings: ensembleSettings(options),
    localization,
    update: (_, local) => async (update) => {
      const { E, observation, indices } = update;
      const all = (await local?.patches(observation, ensembleMean(E))) ?? [];
      return letkfAnalysis({ ...update, patches: seenPatches(all, indices, observation.values.length) });
    },
  });
}

export interface LetkfAnalysisInput extends AnalysisInput {
  /** For every place its variables and the observations that its analysis takes, with tapers of R⁻¹. */
  readonly patches: readonly LocalPatch[];
}

/**
 * One analysis of all places. Independent errors are whitened once; correlated ones for each place's observations, as
 * ρ^(1/2) R⁻¹ ρ^(1/2) of these. Variables in no patch, or out of reach of every observation, keep their members.
 * @throws NumericalError for anomalies that are not finite
 * @see [Hunt2007]
 */
export function letkfAnalysis({ E, HE, y, R, patches }: LetkfAnalysisInput): EnsembleAnalysis {
  const [N, n, m] = [E.shape[0]!, E.shape[1]!, y.length];
  const independent = R.kind === "scalar" || R.kind === "diagonal";
  const mean = ensembleMean(E);
  const X = anomalies(E, mean).data;
  const meanHE = ensembleMean(HE);
  const raw = anomalies(HE, meanHE);
  const Y = independent ? whitenRows(raw, R).data : raw.data;
  const innovation = y.map((value, i) => value - meanHE[i]!);
  const dy = independent ? R.whiten(innovation) : innovation;
  const out = E.data.slice();
  const T = new Float64Array(N * N);
  for (const { variables, observations, tapers } of patches) {
    const p = observations.length;
    if (p === 0) continue;
    let local: NdArray = { data: new Float64Array(N * p), shape: [N, p] };
    let d: Float64Array = new Float64Array(p);
    for (let j = 0; j < p; j++) {
      const [from, root] = [observations[j]!, Math.sqrt(tapers[j]!)];
      d[j] = root * dy[from]!;
      for (let i = 0; i < N; i++) local.data[i * p + j] = root * Y[i * m + from]!;
    }
    if (!independent) {
      const part = R.restrict(observations);
      local = whitenRows(local, part);
      d = part.whiten(d);
    }
    localTransform(local, d, T);
    for (const i of variables)
      for (let member = 0; member < N; member++) {
        let sum = mean[i]!;
        for (let l = 0; l < N; l++) sum += T[member * N + l]! * X[l * n + i]!;
        out[member * n + i] = sum;
      }
  }
  return { ensemble: { data: out, shape: [N, n] } };
}

/** Weights of the mean and symmetric square root, added: x_i = x̄ + T_i X. */
function localTransform(Y: NdArray, dy: Float64Array, T: Float64Array): void {
  const N = Y.shape[0]!;
  const k = N - 1;
  const { values, vectors, projected } = ensembleEigen(Y, dy);
  fromEigen(
    vectors,
    values.map((value) => Math.sqrt(k / (value + k))),
    T,
  );
  const w = matvec(
    vectors,
    projected.map((value, i) => value / (values[i]! + k)),
    N,
    N,
  );
  for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) T[i * N + j]! += w[j]!;
}
