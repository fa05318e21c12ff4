import { CapabilityError, ShapeError } from "../errors/index.ts";
import type { Graph } from "../graph/index.ts";
import { hasSimd } from "../linalg/wasm/index.ts";
import { type ArrayLike64, type NdArray, sizeOf } from "../tensor/index.ts";
import { fasterExecutor } from "./choose.ts";
import type { Executable, RunOptions } from "./executable.ts";
import { type JavascriptProgram, javascriptExecutable } from "./js/executable.ts";
import { type CompileOptions, type CompleteOptions, completeOptions } from "./options.ts";
import { ortExecutable } from "./ort/executable.ts";
import { answersAtOnce } from "./ort/runtime.ts";

/**
 * Makes a graph runnable: generates its program and lays out its memory, or writes it for ONNX Runtime. Some milliseconds,
 * whatever the number of time steps; the first runs are slower, until the JavaScript engine has optimised them or a session
 * is open.
 * @throws ArgumentError for an option out of its range; CapabilityError for a graph that `ort` can't express
 */
export function compile(graph: Graph, options: CompileOptions = {}): Executable {
  const complete = completeOptions(options);
  switch (complete.executor) {
    case "js":
      return throughJavascript(graph, complete, false);
    case "wasm":
      return throughJavascript(graph, complete, true);
    case "ort":
      return throughOrt(graph, complete);
    default:
      return automatically(graph, complete);
  }
}

/** Programs behind executables, for those that give them to workers. */
const programs = new WeakMap<Executable, JavascriptProgram>();

/** The program that runs an executable; none with ONNX Runtime. */
export function programOf(executable: Executable): JavascriptProgram | undefined {
  return programs.get(executable);
}

function throughJavascript(graph: Graph, { dtype }: CompleteOptions, wanted: boolean): Executable {
  const single = dtype === "float32";
  const program =
    (wanted && hasSimd() ? withVectors(graph, single) : undefined) ??
    javascriptExecutable(graph, { single, vectors: "never" });
  const run = (inputs: readonly ArrayLike64[], { out }: RunOptions = {}): NdArray[] => {
    checkOut(graph, out);
    return program.runSync(inputs, out);
  };
  const executable: Executable = {
    graph,
    executor: program.vectors ? "wasm" : "js",
    synchronous: true,
    source: program.source,
    runSync: run,
    run: async (inputs, runOptions) => run(inputs, runOptions),
  };
  programs.set(executable, program);
  return executable;
}

/** The program with WebAssembly; none where a page's policy forbids it or no more memory can be had. */
function withVectors(graph: Graph, single: boolean): JavascriptProgram | undefined {
  try {
    return javascriptExecutable(graph, { single, vectors: "worthwhile" });
  } catch (error) {
    if (error instanceof RangeError || error instanceof WebAssembly.CompileError) return undefined;
    throw error;
  }
}

function throughOrt(graph: Graph, options: CompleteOptions): Executable {
  const program = ortExecutable(graph, options);
  return {
    graph,
    executor: "ort",
    synchronous: program.synchronous,
    runSync(inputs, { out } = {}) {
      checkOut(graph, out);
      return program.runSync(inputs, out);
    },
    async run(inputs, { out } = {}) {
      checkOut(graph, out);
      return program.run(inputs, out);
    },
  };
}

let told = false;

/** The faster one. A GPU is ONNX Runtime's; without one that answers at once, or for a graph that it can't run, JavaScript. */
function automatically(graph: Graph, options: CompleteOptions): Executable {
  if (options.device === "gpu") return throughOrt(graph, options);
  if (fasterExecutor(graph, options.dtype) === "wasm") return throughJavascript(graph, options, true);
  if (options.device === "cpu" && !answersAtOnce()) return throughJavascript(graph, options, true);
  try {
    return throughOrt(graph, options);
  } catch (error) {
    if (!(error instanceof CapabilityError)) throw error;
    if (!told) console.warn(`onda: executor auto: generated code instead of ONNX Runtime (${error.message})`);
    told = true;
    return throughJavascript(graph, options, true);
  }
}

function checkOut(graph: Graph, out: readonly Float64Array[] | undefined): void {
  out?.forEach((array, i) => {
    const size = sizeOf(graph.outputs[i]?.shape ?? []);
    if (array !== undefined && array.length !== size)
      throw new ShapeError(`out[${i}]`, `expected ${size} elements, got ${array.length}`);
  });
}
