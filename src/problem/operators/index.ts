export { checkBatch, checkVector } from "./check.ts";
export { compiled, compileSeconds } from "./compiled.ts";
export { composedOperator } from "./composed.ts";
export { type FunctionOperatorOptions, functionOperator } from "./function.ts";
export { matrixOperator } from "./matrix.ts";
export { networkOperator } from "./network.ts";
export { type Awaitable, type Operator, whenReady } from "./operator.ts";
export { identityMatrix, operatorMatrix } from "./operator-matrix.ts";
export { everyOperator, identityOperator, indicesOperator, type PickingOperator } from "./picking.ts";
export { powerOperator } from "./power.ts";
export {
  type ComputedOperator,
  computedOperator,
  type TracedOperator,
  type TracedOperatorOptions,
  tracedOperator,
} from "./traced.ts";
