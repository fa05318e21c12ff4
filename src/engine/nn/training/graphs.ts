import { CapabilityError, ShapeError } from "../../errors/index.ts";
import { call, concat, full, type Graph, type Tensor, tensor, trace, valueAndGrad } from "../../graph/index.ts";
import { shapeText } from "../../tensor/index.ts";
import { inference } from "../layers/index.ts";
import { type Network, type ParameterEntry, unpack } from "../network.ts";
import type { Optimizer } from "../optimizers/index.ts";
import type { Apply, Objective } from "./objectives.ts";

/** A training step as one graph. */
export interface StepGraph {
  /**
   * Inputs `[parameters, ...moments, scalars, ...batch, noise?]`, outputs `[loss, norm of the gradient, parameters,
   * ...moments]`.
   */
  readonly graph: Graph;
  /** Uniform numbers that dropout takes; 0: there is no such input. */
  readonly noise: number;
}

type Shapes = readonly (readonly number[])[];

/** Loss of a batch in training: outputs `[loss, ...new running averages]`, the averages of `replaced` in that order. */
function trainingLoss(
  network: Network,
  objective: Objective,
  batch: Shapes,
): { graph: Graph; noise: number; replaced: ParameterEntry[] } {
  let noise = 0;
  let replaced: ParameterEntry[] = [];
  const build = (vector: Tensor, rows: readonly Tensor[], uniform?: Tensor): Tensor[] => {
    const parameters = unpack(network, vector);
    const averages = new Map<number, Tensor>();
    noise = 0;
    const random = (shape: readonly number[]): Tensor => {
      const from = noise;
      noise += shape.reduce((a, b) => a * b, 1);
      return uniform === undefined ? full(shape, 0.5) : uniform.slice([from], [noise]).reshape(shape);
    };
    const apply: Apply = (x, { frozen = false } = {}) => {
      const current = parameters.map((parameter, i) => averages.get(i) ?? parameter);
      const context = { training: true, random };
      if (frozen) return network.layer.apply(parameters, x, context);
      const replace = (parameter: Tensor, value: Tensor): void => {
        averages.set(current.indexOf(parameter), value);
      };
      return network.layer.apply(current, x, { ...context, replace });
    };
    const loss = objective(apply, rows);
    if (loss.shape.length > 0)
      throw new ShapeError("objective", `expected a scalar, got shape ${shapeText(loss.shape)}`);
    replaced = [...averages.keys()].map((i) => network.index[i]!);
    return [loss, ...averages.values()];
  };
  const shapes = [[network.size], ...batch];
  const dry = trace((vector, ...rows) => build(vector!, rows), shapes);
  if (noise === 0) return { graph: dry, noise, replaced };
  const graph = trace((vector, ...rows) => build(vector!, rows.slice(0, -1), rows.at(-1)), [...shapes, [noise]]);
  return { graph, noise, replaced };
}

/** The vector of parameters with running averages put where they belong and the others left as they were. */
function assemble(network: Network, before: Tensor, stepped: Tensor, averages: ReadonlyMap<number, Tensor>): Tensor {
  if (network.index.every((entry) => entry.trainable !== false)) return stepped;
  return concat(
    network.index.map(({ offset, size, trainable }) => {
      const average = averages.get(offset);
      if (average !== undefined) return average.reshape([size]);
      return (trainable === false ? before : stepped).slice([offset], [offset + size]);
    }),
  );
}

/**
 * Loss, gradient, clipping by the gradient's norm, the optimiser's step and the new running averages in one graph.
 * @throws ShapeError when the objective isn't a scalar; CapabilityError for a network without parameters
 * @see [Pascanu2013] for clipping by norm
 */
export function stepGraph(
  network: Network,
  objective: Objective,
  optimizer: Optimizer,
  clipNorm: number | undefined,
  batch: Shapes,
): StepGraph {
  if (network.size === 0) throw new CapabilityError("network", "expected parameters to train, got none");
  const { graph: loss, noise, replaced } = trainingLoss(network, objective, batch);
  const derivative = valueAndGrad(loss, [0]);
  const { moments } = optimizer;
  const scalars = optimizer.scalars(1, optimizer.learningRate).length;
  const vectors = Array.from({ length: 1 + moments }, () => [network.size]);
  const weights = Float64Array.from(
    network.index.flatMap(({ size, shape }) => Array<number>(size).fill(shape.length < 2 ? 0 : 1)),
  );
  const graph = trace(
    (parameters, ...rest) => {
      const outputs = call(derivative, [parameters!, ...rest.slice(moments + 1)]);
      const gradient = outputs.at(-1)!;
      const norm = gradient.square().sum().sqrt();
      const clipped = clipNorm === undefined ? gradient : gradient.mul(tensor(clipNorm).div(norm.add(1e-6)).minimum(1));
      const after = optimizer.update(
        parameters!,
        clipped,
        rest.slice(0, moments),
        (i) => rest[moments]!.at(i),
        tensor(weights),
      );
      const averages = new Map(replaced.map((entry, i) => [entry.offset, outputs[i + 1]!]));
      return [outputs[0]!, norm, assemble(network, parameters!, after.parameters, averages), ...after.moments];
    },
    [...vectors, [scalars], ...batch, ...(noise === 0 ? [] : [[noise]])],
  );
  return { graph, noise };
}

/** Loss of a batch without dropout and by running averages: inputs `[parameters, ...batch]`. */
export function evaluationGraph(network: Network, objective: Objective, batch: Shapes): Graph {
  return trace(
    (vector, ...rows) => objective((x) => network.layer.apply(unpack(network, vector!), x, inference), rows),
    [[network.size], ...batch],
  );
}
