import { ArgumentError } from "../errors/index.ts";
import { buildGraph, callGraph, type Graph } from "./graph.ts";
import type { DType, Spec } from "./node.ts";
import { Tensor, type TensorLike, toNode } from "./tensor.ts";

/** Shape, or shape and type and name, of an argument of a traced function. */
export type ArgumentSpec =
  | readonly number[]
  | { readonly shape: readonly number[]; readonly dtype?: DType; readonly name?: string };

/**
 * Runs `fn` once on symbolic tensors of the given shapes and records what it computes. Shape errors are raised here, with
 * the operation's name.
 * @example trace((x) => x.square().sum(), [[3]])
 */
export function trace(fn: (...args: Tensor[]) => TensorLike | readonly Tensor[], args: readonly ArgumentSpec[]): Graph {
  const specs: Spec[] = args.map((arg) => {
    const shape = "shape" in arg ? arg.shape : arg;
    if (!shape.every((extent) => Number.isInteger(extent) && extent >= 0))
      throw new ArgumentError("trace", `expected shapes of non-negative integers, got (${shape.join(", ")})`);
    return { shape, dtype: ("shape" in arg ? arg.dtype : undefined) ?? "float64" };
  });
  const names = args.map((arg, i) => ("shape" in arg ? arg.name : undefined) ?? `x${i}`);
  return buildGraph(
    specs,
    (inputs) => {
      const result = fn(...inputs.map((input) => new Tensor(input)));
      const isList = Array.isArray(result) && result.length > 0 && result.every((entry) => entry instanceof Tensor);
      return isList ? result.map((entry: Tensor) => entry.node) : [toNode(result as TensorLike)];
    },
    names,
  );
}

/** Uses a graph as a function on tensors of the trace under way. */
export function call(graph: Graph, args: readonly TensorLike[]): Tensor[] {
  return callGraph(
    graph,
    args.map((arg) => toNode(arg)),
  ).map((node) => new Tensor(node));
}
