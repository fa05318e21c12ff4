import type { Graph } from "../graph/index.ts";
import { evaluateGraph } from "../graph/index.ts";
import type { ArrayLike64, NdArray } from "../tensor/index.ts";

export interface CompileOptions {
  /** Element type of the arithmetic; float32 rounds what is stored. */
  readonly dtype?: "float64" | "float32";
}

/** A graph made runnable. */
export interface Executable {
  readonly graph: Graph;
  /** Runs at once; results are fresh arrays unless `out` gives arrays to fill. Inputs are not kept. */
  runSync(inputs: readonly ArrayLike64[], options?: { readonly out?: readonly Float64Array[] }): NdArray[];
  run(inputs: readonly ArrayLike64[], options?: { readonly out?: readonly Float64Array[] }): Promise<NdArray[]>;
}

/** Makes a graph runnable. */
export function compile(graph: Graph, _options: CompileOptions = {}): Executable {
  const runSync: Executable["runSync"] = (inputs, options = {}) => {
    const results = evaluateGraph(graph, inputs);
    results.forEach((result, i) => {
      options.out?.[i]?.set(result.data);
    });
    return results;
  };
  return { graph, runSync, run: async (inputs, options) => runSync(inputs, options) };
}
