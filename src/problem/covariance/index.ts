export { blockCovariance } from "./block.ts";
export type { CovarianceOptions } from "./check.ts";
export { correlationCovariance, type PlacesCorrelationOptions } from "./correlation.ts";
export {
  type CorrelationFunction,
  type CorrelationKind,
  type CorrelationOptions,
  correlationFunction,
} from "./correlations.ts";
export type { Covariance } from "./covariance.ts";
export type { CooMatrix, CsrMatrix } from "./csr.ts";
export { denseCovariance } from "./dense.ts";
export { diagonalCovariance } from "./diagonal.ts";
export { type DiffusionOptions, diffusionCovariance } from "./diffusion.ts";
export { dirac } from "./dirac.ts";
export { type EnsembleCovarianceOptions, ensembleCovariance } from "./ensemble.ts";
export { type HybridCovarianceOptions, hybridCovariance } from "./hybrid.ts";
export { kroneckerCovariance } from "./kronecker.ts";
export { leadingCovariance } from "./leading.ts";
export { type LowRankOptions, lowRankCovariance } from "./low-rank.ts";
export { rescaledCovariance } from "./rescaled.ts";
export { scalarCovariance } from "./scalar.ts";
export { sparseCovariance } from "./sparse.ts";
export { type SpectralOptions, spectralCovariance } from "./spectral.ts";
export type { CorrelationRoot } from "./spectral-root.ts";
export { sumCovariance } from "./sum.ts";
export { type DomainTaper, type EnsembleLocalization, taperRoot } from "./taper-root.ts";
export type { GridOptions } from "./torus.ts";
