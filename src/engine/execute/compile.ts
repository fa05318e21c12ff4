import { ArgumentError, ShapeError } from "../errors/index.ts";
import type { Graph } from "../graph/index.ts";
import type { ArrayLike64, NdArray } from "../tensor/index.ts";
import { sizeOf } from "../tensor/index.ts";
import { javascriptExecutable } from "./js/executable.ts";

export interface CompileOptions {
  /** `js`: generated JavaScript; `auto`: what suits the graph best, which is `js` in this version. */
  readonly executor?: "js" | "auto";
  /** Element type of what is stored: float32 rounds every stored value. Arguments and results are Float64Arrays. */
  readonly dtype?: "float64" | "float32";
}

export interface RunOptions {
  /** Arrays to fill instead of fresh ones, one per output; undefined entries are allocated. */
  readonly out?: readonly Float64Array[];
}

/** A graph made runnable. Not re-entrant: a run uses the executable's own memory. */
export interface Executable {
  readonly graph: Graph;
  /** The generated program, for inspection. */
  readonly source: string;
  /** Runs at once. Inputs are not kept; results are fresh arrays unless `out` is given. */
  runSync(inputs: readonly ArrayLike64[], options?: RunOptions): NdArray[];
  run(inputs: readonly ArrayLike64[], options?: RunOptions): Promise<NdArray[]>;
}

/**
 * Makes a graph runnable: generates its program, lays out its memory. Some milliseconds, whatever the number of time steps;
 * the first runs are slower, until the JavaScript engine has optimised them.
 * @throws ArgumentError for an unknown executor or dtype
 */
export function compile(graph: Graph, options: CompileOptions = {}): Executable {
  const { executor = "auto", dtype = "float64" } = options;
  if (executor !== "auto" && executor !== "js")
    throw new ArgumentError("executor", `expected "auto" or "js", got ${JSON.stringify(executor)}`);
  if (dtype !== "float64" && dtype !== "float32")
    throw new ArgumentError("dtype", `expected "float64" or "float32", got ${JSON.stringify(dtype)}`);
  const { source, runSync } = javascriptExecutable(graph, dtype === "float32");
  const run = (inputs: readonly ArrayLike64[], runOptions: RunOptions = {}): NdArray[] => {
    runOptions.out?.forEach((array, i) => {
      const size = sizeOf(graph.outputs[i]?.shape ?? []);
      if (array !== undefined && array.length !== size)
        throw new ShapeError(`out[${i}]`, `expected ${size} elements, got ${array.length}`);
    });
    return runSync(inputs, runOptions.out);
  };
  return { graph, source, runSync: run, run: async (inputs, runOptions) => run(inputs, runOptions) };
}
