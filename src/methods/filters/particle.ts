import { ArgumentError, CapabilityError, NumericalError } from "../../engine/errors/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";
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
import { enkfProposal, optimalProposal, type Proposal } from "./guided-proposal.ts";

export interface ParticleOptions {
  /** Number of particles, at least 2. */
  readonly particles: number;
  /**
   * Where particles are drawn from. `bootstrap` (default): the model. Guided by the observations, in the last model step before them, whose
   * error has to leave room for that: `optimal`, each by a Kalman analysis of its own under that error; `enkf`, all by the gain of
   * an ensemble Kalman filter. The weights make up for it. Both need model error.
   */
  readonly proposal?: Proposal;
  /** How survivors are chosen, `systematic` by default. */
  readonly resampling?: Resampling;
  /** Resample when the effective size falls below this part of the particles, 0.5 by default. */
  readonly threshold?: number;
  /**
   * Survivors are moved by draws of a kernel: its bandwidth by Silverman's rule, or that times a number; 0 leaves copies, which
   * only model error tells apart. `auto` (the default) is 1 for the bootstrap filter, and 0 for guided ones, which have that error.
   */
  readonly jitter?: "auto" | number;
  /** What to do when particles blow up or none explains the observations, `stop` by default. */
  readonly onFailure?: OnFailure;
}

interface Particles {
  readonly E: NdArray;
  /** Forecast particles before the error of the last step: for guided proposals. */
  readonly centres?: NdArray | undefined;
  /** Weights, sum 1. */
  readonly w: Float64Array;
}

/**
 * The particle filter: members move by the model and are weighted by the likelihood of the observations; no Gaussian is
 * supposed anywhere. Their number has to grow exponentially with the number of independent observations: for few variables. O(N (n + m)) an
 * analysis and the whitening of N vectors. With a guided proposal they are drawn given the observations, and weighted by
 * p(y | x) p(x | x′)/q(x | x′, y): where model error is large, far fewer of them do.
 *
 * The analysis mean and spread are those of the weighted particles before resampling. The saved ensemble has equal weights: the
 * resampled particles, or a draw of them at times without resampling.
 * @throws ArgumentError for options out of range
 * @throws CapabilityError (from `run`) for a guided proposal without model error
 * @see [Gordon1993] [Musso2001] [Doucet2000] [Papadakis2010]
 */
export function particle(options: ParticleOptions): Method {
  const { particles, proposal = "bootstrap", resampling = "systematic", threshold = 0.5 } = options;
  const { jitter = "auto", onFailure = "stop" } = options;
  checkCount("particles", particles, 2);
  if (!["bootstrap", "optimal", "enkf"].includes(proposal))
    throw new ArgumentError("proposal", `expected bootstrap, optimal or enkf, got ${proposal}`);
  if (!["systematic", "stratified", "residual"].includes(resampling))
    throw new ArgumentError("resampling", `expected systematic, stratified or residual, got ${resampling}`);
  if (!(threshold >= 0 && threshold <= 1))
    throw new ArgumentError("threshold", `expected a number from 0 to 1, got ${threshold}`);
  if (jitter !== "auto" && !(jitter >= 0 && jitter < Number.POSITIVE_INFINITY))
    throw new ArgumentError("jitter", `expected auto or a number of at least 0, got ${jitter}`);
  checkOnFailure(onFailure);
  const settings = { particles, proposal, resampling, threshold, jitter, onFailure } as const;
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
  { particles: N, proposal, resampling, threshold, jitter, onFailure }: Required<ParticleOptions>,
): SequentialFilter<Particles> {
  const { model } = problem;
  const n = model.size;
  const error = stepError(problem);
  if (proposal !== "bootstrap" && error === undefined)
    throw new CapabilityError(
      "particle",
      `expected a problem with model error for \`proposal: ${proposal}\`, got a perfect model: give it \`modelError\`, or use \`proposal: bootstrap\``,
    );
  const guide = proposal === "optimal" ? optimalProposal : enkfProposal;
  const bandwidth = jitter !== "auto" ? jitter : proposal === "bootstrap" ? 1 : 0;
  const mend = mender(problem, streams, onFailure);
  const equal = new Float64Array(N).fill(1 / N);
  return {
    start: () => ({ E: initialEnsemble(problem, N, streams), w: equal }),
    restore: (saved) => ({ E: savedArray(saved, "ensemble", [N, n]), w: savedArray(saved, "weights", [N]).data }),
    save: ({ E, w }) => ({ ensemble: E, weights: { data: w, shape: [N] } }),
    async forecast({ E, w }, interval) {
      const next = await forecastEnsemble(model, E, interval, { error, streams, everyStep, mend });
      const state = { E: next.ensemble, w, centres: next.centres };
      return next.trajectory === undefined ? { state } : { state, trajectory: next.trajectory };
    },
    async analyse({ E: forecast, w, centres }, observation, cycle) {
      const { seen, HE } = await ensembleInnovation(observation, forecast);
      const forecastMean = weightedMean(forecast, w);
      const forecastSpread = rootDeviations(weightedRows(forecast, w, forecastMean));
      const innovation = observation.values.slice();
      const meanHE = weightedMean(HE, w);
      seen.indices.forEach((place, i) => {
        innovation[place]! -= meanHE[i]!;
      });
      const base = { forecastMean, forecastSpread, forecastEnsemble: forecast, innovation };
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
      const R = seen.error;
      if (R === undefined) return given({ E: forecast, w }, forecastMean, forecastSpread);
      /** Particles from the proposal, and what they say about the observations. */
      const proposed = async () => {
        const y = seen.values;
        if (proposal === "bootstrap" || centres === undefined || error === undefined)
          return { E: forecast, ...particleWeights({ HE, y, R }, w) };
        const stream = (member: number): RandomStream => streams.stream("proposal", cycle, member);
        const input = { centres, E: forecast, HE, w, observation, seen, R, error, stream };
        const { ensemble: E, corrections } = await guide(input);
        const drawn = await ensembleInnovation(observation, E);
        return { E, ...particleWeights({ HE: drawn.HE, y, R }, w, corrections) };
      };
      let weighted: Awaited<ReturnType<typeof proposed>>;
      try {
        weighted = await proposed();
      } catch (failure) {
        if (onFailure !== "restart" || !(failure instanceof NumericalError)) throw failure;
        const fresh = await restarted(problem, N, streams, cycle);
        const mean = weightedMean(fresh, equal);
        return given({ E: fresh, w: equal }, mean, rootDeviations(weightedRows(fresh, equal, mean)));
      }
      const { E, weights, logEvidence } = weighted;
      const mean = weightedMean(E, weights);
      const spread = rootDeviations(weightedRows(E, weights, mean));
      if (effectiveSize(weights) >= threshold * N) return given({ E, w: weights }, mean, spread, logEvidence);
      const survivors = pick(E, resample(weights, resampling, stream));
      const scale = bandwidth * (4 / ((n + 2) * N)) ** (1 / (n + 4));
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
 * @param corrections logarithms of further factors, of particles that were drawn from elsewhere than the model
 * @throws NumericalError when no particle has a likelihood above zero
 * @see [Gordon1993]
 */
export function particleWeights(
  { HE, y, R }: Omit<AnalysisInput, "E">,
  w: Float64Array,
  corrections?: Float64Array,
): { readonly weights: Float64Array; readonly logEvidence: number } {
  const [N, m] = [HE.shape[0]!, y.length];
  const constant = -0.5 * (m * Math.log(2 * Math.PI) + R.logDeterminant());
  const logs = new Float64Array(N);
  let best = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < N; k++) {
    const d = R.whiten(y.map((value, i) => value - HE.data[k * m + i]!));
    let square = 0;
    for (let i = 0; i < m; i++) square += d[i]! ** 2;
    logs[k] = Math.log(w[k]!) + constant - 0.5 * square + (corrections?.[k] ?? 0);
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
