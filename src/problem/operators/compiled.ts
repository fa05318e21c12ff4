import { type CompileOptions, compile, type Executable } from "../../engine/execute/index.ts";
import type { Graph } from "../../engine/graph/index.ts";
import type { ArrayLike64, NdArray } from "../../engine/tensor/index.ts";
import { type Awaitable, whenReady } from "./operator.ts";

let spent = 0;

/** Traces and compiles, and adds the time that it takes to {@link compileSeconds}. */
export function compiled(build: () => Graph, compute: CompileOptions = {}): Executable {
  const begin = performance.now();
  try {
    return compile(build(), compute);
  } finally {
    spent += (performance.now() - begin) / 1000;
  }
}

/** Seconds that this process has spent in {@link compiled} so far: a run takes the difference. */
export function compileSeconds(): number {
  return spent;
}

/** The only result of an executable: at once where it can. */
export function firstResult(executable: Executable, inputs: readonly ArrayLike64[]): Awaitable<NdArray> {
  if (executable.synchronous) return executable.runSync(inputs)[0]!;
  return whenReady(executable.run(inputs), (results) => results[0]!);
}
