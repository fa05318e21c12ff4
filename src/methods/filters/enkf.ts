import { ArgumentError } from "../../engine/errors/index.ts";
import type { RandomStreams } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import {
  anomalies,
  checkCount,
  checkPositive,
  collectRun,
  type EnsembleAnalysis,
  ensembleFilter,
  ensembleMean,
  gaussianLogDensity,
  innovationCovariance,
  type MethodRun,
  type RunOptions,
  sequential,
} from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";

export interface EnkfOptions {
  /** Ensemble size, at least 2. */
  readonly members: number;
  /** Factor on the anomalies after an analysis, a standard-deviation factor; 1 by default. */
  readonly inflation?: number;
  /**
   * `centred` (default): the observations' perturbations are given mean zero and multiplied by sqrt(N/(N − 1)), which
   * keeps the analysis mean free of their sampling error. `raw`: as drawn.
   */
  readonly perturbations?: "centred" | "raw";
}

/**
 * The stochastic ensemble Kalman filter: each member is analysed against observations perturbed by a draw of their errors.
 * Nonlinear operators act on the members. O(N² n) an analysis, plus the smaller of O(m³ + m² N) and O(N³ + N² m).
 * @throws ArgumentError for fewer than 2 members, an inflation that isn't positive, an unknown kind of perturbations
 * @see [Evensen1994] [Burgers1998]
 */
export function enkf(options: EnkfOptions): Method {
  const { members, inflation = 1, perturbations = "centred" } = options;
  checkCount("members", members, 2);
  checkPositive("inflation", inflation);
  if (perturbations !== "centred" && perturbations !== "raw")
    throw new ArgumentError("perturbations", `expected centred or raw, got ${perturbations}`);
  return Object.freeze({
    name: "enkf",
    options: { members, inflation, perturbations },
    run: (problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> => {
      const centred = perturbations === "centred";
      const filter = ensembleFilter(problem, context, {
        members,
        inflation,
        analyse: (E, HE, y, R, cycle) =>
          enkfAnalysis({ E, HE, y, R, perturbations: drawPerturbations(R, members, context.streams, cycle, centred) }),
      });
      return sequential(problem, context, filter);
    },
  });
}

/** Draws of the observation errors [N, m], one from each member's stream "perturbation". */
function drawPerturbations(
  R: Covariance,
  members: number,
  streams: RandomStreams,
  cycle: number,
  centred: boolean,
): NdArray {
  const m = R.size;
  const data = new Float64Array(members * m);
  for (let member = 0; member < members; member++)
    data.set(R.sample(streams.stream("perturbation", cycle, member)), member * m);
  const D = { data, shape: [members, m] };
  if (!centred) return D;
  const factor = Math.sqrt(members / (members - 1));
  const X = anomalies(D);
  for (let i = 0; i < X.data.length; i++) X.data[i] = X.data[i]! * factor;
  return X;
}

export interface EnkfAnalysisInput {
  /** Forecast members [N, n]. */
  readonly E: NdArray;
  /** The observation operator on each member [N, m]. */
  readonly HE: NdArray;
  /** Observations [m]. */
  readonly y: Float64Array;
  /** Covariance of their errors. */
  readonly R: Covariance;
  /** What is added to y for each member [N, m]. */
  readonly perturbations: NdArray;
}

/**
 * One stochastic analysis: x_i + X Yᵀ (Yᵀ Y + (N − 1) R)⁻¹ (y + e_i − H(x_i)) with the anomalies X of the members and Y
 * of what is observed of them.
 * @throws NumericalError for numbers that are not finite
 * @see [Burgers1998]
 */
export function enkfAnalysis({ E, HE, y, R, perturbations }: EnkfAnalysisInput): Required<EnsembleAnalysis> {
  const [N, n, m] = [E.shape[0]!, E.shape[1]!, y.length];
  const meanHE = ensembleMean(HE);
  const S = innovationCovariance(anomalies(HE, meanHE), R);
  const D = new Float64Array(N * m);
  for (let row = 0; row < N * m; row += m)
    for (let i = 0; i < m; i++) D[row + i] = y[i]! + perturbations.data[row + i]! - HE.data[row + i]!;
  const ensemble = S.increments({ data: D, shape: [N, m] }, anomalies(E)).data;
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
