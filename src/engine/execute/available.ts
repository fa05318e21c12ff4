import { hasSimd } from "../linalg/wasm/index.ts";
import { runtimeVersion } from "./ort/runtime.ts";

/** The executors that there are here; `js` always. */
export interface Executors {
  /** Whether `wasm` has vectors; without them `js` runs in its place. */
  readonly wasm: boolean;
  /** The package and its version behind `ort`; undefined when there is none. */
  readonly ort: string | undefined;
}

/** Finds the executors that there are here; loads ONNX Runtime if it is installed. */
export async function availableExecutors(): Promise<Executors> {
  return { wasm: hasSimd(), ort: await runtimeVersion() };
}
