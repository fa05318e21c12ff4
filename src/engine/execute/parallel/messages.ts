import type { Image } from "../js/link.ts";

/** What a worker is told: to take a program, or to run one on arrays that it may keep. */
export type Order =
  | { readonly kind: "load"; readonly program: number; readonly image: Image }
  | { readonly kind: "drop"; readonly program: number }
  | { readonly kind: "run"; readonly program: number; readonly task: number; readonly inputs: readonly Float64Array[] };

/** What a worker says: it is ready, or a task's results, or what went wrong. */
export type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly task: number; readonly outputs: readonly Float64Array[] }
  | { readonly kind: "failed"; readonly task: number; readonly message: string };

/** The buffers of arrays, to be handed over without a copy. */
export function buffersOf(arrays: readonly Float64Array[]): ArrayBuffer[] {
  return arrays.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
}
