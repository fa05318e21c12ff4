export { climatologicalMean } from "./climatological-mean.ts";
export { type ConstantCovarianceKalmanOptions, constantCovarianceKalman } from "./constant-covariance-kalman.ts";
export { type EnkfAnalysisInput, type EnkfOptions, enkf, enkfAnalysis, ensembleKalmanFilter } from "./enkf.ts";
export { type ExtendedKalmanOptions, extendedKalman, extendedKalmanFilter } from "./extended-kalman.ts";
export { freeRun } from "./free-run.ts";
export { kalman, kalmanFilter } from "./kalman.ts";
