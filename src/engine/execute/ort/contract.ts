/** Results by name. */
export type OrtResults = Readonly<Record<string, { readonly data: unknown } | undefined>>;

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
  /** Versions of the packages it is made of. */
  readonly env?: { readonly versions?: Readonly<Record<string, string | undefined>> } | undefined;
}

export interface OnnxSession {
  readonly inputNames: readonly string[];
  run(feeds: Readonly<Record<string, unknown>>, fetches: Readonly<Record<string, unknown>>): Promise<OrtResults>;
}
