import type { Graph } from "../graph/index.ts";
import type { ArrayLike64, NdArray } from "../tensor/index.ts";

export interface RunOptions {
  /** Arrays to fill instead of fresh ones, one per output; undefined entries are allocated. */
  readonly out?: readonly Float64Array[];
}

/** A graph made runnable. Not re-entrant: a run uses the executable's own memory. */
export interface Executable {
  readonly graph: Graph;
  /** What runs it. */
  readonly executor: "js" | "wasm" | "ort";
  /** Whether `runSync` works: everywhere but with ONNX Runtime in a page or on a GPU there. */
  readonly synchronous: boolean;
  /** The generated program, for inspection; none with ONNX Runtime. */
  readonly source?: string;
  /** Inputs are not kept; results are fresh arrays unless `out` is given. */
  run(inputs: readonly ArrayLike64[], options?: RunOptions): Promise<NdArray[]>;
  /**
   * As `run`, at once.
   * @throws CapabilityError unless `synchronous`
   */
  runSync(inputs: readonly ArrayLike64[], options?: RunOptions): NdArray[];
}
