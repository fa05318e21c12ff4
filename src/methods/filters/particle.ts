import { ArgumentError, NumericalError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { AnalysisInput } from "../common/index.ts";
import {
  checkCount,
  checkOnFailure,
  drawsOf,
  effectiveSize,
  ensembleInnovation,
  forecastEnsemble,
  initialEnsemble,
  mender,
  type OnFailure,
  type Resampling,
  resample,
  restarted,
  rootDeviations,
  type SequentialFilter,
  savedArray,
  sequential,
  stepError,
  weightedMean,
  weightedRows,
} from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";

export interface ParticleOptions {
  /** Number of particles, at least 2. */
  readonly particles: number;
  /** How survivors are chosen, `systematic` by default. */
  readonly resampling?: Resampling;
  /** Resample when the effective size falls below this part of the particles, 0.5 by default. */
  readonly threshold?: number;
  /**
   * Survivors are moved by draws of a kernel: its bandwidth by Silverman's rule (`auto`, the default), or that times a number; 0
   * leaves copies, which only model error tells apart.
   */
  readonly jitter?: "auto" | number;
  /** What to do when particles blow up or none explains the observations, `stop` by default. */
  readonly onFailure?: OnFailure;
}

interface Particles {
  readonly E: NdArray;
  /** Weights, sum 1. */
  readonly w: Float64Array;
}

/**
 * The bootstrap particle filter: members move by the model and are weighted by the likelihood of the observations; no Gaussian is
 * supposed anywhere. Their number has to grow exponentially with the number of independent observations: for few variables. O(N (n + m)) an
 * analysis and the whitening of N vectors.
 *
 * The analysis mean and spread are those of the weighted particles before resampling. The saved ensemble has equal weights: the
 * resampled particles, or a draw of them at times without resampling.
 * @throws ArgumentError for options out of range
 * @see [Gordon1993] [Musso2001]
 */
export function particle(options: ParticleOptions): Method {
  const { particles, resampling = "systematic", threshold = 0.5, jitter = "auto", onFailure = "stop" } = options;
  checkCount("particles", particles, 2);
  if (!["systematic", "stratified", "residual"].includes(resampling))
    throw new ArgumentError("resampling", `expected systematic, stratified or residual, got ${resampling}`);
  if (!(threshold >= 0 && threshold <= 1))
    throw new ArgumentError("threshold", `expected a number from 0 to 1, got ${threshold}`);
  if (jitter !== "auto" && !(jitter >= 0 && jitter < Number.POSITIVE_INFINITY))
    throw new ArgumentError("jitter", `expected auto or a number of at least 0, got ${jitter}`);
  checkOnFailure(onFailure);
  const settings = { particles, resampling, threshold, jitter, onFailure } as const;
  return Object.freeze({
    name: "particle",
    options: settings,
    run: (problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> =>
      sequential(problem, context, particleFilter(problem, context, settings)),
  });
}

function particleFilter(
  problem: Problem,
  { streams, everyStep }: RunContext,
  { particles: N, resampling, threshold, jitter, onFailure }: Required<ParticleOptions>,
): SequentialFilter<Particles> {
  const { model } = problem;
  const n = model.size;
  const error = stepError(problem);
  const mend = mender(problem, streams, onFailure);
  const equal = new Float64Array(N).fill(1 / N);
  return {
    start: () => ({ E: initialEnsemble(problem, N, streams), w: equal }),
    restore: (saved) => ({ E: savedArray(saved, "ensemble", [N, n]), w: savedArray(saved, "weights", [N]).data }),
    save: ({ E, w }) => ({ ensemble: E, weights: { data: w, shape: [N] } }),
    async forecast({ E, w }, interval) {
      const next = await forecastEnsemble(model, E, interval, { error, streams, everyStep, mend });
      const state = { E: next.ensemble, w };
      return next.trajectory === undefined ? { state } : { state, trajectory: next.trajectory };
    },
    async analyse({ E, w }, observation, cycle) {
      const { seen, HE } = await ensembleInnovation(observation, E);
      const forecastMean = weightedMean(E, w);
      const forecastSpread = rootDeviations(weightedRows(E, w, forecastMean));
      const innovation = observation.values.slice();
      const meanHE = weightedMean(HE, w);
      seen.indices.forEach((place, i) => {
        innovation[place]! -= meanHE[i]!;
      });
      const base = { forecastMean, forecastSpread, forecastEnsemble: E, innovation };
      const stream = streams.stream("resampling", cycle);
      const given = (state: Particles, mean: Float64Array, spread: Float64Array, logEvidence?: number) => ({
        state,
        result: {
          ...base,
          analysisMean: mean,
          analysisSpread: spread,
          analysisEnsemble: isEqual(state.w) ? state.E : pick(state.E, resample(state.w, "systematic", stream)),
          ...(logEvidence !== undefined && { logEvidence }),
        },
      });
      if (seen.error === undefined) return given({ E, w }, forecastMean, forecastSpread);
      let weighted: { readonly weights: Float64Array; readonly logEvidence: number };
      try {
        weighted = particleWeights({ HE, y: seen.values, R: seen.error }, w);
      } catch (failure) {
        if (onFailure !== "restart" || !(failure instanceof NumericalError)) throw failure;
        const fresh = await restarted(problem, N, streams, cycle);
        const mean = weightedMean(fresh, equal);
        return given({ E: fresh, w: equal }, mean, rootDeviations(weightedRows(fresh, equal, mean)));
      }
      const { weights, logEvidence } = weighted;
      const mean = weightedMean(E, weights);
      const spread = rootDeviations(weightedRows(E, weights, mean));
      if (effectiveSize(weights) >= threshold * N) return given({ E, w: weights }, mean, spread, logEvidence);
      const survivors = pick(E, resample(weights, resampling, stream));
      const scale = (jitter === "auto" ? 1 : jitter) * (4 / ((n + 2) * N)) ** (1 / (n + 4));
      if (scale > 0) {
        // A single particle has no covariance: then that of all of them is taken.
        const alone = 1 - weights.reduce((most, value) => Math.max(most, value), 0) < 1e-10;
        const [basis, centre] = alone ? [equal, weightedMean(E, equal)] : [weights, mean];
        const { data } = drawsOf(weightedRows(E, basis, centre), N, streams.stream("jitter", cycle));
        for (let i = 0; i < data.length; i++) survivors.data[i]! += scale * data[i]!;
      }
      return given({ E: survivors, w: equal }, mean, spread, logEvidence);
    },
  };
}

/**
 * Weights times the Gaussian likelihoods of the observations, made to sum 1, and the logarithm of what they summed to.
 * @throws NumericalError when no particle has a likelihood above zero
 * @see [Gordon1993]
 */
export function particleWeights(
  { HE, y, R }: Omit<AnalysisInput, "E">,
  w: Float64Array,
): { readonly weights: Float64Array; readonly logEvidence: number } {
  const [N, m] = [HE.shape[0]!, y.length];
  const constant = -0.5 * (m * Math.log(2 * Math.PI) + R.logDeterminant());
  const logs = new Float64Array(N);
  let best = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < N; k++) {
    const d = R.whiten(y.map((value, i) => value - HE.data[k * m + i]!));
    let square = 0;
    for (let i = 0; i < m; i++) square += d[i]! ** 2;
    logs[k] = Math.log(w[k]!) + constant - 0.5 * square;
    if (logs[k]! > best) best = logs[k]!;
  }
  if (!Number.isFinite(best))
    throw new NumericalError(
      "particles",
      "expected a particle that the observations are possible for, got none: all of them are lost; use more, or larger errors",
      { code: "numerical/particles-lost" },
    );
  let total = 0;
  const weights = logs.map((value) => {
    const weight = Math.exp(value - best);
    total += weight;
    return weight;
  });
  for (let k = 0; k < N; k++) weights[k]! /= total;
  return { weights, logEvidence: best + Math.log(total) };
}

function pick({ data, shape }: NdArray, numbers: Int32Array): NdArray {
  const n = shape[1]!;
  const out = new Float64Array(numbers.length * n);
  numbers.forEach((from, k) => {
    out.set(data.subarray(from * n, (from + 1) * n), k * n);
  });
  return { data: out, shape: [numbers.length, n] };
}

function isEqual(w: Float64Array): boolean {
  return w.every((value) => value === w[0]);
}
