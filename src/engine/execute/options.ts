import { ArgumentError } from "../errors/index.ts";

/** Where and how graphs are computed. */
export interface CompileOptions {
  /**
   * `js`: generated JavaScript. `wasm`: the same with its loops over arrays in WebAssembly on vectors of two doubles (`js` where
   * there is none): the same bits for + − × ÷ √, one unit in the last place for elementary functions. `ort`: ONNX Runtime, an optional package, for networks and large states. `auto` (default):
   * `wasm` or `ort`, whichever an arithmetic model of the graph expects to be faster.
   * In a page `ort` has float32 alone (onnxruntime-web has few float64 kernels) and answers with promises.
   */
  readonly executor?: "js" | "wasm" | "ort" | "auto";
  /** Element type of what is stored: float32 rounds every stored value. Arguments and results are Float64Arrays. */
  readonly dtype?: "float64" | "float32";
  /**
   * `cpu` (default). `gpu`: through ONNX Runtime, CUDA or WebGPU in Node, WebGPU in a page; WebGPU computes in float32 whatever
   * `dtype` says. `auto`: the GPU if there is one, else the CPU with a warning.
   */
  readonly device?: "cpu" | "gpu" | "auto";
  /** Threads of `ort` inside an operation; 1 by default. */
  readonly threads?: number;
}

/** Options with every default filled in. */
export type CompleteOptions = Required<CompileOptions>;

export const EXECUTORS = ["auto", "js", "wasm", "ort"] as const;
export const DTYPES = ["float64", "float32"] as const;
export const DEVICES = ["cpu", "gpu", "auto"] as const;

/**
 * Checks and completes options.
 * @throws ArgumentError for an unknown executor, dtype or device, and for a device that the executor can't use
 */
export function completeOptions(options: CompileOptions): CompleteOptions {
  const { executor = "auto", dtype = "float64", device = "cpu", threads = 1 } = options;
  oneOf("executor", executor, EXECUTORS);
  oneOf("dtype", dtype, DTYPES);
  oneOf("device", device, DEVICES);
  if (!Number.isInteger(threads) || threads < 1)
    throw new ArgumentError("threads", `expected a positive integer, got ${threads}`);
  if ((executor === "js" || executor === "wasm") && device === "gpu")
    throw new ArgumentError(
      "device",
      `expected "cpu" with executor "${executor}", got "gpu": use executor "ort" or "auto"`,
    );
  return { executor, dtype, device, threads };
}

function oneOf(place: string, value: unknown, known: readonly string[]): void {
  if (!known.includes(value as string))
    throw new ArgumentError(
      place,
      `expected ${known
        .map((one) => `"${one}"`)
        .join(", ")
        .replace(/, (?=[^,]*$)/, " or ")}, got ${JSON.stringify(value)}`,
    );
}
