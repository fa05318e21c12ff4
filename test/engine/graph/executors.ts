// All ways in which a graph is run at once without another package: what tests of executors compare with the reference.
import { compile } from "../../../src/engine/execute/index.ts";
import { javascriptExecutable } from "../../../src/engine/execute/js/executable.ts";
import type { Graph } from "../../../src/engine/graph/index.ts";
import type { ArrayLike64, NdArray } from "../../../src/engine/tensor/index.ts";

export interface Run {
  readonly name: string;
  readonly source: string;
  run(inputs: readonly ArrayLike64[]): NdArray[];
}

/** Generated JavaScript, and the same with every loop nest in WebAssembly, however short. */
export function everyExecutable(graph: Graph): Run[] {
  const js = compile(graph, { executor: "js" });
  const vectors = javascriptExecutable(graph, { single: false, vectors: "always" });
  return [
    { name: "js", source: js.source!, run: (inputs) => js.runSync(inputs) },
    { name: "wasm", source: vectors.source, run: (inputs) => vectors.runSync(inputs) },
  ];
}
