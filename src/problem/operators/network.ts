import { ShapeError } from "../../engine/errors/index.ts";
import { call, type Graph, type Tensor } from "../../engine/graph/index.ts";
import { isFloating, type OnnxModel, openShape } from "../../engine/onnx/index.ts";
import { sameShape, shapeText, sizeOf } from "../../engine/tensor/index.ts";
import { type NormalizeOptions, normalization } from "./normalization.ts";
import { type TracedOperator, tracedOperator } from "./traced.ts";

/**
 * The graph of a network on states of a shape. The network's input may have the state's shape, also with a batch axis of
 * extent 1 before it, or as many elements, open extents being 1 or one of them what is needed.
 * @throws ShapeError for a network of several inputs, of integers, or of another size
 */
export function networkGraph(network: OnnxModel, shape: readonly number[]): Graph {
  const [input, ...more] = network.inputs;
  if (input === undefined || more.length > 0 || !isFloating(input.type))
    throw new ShapeError(
      `network ${network.name}`,
      `expected a network of one floating input, got ${network.inputs.map(({ name, type }) => `${name} (${type})`).join(", ") || "none"}`,
    );
  const own = inputShape(input.shape ?? shape, shape);
  if (own === undefined)
    throw new ShapeError(
      `network ${network.name}`,
      `expected a network for states of shape ${shapeText(shape)}, that is ${sizeOf(shape)} variables, got one whose input "${input.name}" has shape ${openShape(input.shape)}`,
    );
  return network.toGraph({ shapes: { [input.name]: own } });
}

function inputShape(declared: readonly (number | string)[], state: readonly number[]): number[] | undefined {
  const fits = (shape: readonly number[]): boolean =>
    shape.length === declared.length && shape.every((extent, axis) => matches(declared[axis]!, extent));
  for (const shape of [state, [1, ...state]]) if (fits(shape)) return [...shape];
  const closed = declared.map((extent) => (typeof extent === "number" ? extent : 1));
  const open = declared.flatMap((extent, axis) => (typeof extent === "number" ? [] : [axis]));
  const missing = sizeOf(state) / sizeOf(closed);
  const axis = open.at(-1);
  if (missing === 1) return closed;
  if (axis === undefined || !Number.isInteger(missing)) return undefined;
  return closed.map((extent, own) => (own === axis ? missing : extent));
}

function matches(declared: number | string, extent: number): boolean {
  return typeof declared !== "number" || declared === extent;
}

/** A graph of {@link networkGraph} as a map of tensors: the first output, in the network's own shape. */
export function runNetwork(graph: Graph, x: Tensor): Tensor {
  const { shape } = graph.inputs[0]!;
  return call(graph, [sameShape(x.shape, shape) ? x : x.reshape(shape)])[0]!;
}

/**
 * A network as an observation operator on states of a shape: differentiated like a formula. Batch axes of extent 1 are
 * dropped from the result's shape. With `normalize` the network is given (x − mean) / scale, one number for all variables or
 * one for each; 0 and 1 by default.
 * @throws ShapeError for a network that doesn't take such states; ArgumentError for a scale that isn't positive
 */
export function networkOperator(
  network: OnnxModel,
  shape: readonly number[],
  normalize: NormalizeOptions = {},
): TracedOperator {
  const graph = networkGraph(network, shape);
  const size = sizeOf(shape);
  const { scaled } = normalization(normalize, size);
  const output = graph.outputs[0]!.shape;
  const outShape = output.length > 1 && output[0] === 1 ? output.slice(1) : output.length === 0 ? [1] : output;
  return tracedOperator({
    name: network.name,
    inShape: shape,
    outShape,
    fn: (x) => runNetwork(graph, scaled(x.reshape([size]))).reshape(outShape),
  });
}
