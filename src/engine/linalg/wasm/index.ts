export type { Convolution, Gemm, GemmInPlace, Gemv, Kernels } from "./kernels.ts";
export { hasSimd, kernelsAvailable, kernelsOn, useKernels } from "./module.ts";
export type { Scratch } from "./scratch.ts";
export { keepTable, scratchBytes, withScratch } from "./scratch.ts";
