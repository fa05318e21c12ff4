import { CapabilityError, NumericalError } from "../../engine/errors/index.ts";
import {
  cholesky,
  choleskySolve,
  gemm,
  logDeterminant,
  matvec,
  solveLowerTransposed,
} from "../../engine/linalg/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { type Covariance, scalarCovariance } from "../../problem/covariance/index.ts";
import type { Observation, PresentObservations } from "../../problem/observe/index.ts";
import {
  addRoots,
  covarianceRoot,
  innovationCovariance,
  seenColumns,
  tangentRows,
  weightedMean,
  weightedRows,
  whitenRows,
} from "../common/index.ts";

/** Where particles are drawn from: the model alone, or the model and the observations. */
export type Proposal = "bootstrap" | "optimal" | "enkf";

export interface GuidedInput {
  /** Particles before the error of the last model step was added, [N, n]. */
  readonly centres: NdArray;
  /** The same with that error, what is seen of them [N, m], and their weights: the ensemble that a gain is estimated from. */
  readonly E: NdArray;
  readonly HE: NdArray;
  readonly w: Float64Array;
  readonly observation: Observation;
  /** What was seen of it. */
  readonly seen: PresentObservations;
  readonly R: Covariance;
  /** Covariance of the error of the last step. */
  readonly error: Covariance;
  /** Random numbers of a particle. */
  stream(member: number): RandomStream;
}

/** Particles drawn from a proposal q(x | x′, y). */
export interface Guided {
  /** [N, n]. */
  readonly ensemble: NdArray;
  /** ln p(x | x′) − ln q(x | x′, y) of each: with the likelihood the factor of its weight. */
  readonly corrections: Float64Array;
}

/**
 * The optimal proposal p(x | x′, y) under the error ZᵀZ of the last step: x = f + Zᵀv with v ~ N(0, I) a priori and
 * N(G⁻¹ Y d, G⁻¹) given y, G = I + Y Yᵀ, Y the whitened rows H Z. When H is linear, weights don't depend on the draw; else H is
 * linearised at f, and the weights are right all the same. O(n³ + N n (n + m)), for a nonlinear H O(N n² (n + m)).
 * @throws CapabilityError for a nonlinear operator without a derivative
 * @see [Doucet2000] [Snyder2015]
 */
export async function optimalProposal(input: GuidedInput): Promise<Guided> {
  const { centres, observation, seen, R, error, stream } = input;
  const { operator, time } = observation;
  const [N, n] = [centres.shape[0]!, centres.shape[1]!];
  const Z = covarianceRoot(error);
  const k = Z.shape[0]!;
  const D = await whitenedInnovations(input);
  const m = D.shape[1]!;
  const linearised = async (member: number) => {
    const rows = await tangentRows("particle", operator, row(centres, member), Z, time);
    const Y = whitenRows(seenColumns(observation, seen, rows), R).data;
    const G = gemm(k, k, m, Y, Y, { transB: true });
    for (let i = 0; i < k; i++) G[i * k + i]! += 1;
    const factor = cholesky(G, k);
    if (!factor.ok)
      throw new NumericalError(
        `operator "${operator.name}"`,
        `expected finite derivatives, got pivot ${factor.value} in row ${factor.pivot} of I + Y Yᵀ`,
        { member, code: "numerical/indefinite" },
      );
    return { Y, L: factor.L, half: 0.5 * logDeterminant(factor.L, k) };
  };
  const data = centres.data.slice();
  const corrections = new Float64Array(N);
  let at = await linearised(0);
  for (let member = 0; member < N; member++) {
    if (member > 0 && !operator.linear) at = await linearised(member);
    const { Y, L, half } = at;
    const draw = stream(member).normals(k);
    const v = choleskySolve(L, k, matvec(Y, row(D, member), k, m));
    solveLowerTransposed(L, k, draw).forEach((value, i) => {
      v[i]! += value;
    });
    corrections[member] = 0.5 * (squares(draw) - squares(v)) - half;
    add(data, member, gemm(1, n, k, v, Z.data));
  }
  return { ensemble: { data, shape: [N, n] }, corrections };
}

/**
 * The weighted ensemble Kalman filter's proposal, x = f + η + K (y + ε − H(f + η)) with the gain K of the forecast ensemble: a Gaussian with
 * mean f + K (y − H f) and covariance (I − K H) Q (I − K H)ᵀ + K R Kᵀ, whose weights are computed exactly. A nonlinear H is
 * linearised at the forecast mean there. O(n² (n + m) + N n² + N² (n + m)).
 * @throws CapabilityError for an error without variance in some direction, or a nonlinear operator without a derivative
 * @see [Papadakis2010]
 */
export async function enkfProposal(input: GuidedInput): Promise<Guided> {
  const { centres, E, HE, w, observation, seen, R, error, stream } = input;
  const { operator, time } = observation;
  const [N, n] = [centres.shape[0]!, centres.shape[1]!];
  if (!Number.isFinite(error.logDeterminant()))
    throw new CapabilityError(
      "particle",
      "expected a positive definite model error for `proposal: enkf`, got one without variance in some direction: use `proposal: optimal`",
    );
  const mean = weightedMean(E, w);
  const m = HE.shape[1]!;
  const S = innovationCovariance(weightedRows(HE, w, weightedMean(HE, w)), R, 1);
  const gainRows = S.increments(unit(m), weightedRows(E, w, mean)).data;
  const Z = covarianceRoot(error);
  const HZ = seenColumns(observation, seen, await tangentRows("particle", operator, mean, Z, time)).data;
  // Rows of (I − K H) Q^(1/2) and K R^(1/2); together a triangular root.
  const moved = gemm(Z.shape[0]!, n, m, HZ, gainRows).map((value, at) => Z.data[at]! - value);
  const noise = covarianceRoot(R);
  const seenNoise = gemm(noise.shape[0]!, n, m, noise.data, gainRows);
  const root = addRoots({ data: moved, shape: Z.shape }, { data: seenNoise, shape: [noise.shape[0]!, n] }).data;
  let halfRatio = -0.5 * error.logDeterminant();
  for (let i = 0; i < n; i++) halfRatio += Math.log(Math.abs(root[i * n + i]!));
  const D = await innovations(input);
  const data = centres.data.slice();
  const corrections = new Float64Array(N);
  for (let member = 0; member < N; member++) {
    const draw = stream(member).normals(n);
    const step = gemm(1, n, m, row(D, member), gainRows);
    gemm(1, n, n, draw, root).forEach((value, i) => {
      step[i]! += value;
    });
    corrections[member] = 0.5 * (squares(draw) - squares(error.whiten(step))) + halfRatio;
    add(data, member, step);
  }
  return { ensemble: { data, shape: [N, n] }, corrections };
}

/** y − H(f) of every particle, [N, m]. */
async function innovations({ centres, observation, seen }: GuidedInput): Promise<NdArray> {
  const { operator, time } = observation;
  const { data, shape } = seenColumns(observation, seen, await operator.applyBatch(centres, time));
  const m = shape[1]!;
  return { data: data.map((value, at) => seen.values[at % m]! - value), shape };
}

async function whitenedInnovations(input: GuidedInput): Promise<NdArray> {
  return whitenRows(await innovations(input), input.R);
}

function row({ data, shape }: NdArray, k: number): Float64Array {
  const n = shape[1]!;
  return data.subarray(k * n, (k + 1) * n);
}

function add(data: Float64Array, member: number, change: Float64Array): void {
  const n = change.length;
  for (let i = 0; i < n; i++) data[member * n + i]! += change[i]!;
}

function unit(n: number): NdArray {
  return { data: scalarCovariance(n, 1).dense(), shape: [n, n] };
}

function squares(v: Float64Array): number {
  return v.reduce((sum, value) => sum + value * value, 0);
}
