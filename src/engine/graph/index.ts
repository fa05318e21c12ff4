export { evaluateGraph } from "./evaluate.ts";
export {
  celu,
  einsum,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  logSoftmax,
  logSumExp,
  mish,
  selu,
  silu,
  softmax,
  softsign,
} from "./functions.ts";
export type { Graph } from "./graph.ts";
export { inverseSquareRoot } from "./inverse-square-root.ts";
export type { DType } from "./node.ts";
export { printGraph } from "./print.ts";
export { concat, full, scan, stack, Tensor, type TensorLike, tensor, where } from "./tensor.ts";
export { type ArgumentSpec, call, trace } from "./trace.ts";
export { grad, hessianVectorProduct, jacobian, jvp, simplify, valueAndGrad, vjp, vmap } from "./transforms/derive.ts";
export type { ConvolutionOptions, PerAxis, PoolOptions, WindowOptions } from "./windows.ts";
