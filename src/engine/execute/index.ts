export { type AsyncExecutable, type CompileOptions, compile, type Executable, type RunOptions } from "./compile.ts";
export { type OnnxRuntime, useOnnxRuntime } from "./ort/runtime.ts";
