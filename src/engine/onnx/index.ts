export { externalFiles, type OnnxModel, type OnnxOptions, readOnnx, type ToGraphOptions } from "./import/model.ts";
export { type OnnxValue, openShape } from "./import/shapes.ts";
export type { ExternalReader } from "./proto/tensor.ts";
export { type ElementType, isFloating } from "./proto/types.ts";
export { type LowerOptions, writeOnnx } from "./write-onnx.ts";
