export type { CovarianceOptions } from "./check.ts";
export type { Covariance } from "./covariance.ts";
export type { CooMatrix, CsrMatrix } from "./csr.ts";
export { denseCovariance } from "./dense.ts";
export { diagonalCovariance } from "./diagonal.ts";
export { scalarCovariance } from "./scalar.ts";
export { sparseCovariance } from "./sparse.ts";
