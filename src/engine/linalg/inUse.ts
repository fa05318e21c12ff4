import { nativeBlas } from "./native/index.ts";
import { kernelsAvailable } from "./wasm/index.ts";

/** What runs the linear algebra here. */
export interface LinalgInUse {
  /** Kernels in WebAssembly; plain JavaScript without. */
  readonly kernels: boolean;
  /** The native library that large matrices go to, or why the one that was asked for can't be had. */
  readonly native?: { readonly name: string; readonly path: string } | { readonly failure: string };
}

/** Says what runs the linear algebra here. */
export function linalgInUse(): LinalgInUse {
  const kernels = kernelsAvailable();
  try {
    const blas = nativeBlas();
    return blas === undefined ? { kernels } : { kernels, native: { name: blas.name, path: blas.path } };
  } catch (error) {
    return { kernels, native: { failure: error instanceof Error ? error.message : String(error) } };
  }
}
