export { type CompileOptions, compile, type Executable } from "./compile.ts";
