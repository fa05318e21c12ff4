import { CapabilityError } from "../../errors/index.ts";

/** The part of ONNX Runtime's interface that is used, in Node (onnxruntime-node) and in a page (onnxruntime-web). */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OnnxSession>;
  };
  readonly Tensor: new (
    type: "float32" | "float64",
    data: Float32Array | Float64Array,
    dims: readonly number[],
  ) => unknown;
}

export interface OnnxSession {
  readonly inputNames: readonly string[];
  run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, { readonly data: unknown }>>>;
}

let given: OnnxRuntime | undefined;

/** Gives the runtime that executor "ort" uses, where it can't be imported by its name: in a page, a bundle or a test. */
export function useOnnxRuntime(runtime: OnnxRuntime): void {
  given = runtime;
}

/** The package's name stands in a variable: bundlers of the main entry shall not look for it. */
const PACKAGES = ["onnxruntime-node", "onnxruntime-web"];

function isRuntime(value: unknown): value is OnnxRuntime {
  return typeof value === "object" && value !== null && "InferenceSession" in value && "Tensor" in value;
}

/**
 * ONNX Runtime: the one given, or the installed package.
 * @throws CapabilityError when there is none
 */
export async function onnxRuntime(): Promise<OnnxRuntime> {
  if (given !== undefined) return given;
  const browser = typeof window !== "undefined";
  for (const name of browser ? PACKAGES.slice(1) : PACKAGES) {
    try {
      const loaded: unknown = await import(/* @vite-ignore */ name);
      if (isRuntime(loaded)) {
        given = loaded;
        return loaded;
      }
    } catch {
      // The next one; the error below says what to do.
    }
  }
  throw new CapabilityError(
    "executor ort",
    `needs ONNX Runtime: install ${browser ? "onnxruntime-web and give it to useOnnxRuntime" : "onnxruntime-node"}, or use executor js`,
    "capability/onnxruntime",
  );
}
