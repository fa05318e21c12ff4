import type { NdArray } from "../../tensor/index.ts";
import { sizeOf } from "../../tensor/index.ts";
import type { AttributeTypes, DType, Node, NodeOf, Primitive, RuledName } from "../node.ts";

/** What is particular to a linear primitive of one operand: its transpose gives VJP and, with itself, JVP. */
export interface LinearDefinition<P extends RuledName> {
  readonly shape: (shape: readonly number[], attributes: AttributeTypes[P]) => readonly number[];
  readonly apply: (x: Node, attributes: AttributeTypes[P]) => Node;
  readonly transpose: (node: NodeOf<P>, cotangent: Node) => Node;
  readonly batch: (x: Node, node: NodeOf<P>) => Node;
  readonly evaluate: (node: NodeOf<P>, x: NdArray) => Float64Array;
  readonly simplify?: (x: Node, attributes: AttributeTypes[P]) => Node | undefined;
  readonly dtype?: DType;
}

/** A linear primitive of one operand from its definition. */
export function linear<P extends RuledName>(definition: LinearDefinition<P>): Primitive<P> {
  const { simplify } = definition;
  return {
    infer: ([x], attributes) => ({
      shape: definition.shape(x!.shape, attributes),
      dtype: definition.dtype ?? x!.dtype,
    }),
    ...(simplify === undefined
      ? {}
      : { simplify: ([x]: readonly Node[], attributes: AttributeTypes[P]) => simplify(x!, attributes) }),
    jvp: (node, _inputs, _output, [t]) => (t == null ? null : definition.apply(t, node.attributes)),
    vjp: (node, _inputs, _output, cotangent) => [definition.transpose(node, cotangent)],
    batch: (node, [x]) => definition.batch(x!, node),
    evaluate: (node, [x]) => definition.evaluate(node, x!),
  };
}

/** Evaluates an operation that only moves elements: `source` gives the operand's index of each result, -1 for zero. */
export function gather(
  shape: readonly number[],
  x: NdArray,
  source: (index: readonly number[]) => readonly number[] | null,
): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    const from = source(index);
    if (from !== null) {
      let at = 0;
      for (let axis = 0; axis < from.length; axis++) at = at * x.shape[axis]! + from[axis]!;
      out[i] = x.data[at]!;
    }
    for (let axis = index.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return out;
}
