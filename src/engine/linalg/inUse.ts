import { kernelsAvailable } from "./wasm/index.ts";

/** What runs the linear algebra here. */
export interface LinalgInUse {
  /** Kernels in WebAssembly; plain JavaScript without. */
  readonly kernels: boolean;
}

/** Says what runs the linear algebra here. */
export function linalgInUse(): LinalgInUse {
  return { kernels: kernelsAvailable() };
}
