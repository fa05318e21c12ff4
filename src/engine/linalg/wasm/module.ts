import { KERNELS } from "../kernels.generated.ts";
import type { Kernels } from "./kernels.ts";

/** (module (func (drop (f64x2.splat (f64.const 0))))): valid where there is SIMD. */
const simd = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 16],
  ...[1, 14, 0, 68, 0, 0, 0, 0, 0, 0, 0, 0, 253, 20, 26, 11],
);

let vectors: boolean | undefined;

/** Whether there is WebAssembly with SIMD. */
export function hasSimd(): boolean {
  vectors ??= typeof WebAssembly === "object" && WebAssembly.validate(simd);
  return vectors;
}

let wanted = true;
let compiled: WebAssembly.Module | null | undefined;
const instances = new WeakMap<WebAssembly.Memory, Kernels>();

/** Switches the kernels off (or on again), so that the JavaScript code can be tested; returns what it was before. */
export function useKernels(on: boolean): boolean {
  const before = wanted;
  wanted = on;
  return before;
}

/**
 * Whether the kernels run here: there is WebAssembly with SIMD, and it may be compiled (a page's security policy can
 * forbid it).
 */
export function kernelsAvailable(): boolean {
  return wanted && moduleOrNull() !== null;
}

/**
 * The kernels on a memory (one that isn't shared): they take byte addresses in it and keep nothing in it between calls.
 * Made once per memory. Memory may grow afterwards: addresses stay valid, views of it have to be taken anew.
 * @throws Error where {@link kernelsAvailable} says no
 */
export function kernelsOn(memory: WebAssembly.Memory): Kernels {
  let kernels = instances.get(memory);
  if (kernels === undefined) {
    const wasm = moduleOrNull();
    if (wasm === null) throw new Error("WebAssembly with SIMD is not available");
    const { exports } = new WebAssembly.Instance(wasm, { env: { memory } });
    if (!isKernels(exports)) throw new Error("the compiled kernels are not those of the sources");
    kernels = exports;
    instances.set(memory, kernels);
  }
  return kernels;
}

function isKernels(exports: WebAssembly.Exports): exports is WebAssembly.Exports & Kernels {
  return typeof exports.gemm64 === "function";
}

function moduleOrNull(): WebAssembly.Module | null {
  if (compiled === undefined) {
    compiled = null;
    try {
      if (hasSimd()) compiled = new WebAssembly.Module(Uint8Array.from(atob(KERNELS), (c) => c.charCodeAt(0)));
    } catch {
      // Forbidden or too large to compile at once here: the JavaScript code does the work.
    }
  }
  return compiled;
}
