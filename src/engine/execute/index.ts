export { type CompileOptions, compile, type Executable, type RunOptions } from "./compile.ts";
