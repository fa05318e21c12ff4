import { ArgumentError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import {
  type AnalysisInput,
  anomalies,
  collectRun,
  type EnsembleAnalysis,
  type EnsembleMethod,
  type EnsembleOptions,
  ensembleMean,
  ensembleMethod,
  ensembleSettings,
  gaussianLogDensity,
  innovationCovariance,
  type LocalizationOptions,
  type MethodRun,
  observationPerturbations,
  type RunOptions,
  type SerialReach,
  seenReaches,
  taperedInnovationCovariance,
} from "../common/index.ts";
import type { Problem } from "../method.ts";

export interface EnkfOptions extends EnsembleOptions {
  /**
   * `centred` (default): the observations' perturbations are given mean zero and multiplied by sqrt(N/(N − 1)), which
   * keeps the analysis mean free of their sampling error. `raw`: as drawn.
   */
  readonly perturbations?: "centred" | "raw";
  /** How far observations reach; everywhere when left out. */
  readonly localization?: LocalizationOptions;
}

/**
 * The stochastic ensemble Kalman filter: each member is analysed against observations perturbed by a draw of their errors.
 * Nonlinear operators act on the members. O(N² n) an analysis, plus the smaller of O(m³ + m² N) and O(N³ + N² m).
 * @throws ArgumentError for fewer than 2 members, an inflation that isn't positive, an unknown kind of perturbations
 * @see [Evensen1994] [Burgers1998]
 */
export function enkf(options: EnkfOptions): EnsembleMethod {
  const { perturbations = "centred", localization } = options;
  const settings = ensembleSettings(options);
  if (perturbations !== "centred" && perturbations !== "raw")
    throw new ArgumentError("perturbations", `expected centred or raw, got ${perturbations}`);
  const centred = perturbations === "centred";
  const { members } = settings;
  return ensembleMethod({
    name: "enkf",
    settings,
    options: { perturbations },
    localization,
    update:
      ({ streams }, local) =>
      async (update) => {
        const { R, E, cycle, observation, indices } = update;
        const reach = await local?.reaches(observation, update.mean ?? ensembleMean(E));
        return enkfAnalysis({
          ...update,
          perturbations: observationPerturbations(R, members, streams, cycle, centred),
          ...(reach && { reach: seenReaches(reach, indices) }),
        });
      },
  });
}

export interface EnkfAnalysisInput extends AnalysisInput {
  /** What is added to y for each member [N, m]. */
  readonly perturbations: NdArray;
  /** What each observation touches, with tapers; everything when left out. */
  readonly reach?: readonly SerialReach[];
}

/**
 * One stochastic analysis: x_i + X Yᵀ (Yᵀ Y + (N − 1) R)⁻¹ (y + e_i − H(x_i)) with the anomalies X of the members and Y
 * of what is observed of them. With tapers both covariances are multiplied by them, element by element.
 * @throws NumericalError for numbers that are not finite
 * @see [Burgers1998] [HoutekamerMitchell2001]
 */
export function enkfAnalysis(input: EnkfAnalysisInput): Required<EnsembleAnalysis> {
  const { E, HE, y, R, perturbations, reach, mean, meanHE = ensembleMean(HE) } = input;
  const [N, n, m] = [E.shape[0]!, E.shape[1]!, y.length];
  const Y = anomalies(HE, meanHE);
  const S = reach === undefined ? innovationCovariance(Y, R) : taperedInnovationCovariance(Y, R, reach);
  const D = new Float64Array(N * m);
  for (let row = 0; row < N * m; row += m)
    for (let i = 0; i < m; i++) D[row + i] = y[i]! + perturbations.data[row + i]! - HE.data[row + i]!;
  const ensemble = S.increments({ data: D, shape: [N, m] }, anomalies(E, mean)).data;
  for (let i = 0; i < ensemble.length; i++) ensemble[i] = E.data[i]! + ensemble[i]!;
  const chi2 = S.chi2(y.map((value, i) => value - meanHE[i]!));
  return {
    ensemble: { data: ensemble, shape: [N, n] },
    chi2,
    logEvidence: gaussianLogDensity(chi2, S.logDeterminant, m),
  };
}

/** Runs the stochastic ensemble Kalman filter over all observation times. */
export function ensembleKalmanFilter(problem: Problem, options: EnkfOptions & RunOptions): Promise<MethodRun> {
  return collectRun(enkf(options), problem, options);
}
