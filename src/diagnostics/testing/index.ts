export {
  type DerivativeComparison,
  type DerivativeTestOptions,
  type DerivativeTests,
  testDerivatives,
} from "./derivatives.ts";
export { hasKinks } from "./kinks.ts";
export type { DifferentiableMap } from "./map.ts";
export { type TaylorRow, type TaylorTest, taylorTest } from "./taylor.ts";
