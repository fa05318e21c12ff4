import type { Node, NodeOf } from "../../graph/node.ts";
import type { Buffer } from "./buffers.ts";
import type { Scope } from "./scope.ts";

/** Where a loop writes: a buffer, an offset and a stride for each axis of the loop. */
export interface Target {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** What one loop nest does, in order. */
export type Item =
  | { readonly kind: "compute"; readonly node: Node; readonly target: Target }
  | { readonly kind: "reduce"; readonly node: Node; readonly target: Target }
  | { readonly kind: "copy"; readonly source: Node; readonly target: Target };

export type Step =
  | { readonly kind: "kernel"; readonly loop: readonly number[]; readonly items: readonly Item[] }
  | { readonly kind: "fill"; readonly buffer: Buffer; readonly value: number }
  | { readonly kind: "call"; readonly node: Node; readonly result: Buffer; readonly operands: readonly Buffer[] }
  | { readonly kind: "loop"; readonly loop: LoopPlan }
  /** The elements of a small value, one variable each. */
  | { readonly kind: "scalars"; readonly node: Node; readonly load: boolean }
  | { readonly kind: "store"; readonly node: Node; readonly target: Target };

export interface ScopePlan {
  readonly scope: Scope;
  readonly steps: readonly Step[];
  /** Memory of what lives only inside. */
  readonly frame: Buffer;
}

/** A large carry of a loop over steps: where it is read and written. */
export interface LargeCarry {
  readonly index: number;
  readonly size: number;
  readonly kind: "in-place" | "ping-pong" | "trajectory";
  /** The memory of its slots. */
  readonly slots: Buffer;
  /** The slots of the current step as the body sees them. */
  readonly current: Buffer;
  readonly next: Buffer;
}

/** A sequence or stacked result: the memory of all steps, and the current step's part as the body sees it. */
export interface Stream {
  readonly memory: Buffer;
  readonly current: Buffer;
  readonly size: number;
}

/** A small carry of a loop: variables. */
export interface SmallCarry {
  readonly index: number;
  readonly output: Node;
  readonly start: readonly string[];
  readonly names: readonly string[];
}

export interface LoopPlan {
  readonly node: NodeOf<"scan">;
  readonly body: ScopePlan;
  readonly small: readonly SmallCarry[];
  readonly large: readonly LargeCarry[];
  readonly streams: readonly Stream[];
  /** Memory for the small carries' last values, when the loop is a function of its own. */
  readonly exit: Buffer;
}
