export { type LowerOptions, writeOnnx } from "./write-onnx.ts";
