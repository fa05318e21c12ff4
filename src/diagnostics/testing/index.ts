export { type Check, type Conformance, conformanceText } from "./checks.ts";
export { type ConformanceOptions, checkConformance } from "./conformance.ts";
export { type CovarianceCheckOptions, checkCovariance } from "./covariance.ts";
export {
  type DerivativeComparison,
  type DerivativeTestOptions,
  type DerivativeTests,
  testDerivatives,
} from "./derivatives.ts";
export { hasKinks } from "./kinks.ts";
export type { DifferentiableMap } from "./map.ts";
export { checkModel, type ModelCheckOptions } from "./model.ts";
export { checkOperator, type OperatorCheckOptions } from "./operator.ts";
export { type TaylorRow, type TaylorTest, taylorTest } from "./taylor.ts";
