import { ArgumentError, ShapeError } from "../errors/index.ts";
import type { Graph } from "../graph/index.ts";
import type { ArrayLike64, NdArray } from "../tensor/index.ts";
import { sizeOf } from "../tensor/index.ts";
import { javascriptExecutable } from "./js/executable.ts";
import { ortExecutable } from "./ort/executable.ts";

export interface CompileOptions {
  /**
   * `js`: generated JavaScript. `ort`: ONNX Runtime, an optional package, for large networks; it answers with promises only.
   * `auto` (default): `js` in this version.
   */
  readonly executor?: "js" | "ort" | "auto";
  /** Threads of `ort` inside an operation; 1 by default. */
  readonly threads?: number;
  /** Element type of what is stored: float32 rounds every stored value. Arguments and results are Float64Arrays. */
  readonly dtype?: "float64" | "float32";
}

export interface RunOptions {
  /** Arrays to fill instead of fresh ones, one per output; undefined entries are allocated. */
  readonly out?: readonly Float64Array[];
}

/** A graph made runnable, that answers with promises. */
export interface AsyncExecutable {
  readonly graph: Graph;
  /** Inputs are not kept; results are fresh arrays unless `out` is given. */
  run(inputs: readonly ArrayLike64[], options?: RunOptions): Promise<NdArray[]>;
}

/** A graph made runnable. Not re-entrant: a run uses the executable's own memory. */
export interface Executable extends AsyncExecutable {
  /** The generated program, for inspection. */
  readonly source: string;
  /** Runs at once. Inputs are not kept; results are fresh arrays unless `out` is given. */
  runSync(inputs: readonly ArrayLike64[], options?: RunOptions): NdArray[];
}

/**
 * Makes a graph runnable: generates its program, lays out its memory. Some milliseconds, whatever the number of time steps;
 * the first runs are slower, until the JavaScript engine has optimised them.
 * @throws ArgumentError for an unknown executor or dtype; CapabilityError for a graph that `ort` can't express
 */
export function compile(graph: Graph, options: CompileOptions & { readonly executor: "ort" }): AsyncExecutable;
export function compile(graph: Graph, options?: CompileOptions & { readonly executor?: "js" | "auto" }): Executable;
export function compile(graph: Graph, options: CompileOptions = {}): AsyncExecutable | Executable {
  const { executor = "auto", dtype = "float64", threads = 1 } = options;
  if (executor !== "auto" && executor !== "js" && executor !== "ort")
    throw new ArgumentError("executor", `expected "auto", "js" or "ort", got ${JSON.stringify(executor)}`);
  if (dtype !== "float64" && dtype !== "float32")
    throw new ArgumentError("dtype", `expected "float64" or "float32", got ${JSON.stringify(dtype)}`);
  if (!Number.isInteger(threads) || threads < 1)
    throw new ArgumentError("threads", `expected a positive integer, got ${threads}`);
  if (executor === "ort") {
    const runOrt = ortExecutable(graph, { dtype, threads });
    return {
      graph,
      run: async (inputs, { out } = {}) => {
        checkOut(graph, out);
        return runOrt(inputs, out);
      },
    };
  }
  const { source, runSync } = javascriptExecutable(graph, dtype === "float32");
  const run = (inputs: readonly ArrayLike64[], { out }: RunOptions = {}): NdArray[] => {
    checkOut(graph, out);
    return runSync(inputs, out);
  };
  return { graph, source, runSync: run, run: async (inputs, runOptions) => run(inputs, runOptions) };
}

function checkOut(graph: Graph, out: readonly Float64Array[] | undefined): void {
  out?.forEach((array, i) => {
    const size = sizeOf(graph.outputs[i]?.shape ?? []);
    if (array !== undefined && array.length !== size)
      throw new ShapeError(`out[${i}]`, `expected ${size} elements, got ${array.length}`);
  });
}
