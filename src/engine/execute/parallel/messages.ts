import type { GramTransforms } from "../../linalg/index.ts";
import type { Image } from "../js/link.ts";

/** A program on arrays, or transforms of a batch; the worker may keep the arrays. */
export type Work =
  | { readonly kind: "run"; readonly inputs: readonly Float64Array[] }
  | { readonly kind: "transform"; readonly batch: GramTransforms };

/** What a worker is told: to take a program, to drop it, or to do a task. */
export type Order =
  | { readonly kind: "load"; readonly program: number; readonly image: Image }
  | { readonly kind: "drop"; readonly program: number }
  | { readonly kind: "task"; readonly program: number; readonly task: number; readonly work: Work };

/** What a worker says: it is ready, or a task's results, or what went wrong. */
export type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly task: number; readonly outputs: readonly Float64Array[] }
  | { readonly kind: "failed"; readonly task: number; readonly message: string };

/** The buffers of arrays, to be handed over without a copy. */
export function buffersOf(arrays: readonly (Float64Array | Int32Array)[]): ArrayBuffer[] {
  return arrays.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
}

/** The buffers of what a task works on. */
export function buffersOfWork(work: Work): ArrayBuffer[] {
  if (work.kind === "run") return buffersOf(work.inputs);
  const { rows, targets, starts, indices, weights, vectorStarts, vectors } = work.batch;
  return buffersOf([rows, targets, starts, indices, weights, vectorStarts, vectors]);
}
