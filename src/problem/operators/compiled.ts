import { compile, type Executable } from "../../engine/execute/index.ts";
import type { Graph } from "../../engine/graph/index.ts";

let spent = 0;

/** Traces and compiles, and adds the time that it takes to {@link compileSeconds}. */
export function compiled(build: () => Graph): Executable {
  const begin = performance.now();
  try {
    return compile(build());
  } finally {
    spent += (performance.now() - begin) / 1000;
  }
}

/** Seconds that this process has spent in {@link compiled} so far: a run takes the difference. */
export function compileSeconds(): number {
  return spent;
}
