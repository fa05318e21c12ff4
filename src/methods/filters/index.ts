export { climatologicalMean } from "./climatological-mean.ts";
export { type ConstantCovarianceKalmanOptions, constantCovarianceKalman } from "./constant-covariance-kalman.ts";
export { denkf, denkfAnalysis } from "./denkf.ts";
export { eakf, eakfAnalysis, type SerialAnalysisInput } from "./eakf.ts";
export { type EnkfAnalysisInput, type EnkfOptions, enkf, enkfAnalysis, ensembleKalmanFilter } from "./enkf.ts";
export {
  type EnkfNAnalysis,
  type EnkfNAnalysisInput,
  type EnkfNOptions,
  type EnkfNPrior,
  enkfN,
  enkfNAnalysis,
} from "./enkf-n.ts";
export { type EnsrfAnalysisInput, ensrf, ensrfAnalysis } from "./ensrf.ts";
export { etkf, etkfAnalysis } from "./etkf.ts";
export { type ExtendedKalmanOptions, extendedKalman, extendedKalmanFilter } from "./extended-kalman.ts";
export { freeRun } from "./free-run.ts";
export { enkfProposal, type Guided, type GuidedInput, optimalProposal, type Proposal } from "./guided-proposal.ts";
export { kalman, kalmanFilter } from "./kalman.ts";
export { type LetkfAnalysisInput, letkf, letkfAnalysis, sharedLetkfAnalysis } from "./letkf.ts";
export { type OptimalInterpolationOptions, optimalInterpolation } from "./optimal-interpolation.ts";
export { type ParticleOptions, particle, particleWeights } from "./particle.ts";
export { rankHistogram, rankHistogramAnalysis } from "./rank-histogram.ts";
export { type TracedEnkfInput, type TracedEnkfResult, tracedEnkf } from "./traced-enkf.ts";
export { type TracedEtkfInput, tracedEtkf } from "./traced-etkf.ts";
export { type TracedKalmanInput, type TracedKalmanResult, tracedKalman } from "./traced-kalman.ts";
export { type UnscentedKalmanOptions, unscentedKalman } from "./unscented-kalman.ts";
