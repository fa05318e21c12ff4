export { compile } from "./compile.ts";
export { type GraphCost, graphCost } from "./cost.ts";
export type { Executable, RunOptions } from "./executable.ts";
export { type CompileOptions, completeOptions, DEVICES, DTYPES, EXECUTORS } from "./options.ts";
export type { OnnxRuntime } from "./ort/contract.ts";
export { type FoundDevice, findDevice } from "./ort/probe.ts";
export { useOnnxRuntime } from "./ort/runtime.ts";
