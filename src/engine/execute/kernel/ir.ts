import type { Node } from "../../graph/node.ts";
import type { Piece } from "../js/access.ts";

/**
 * A loop nest as data, from which JavaScript and WebAssembly are written: a list of operations on elements of the arena, whose
 * positions are affine in the loop's indices.
 */
export interface Kernel {
  /** Extents, the innermost last; none for a single evaluation. */
  readonly loop: readonly number[];
  /** The innermost axis in stretches on which every formula is the same. */
  readonly segments: readonly Segment[];
  readonly reductions: readonly Reduction[];
  /** Values that no index changes, loaded once before the nest. */
  readonly invariants: readonly LoadValue[];
}

export interface Segment {
  readonly from: number;
  readonly to: number;
  /** Whether it is a loop; else a single position, and positions in it don't name the innermost index. */
  readonly looped: boolean;
  /** Operands first; all stores after all values. */
  readonly statements: readonly Statement[];
}

export type Statement =
  | { readonly kind: "define"; readonly value: LoadValue | ComputedValue }
  | { readonly kind: "store"; readonly address: Address; readonly value: Value }
  | { readonly kind: "accumulate"; readonly reduction: Reduction; readonly address: Address; readonly value: Value };

export type Value = UniformValue | ScalarValue | LoadValue | ComputedValue;

export interface UniformValue {
  readonly kind: "uniform";
  readonly value: number;
}

/** A variable of the program around the kernel. */
export interface ScalarValue {
  readonly kind: "scalar";
  readonly name: string;
}

export interface LoadValue {
  readonly kind: "load";
  readonly address: Address;
}

/** An elementwise operation; attributes and rounding are the node's. */
export interface ComputedValue {
  readonly kind: "compute";
  readonly node: Node;
  readonly operands: readonly Value[];
}

/** A position in the arena, in elements: a sum of terms and a constant. */
export interface Address {
  readonly terms: readonly Term[];
  readonly constant: number;
}

/** A part of a position. Its level is that of the loop in which it changes, -1 for none. */
export type Term =
  | { readonly kind: "variable"; readonly name: string; readonly factor: 1; readonly level: -1 }
  | { readonly kind: "index"; readonly factor: number; readonly level: number }
  | {
      readonly kind: "piecewise";
      /** The same for equal pieces of the same axis. */
      readonly key: string;
      readonly pieces: readonly Piece[];
      readonly factor: number;
      readonly level: number;
    };

export interface Reduction {
  readonly op: "sum" | "max" | "min";
  /** Level before whose loop an accumulator starts; none when the result is accumulated in the arena, which is filled first. */
  readonly level: number | undefined;
  /** Where an accumulator goes when its loop is done. */
  readonly result: Address;
  /** What is filled when there is no accumulator. */
  readonly fill: { readonly address: Address; readonly size: number };
}

/** A text that is the same for equal positions. */
export function addressKey({ terms, constant }: Address): string {
  return `${terms.map(termKey).join("+")}+${constant}`;
}

export function termKey(term: Term): string {
  if (term.kind === "variable") return term.name;
  return `${term.factor}*${term.kind === "index" ? `i${term.level}` : term.key}`;
}
