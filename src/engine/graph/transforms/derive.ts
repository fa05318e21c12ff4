import { ArgumentError, ShapeError } from "../../errors/index.ts";
import { shapeText, sizeOf } from "../../tensor/index.ts";
import { buildGraph, callGraph, type Graph } from "../graph.ts";
import type { Node, Spec } from "../node.ts";
import { array, broadcastTo, full, reshape, transpose } from "../ops.ts";
import { isFloat } from "../primitives/elementwise.ts";
import { jvpBody, like } from "./jvp.ts";
import { vjpBody } from "./vjp.ts";
import { vmapBody } from "./vmap.ts";

/** Inputs with respect to which to differentiate: their indices; all of floating type when left out. */
function chosen(graph: Graph, wrt: readonly number[] | undefined): number[] {
  const list = wrt ?? graph.inputs.flatMap((input, i) => (isFloat(input.dtype) ? [i] : []));
  for (const index of list) {
    const input = graph.inputs[index];
    if (input === undefined || !isFloat(input.dtype))
      throw new ArgumentError("wrt", `expected indices of floating inputs below ${graph.inputs.length}, got ${index}`);
  }
  if (new Set(list).size !== list.length)
    throw new ArgumentError("wrt", `expected different inputs, got ${list.join(", ")}`);
  return [...list];
}

const bodyOf = (graph: Graph): { params: readonly Node[]; outputs: readonly Node[] } => ({
  params: graph.inputs,
  outputs: graph.outputs,
});
const names = (graph: Graph): string[] => graph.inputs.map((input) => input.attributes.name);

/**
 * Tangent-linear graph (forward mode): inputs `[...inputs, ...tangents of the inputs in wrt]`, outputs `[...outputs,
 * ...their tangents]`. Costs about twice the graph itself.
 */
export function jvp(graph: Graph, wrt?: readonly number[]): Graph {
  const list = chosen(graph, wrt);
  const specs: Spec[] = [...graph.inputs, ...list.map((i) => graph.inputs[i]!)];
  return buildGraph(
    specs,
    (inputs) => {
      const tangents: (Node | null)[] = graph.inputs.map(() => null);
      list.forEach((i, position) => {
        tangents[i] = inputs[graph.inputs.length + position]!;
      });
      const result = jvpBody(bodyOf(graph), inputs.slice(0, graph.inputs.length), tangents);
      return [...result.outputs, ...result.tangents.map((tangent, i) => like(tangent, result.outputs[i]!))];
    },
    [...names(graph), ...list.map((i) => `d${names(graph)[i]}`)],
  );
}

/**
 * Adjoint graph (reverse mode): inputs `[...inputs, ...cotangents of the outputs]`, outputs `[...outputs, ...cotangents of
 * the inputs in wrt]`. Costs two to four times the graph, whatever the number of inputs.
 */
export function vjp(graph: Graph, wrt?: readonly number[]): Graph {
  const list = chosen(graph, wrt);
  const floating = graph.outputs.flatMap((output, i) => (isFloat(output.dtype) ? [i] : []));
  const specs: Spec[] = [...graph.inputs, ...floating.map((i) => graph.outputs[i]!)];
  return buildGraph(
    specs,
    (inputs) => {
      const cotangents: (Node | null)[] = graph.outputs.map(() => null);
      floating.forEach((i, position) => {
        cotangents[i] = inputs[graph.inputs.length + position]!;
      });
      return reverse(graph, inputs.slice(0, graph.inputs.length), list, cotangents);
    },
    [...names(graph), ...floating.map((i) => `cotangent${i}`)],
  );
}

function reverse(
  graph: Graph,
  inputs: readonly Node[],
  list: readonly number[],
  cotangents: readonly (Node | null)[],
): Node[] {
  const reversible = vjpBody(
    bodyOf(graph),
    inputs,
    graph.inputs.map((_, i) => list.includes(i)),
  );
  const back = reversible.backward(cotangents);
  return [...reversible.outputs, ...list.map((i) => like(back[i]!, inputs[i]!))];
}

/** Value and gradient of a graph whose first output is a scalar: outputs `[...outputs, ...gradients]`. */
export function valueAndGrad(graph: Graph, wrt?: readonly number[]): Graph {
  const [cost] = graph.outputs;
  if (cost === undefined || sizeOf(cost.shape) !== 1)
    throw new ShapeError("grad", `expected a scalar as the first output, got shape ${shapeText(cost?.shape ?? [])}`);
  const list = chosen(graph, wrt);
  return buildGraph(
    graph.inputs,
    (inputs) =>
      reverse(
        graph,
        inputs,
        list,
        graph.outputs.map((output, i) => (i === 0 ? full(output.shape, 1) : null)),
      ),
    names(graph),
  );
}

/** Gradients of a graph whose first output is a scalar. */
export function grad(graph: Graph, wrt?: readonly number[]): Graph {
  const both = valueAndGrad(graph, wrt);
  return buildGraph(graph.inputs, (inputs) => callGraph(both, inputs).slice(graph.outputs.length), names(graph));
}

/** Runs a graph on batches: the inputs in `batched` (default: all) and all outputs carry a leading axis of `size`. */
export function vmap(graph: Graph, size: number, batched?: readonly boolean[]): Graph {
  if (!Number.isInteger(size) || size < 1) throw new ArgumentError("vmap", `expected a batch size ≥ 1, got ${size}`);
  const flags = graph.inputs.map((_, i) => batched?.[i] ?? true);
  const specs = graph.inputs.map((input, i) => ({
    shape: flags[i] ? [size, ...input.shape] : input.shape,
    dtype: input.dtype,
  }));
  return buildGraph(
    specs,
    (inputs) => {
      const result = vmapBody(bodyOf(graph), inputs, flags, size);
      return result.outputs.map((output, i) =>
        result.batched[i] ? output : broadcastTo(output, [size, ...output.shape]),
      );
    },
    names(graph),
  );
}

/**
 * Jacobian of the first output with respect to input `wrt`: shape `[...output, ...input]`. Forward mode by a batch of unit
 * tangents when the input is no larger than the output, reverse mode otherwise.
 */
export function jacobian(graph: Graph, wrt = 0): Graph {
  const [index] = chosen(graph, [wrt]) as [number];
  const input = graph.inputs[index]!;
  const output = graph.outputs[0]!;
  const [n, m] = [sizeOf(input.shape), sizeOf(output.shape)];
  const count = graph.inputs.length;
  return buildGraph(
    graph.inputs,
    (inputs) => {
      const forward = n <= m;
      const derivative = forward ? jvp(firstOutput(graph), [index]) : vjp(firstOutput(graph), [index]);
      const size = forward ? n : m;
      const unit = new Float64Array(size * size);
      for (let i = 0; i < size; i++) unit[i * size + i] = 1;
      const seeds = array(unit, [size, ...(forward ? input.shape : output.shape)]);
      const flags = [...graph.inputs.map(() => false), true];
      const rows = vmapBody(bodyOf(derivative), [...inputs.slice(0, count), seeds], flags, size);
      const result = rows.outputs[1]!;
      const wide = rows.batched[1] ? result : broadcastTo(result, [size, ...result.shape]);
      return [
        forward
          ? reshape(transpose(reshape(wide, [n, m])), [...output.shape, ...input.shape])
          : reshape(wide, [...output.shape, ...input.shape]),
      ];
    },
    names(graph),
  );
}

function firstOutput(graph: Graph): Graph {
  return { inputs: graph.inputs, outputs: graph.outputs.slice(0, 1) };
}

/** Hessian of a scalar first output times a vector: inputs `[...inputs, vector]`, output of the shape of input `wrt`. */
export function hessianVectorProduct(graph: Graph, wrt = 0): Graph {
  const gradient = grad(graph, [wrt]);
  const tangent = jvp(gradient, [wrt]);
  return buildGraph(tangent.inputs, (inputs) => callGraph(tangent, inputs).slice(1), names(tangent));
}

/** The graph rebuilt through the constructors: common subexpressions shared, constants folded, dead code gone. */
export function simplify(graph: Graph): Graph {
  return buildGraph(graph.inputs, (inputs) => callGraph(graph, inputs), names(graph));
}
