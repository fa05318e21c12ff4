import { ArgumentError, ShapeError } from "../errors/index.ts";
import { type Graph, type Tensor, tensor, trace } from "../graph/index.ts";
import { sameShape, shapeText } from "../tensor/index.ts";
import { inference, type Layer } from "./layers/index.ts";
import { checkParameters, constants, type Network } from "./network.ts";
import type { Normalization } from "./normalization.ts";

export interface NormalizedOptions {
  /** Of what goes in. */
  readonly input: Normalization;
  /** Of what comes out (the increment, when that is what the layer predicts); that of the input by default. */
  readonly output?: Normalization;
  /** What the layer makes: the next state (default), or the increment that is added to its argument. */
  readonly predicts?: "state" | "increment";
}

/**
 * A layer between physical units: mean + scale · layer((x − mean)/scale), plus x when it predicts increments. Train it as a
 * part of the network, so that losses and rollouts are in physical units and the exported network needs nothing else.
 * @throws ArgumentError for a scale that isn't positive, or when `predicts` is neither
 */
export function normalized(layer: Layer, options: NormalizedOptions): Layer {
  const { input, output = input, predicts = "state" } = options;
  for (const [place, { scale }] of Object.entries({ input, output }))
    if (!scale.data.every((value) => value > 0 && value < Infinity))
      throw new ArgumentError(`normalized.${place}.scale`, "expected positive numbers");
  if (predicts !== "state" && predicts !== "increment")
    throw new ArgumentError("normalized.predicts", `expected "state" or "increment", got ${JSON.stringify(predicts)}`);
  return {
    name: "normalized",
    parameters: layer.parameters,
    apply(parameters, x, context) {
      const scaled = x.sub(tensor(input.mean)).div(tensor(input.scale));
      const result = layer.apply(parameters, scaled, context).mul(tensor(output.scale)).add(tensor(output.mean));
      return predicts === "increment" ? x.add(result) : result;
    },
  };
}

/**
 * A trained network as a one-step map on symbolic states: one of the network's input shape, or a batch of them (an ensemble)
 * with a leading axis. The parameters are constants of the graph.
 * @throws ShapeError for a network whose output isn't of its input's shape, and for other states
 */
export function surrogate(network: Network, parameters: Float64Array): (x: Tensor) => Tensor {
  const { inputShape, outputShape, layer } = network;
  if (!sameShape(inputShape, outputShape))
    throw new ShapeError(
      "surrogate",
      `expected a network from states to states, got ${shapeText(inputShape)} to ${shapeText(outputShape)}`,
    );
  const fixed = parameters.slice();
  checkParameters(network.size, fixed);
  return (x) => {
    const single = sameShape(x.shape, inputShape);
    if (!single && !sameShape(x.shape.slice(1), inputShape))
      throw new ShapeError("surrogate", `expected a state ${shapeText(inputShape)}, got ${shapeText(x.shape)}`);
    const batch = single ? x.reshape([1, ...inputShape]) : x;
    const result = layer.apply(constants(network, fixed), batch, inference);
    return single ? result.reshape(inputShape) : result;
  };
}

/**
 * A trained network as a graph from [batch, …input] to [batch, …output] (batch 1 by default), for `writeOnnx` and `compile`;
 * the parameters are its constants, batch normalisation uses its running averages.
 */
export function exportNetwork(
  network: Network,
  parameters: Float64Array,
  options: { readonly batch?: number } = {},
): Graph {
  const { batch = 1 } = options;
  return trace(
    (x) => network.layer.apply(constants(network, parameters), x!, inference),
    [{ shape: [batch, ...network.inputShape], name: "x" }],
  );
}
