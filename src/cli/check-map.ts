import type { DifferentiableMap } from "../diagnostics/testing/index.ts";
import { compile } from "../engine/execute/index.ts";
import { type Graph, jvp, vjp } from "../engine/graph/index.ts";
import { type NdArray, sizeOf } from "../engine/tensor/index.ts";

/** A network as a map between flat vectors of all its floating inputs and outputs. */
export interface NetworkMap extends DifferentiableMap {
  /** Indices of the inputs and outputs that have derivatives. */
  readonly inputs: readonly number[];
  readonly outputIndices: readonly number[];
  /** The floating inputs, one after the other. */
  readonly x: Float64Array;
  outputs(): NdArray[];
  tangents(dx: Float64Array): NdArray[];
  adjoints(dy: Float64Array): NdArray[];
}

const floating = (values: readonly { readonly dtype: string }[]): number[] =>
  values.flatMap(({ dtype }, i) => (dtype === "float64" || dtype === "float32" ? [i] : []));

/** Compiles a graph, its tangent and its adjoint. */
export function networkMap(graph: Graph, values: readonly NdArray[], dtype: "float64" | "float32"): NetworkMap {
  const inputs = floating(graph.inputs);
  const outputIndices = floating(graph.outputs);
  const forward = compile(graph, { dtype });
  const lazily = (make: () => Graph) => {
    let made: ReturnType<typeof compile> | undefined;
    return (args: readonly NdArray[]): NdArray[] => {
      made ??= compile(make(), { dtype });
      return made.runSync(args).slice(graph.outputs.length);
    };
  };
  const tangent = lazily(() => jvp(graph, inputs));
  const adjoint = lazily(() => vjp(graph, inputs));
  const cut = (x: Float64Array, like: readonly { readonly shape: readonly number[] }[]): NdArray[] => {
    let at = 0;
    return like.map(({ shape }) => {
      at += sizeOf(shape);
      return { data: x.slice(at - sizeOf(shape), at), shape };
    });
  };
  const join = (arrays: readonly NdArray[]): Float64Array => {
    const out = new Float64Array(arrays.reduce((total, { data }) => total + data.length, 0));
    let at = 0;
    for (const { data } of arrays) {
      out.set(data, at);
      at += data.length;
    }
    return out;
  };
  const open = inputs.map((i) => graph.inputs[i]!);
  const results = outputIndices.map((i) => graph.outputs[i]!);
  const at = (x: Float64Array): NdArray[] => {
    const parts = cut(x, open);
    return values.map((value, i) => (inputs.includes(i) ? parts[inputs.indexOf(i)]! : value));
  };
  const chosen = (outputs: readonly NdArray[]): NdArray[] => outputIndices.map((i) => outputs[i]!);
  const x = join(inputs.map((i) => values[i]!));
  const tangentsAt = (place: Float64Array, dx: Float64Array): NdArray[] =>
    chosen(tangent([...at(place), ...cut(dx, open)]));
  const adjointsAt = (place: Float64Array, dy: Float64Array): NdArray[] => adjoint([...at(place), ...cut(dy, results)]);
  return {
    inputs,
    outputIndices,
    x,
    outputs: () => forward.runSync(values),
    tangents: (dx) => tangentsAt(x, dx),
    adjoints: (dy) => adjointsAt(x, dy),
    apply: (place) => join(chosen(forward.runSync(at(place)))),
    tangent: (place, dx) => join(tangentsAt(place, dx)),
    adjoint: (place, dy) => join(adjointsAt(place, dy)),
  };
}
