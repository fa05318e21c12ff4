import type { NdArray } from "../../engine/tensor/index.ts";
import {
  type AnalysisInput,
  anomalies,
  checkInterpolation,
  type EnsembleAnalysis,
  type EnsembleMethod,
  ensembleMean,
  ensembleMethod,
  ensembleSettings,
  interpolatedTransforms,
  type LocalPatch,
  type LocalPatches,
  type LocalTransforms,
  localTransforms,
  type ObservedRows,
  type PlaceEnsembleOptions,
  seenPatches,
  sharedLocalTransforms,
  standardLocalization,
  transformRows,
  whitenRows,
} from "../common/index.ts";

/**
 * The local ensemble transform Kalman filter: at every place an ETKF of its own with the observations within reach, the
 * inverse of their error covariance tapered by distance. Rotation turns all places by one matrix. With p observations
 * within reach O(N² p + N³) for each place and O(N²) for each variable; places are shared among the threads of `compute`.
 * On regular grids they can be interpolated from fewer points (`localization.interpolation`).
 * @throws ArgumentError for options out of range
 * @see [Hunt2007] [SakovBertino2011] [Yang2009]
 */
export function letkf(options: PlaceEnsembleOptions): EnsembleMethod {
  const { localization = standardLocalization }: PlaceEnsembleOptions = options;
  checkInterpolation(localization.interpolation);
  return ensembleMethod({
    name: "letkf",
    settings: ensembleSettings(options),
    localization,
    update:
      (_, local, { compute }) =>
      async (update) => {
        const { E, observation, indices } = update;
        if (local === undefined) throw new Error("letkf without places");
        const all = await local.patches(observation, ensembleMean(E));
        const patches = seenPatches(all, indices, observation.values.length);
        const [stride, threads] = [localization.interpolation ?? 1, compute?.threads ?? 1];
        if (stride === 1) return sharedLetkfAnalysis({ ...update, patches }, threads);
        const { input, result } = letkfParts({ ...update, patches });
        await interpolatedTransforms({ ...input, patches }, local.domain, stride, threads);
        return result;
      },
  });
}

export interface LetkfAnalysisInput extends AnalysisInput {
  /** For every place its variables and the observations that its analysis takes, with tapers of R⁻¹: an array will do. */
  readonly patches: LocalPatches;
}

/**
 * One analysis of all places. Independent errors are whitened once; correlated ones for each place's observations, as
 * ρ^(1/2) R⁻¹ ρ^(1/2) of these. Variables in no patch, or out of reach of every observation, keep their members.
 * @throws NumericalError for anomalies that are not finite
 * @see [Hunt2007]
 */
export function letkfAnalysis(analysis: LetkfAnalysisInput): EnsembleAnalysis {
  const { input, result } = letkfParts(analysis);
  localTransforms(input);
  return result;
}

/** The same, to the last bit, with places shared among threads. */
export async function sharedLetkfAnalysis(analysis: LetkfAnalysisInput, threads: number): Promise<EnsembleAnalysis> {
  const { input, result } = letkfParts(analysis);
  await sharedLocalTransforms(input, threads);
  return result;
}

/** What transforms need, and the analysis, whose members they write. */
function letkfParts({ E, HE, y, R, patches }: LetkfAnalysisInput): {
  readonly input: LocalTransforms;
  readonly result: EnsembleAnalysis;
} {
  const meanHE = ensembleMean(HE);
  const raw = anomalies(HE, meanHE);
  const innovation = y.map((value, i) => value - meanHE[i]!);
  const observed =
    R.kind === "scalar" || R.kind === "diagonal"
      ? { rows: transformRows(whitenRows(raw, R)), targets: R.whiten(innovation) }
      : ({ observations, tapers }: LocalPatch): ObservedRows => {
          const part = R.restrict(observations);
          const roots = tapers.map(Math.sqrt);
          return {
            rows: transformRows(whitenRows(tapered(raw, observations, roots), part)),
            targets: part.whiten(roots.map((root, j) => root * innovation[observations[j]!]!)),
          };
        };
  const out = E.data.slice();
  return {
    input: { E, out, mean: ensembleMean(E), patches, observed },
    result: { ensemble: { data: out, shape: E.shape } },
  };
}

/** Columns of Y [N, m], each times a root of its taper: [N, p]. */
function tapered(Y: NdArray, columns: Int32Array, roots: Float64Array): NdArray {
  const [N, m, p] = [Y.shape[0]!, Y.shape[1]!, columns.length];
  const data = new Float64Array(N * p);
  for (let i = 0; i < N; i++) for (let j = 0; j < p; j++) data[i * p + j] = roots[j]! * Y.data[i * m + columns[j]!]!;
  return { data, shape: [N, p] };
}
