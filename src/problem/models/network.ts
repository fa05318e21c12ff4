import { ArgumentError, ShapeError } from "../../engine/errors/index.ts";
import type { CompileOptions } from "../../engine/execute/index.ts";
import { concat, scan, type Tensor } from "../../engine/graph/index.ts";
import type { OnnxModel } from "../../engine/onnx/index.ts";
import { shapeText, sizeOf } from "../../engine/tensor/index.ts";
import { computedOperator, type Operator, type TracedOperatorOptions, tracedOperator } from "../operators/index.ts";
import { networkGraph, runNetwork } from "../operators/network.ts";
import { type NormalizeOptions, normalization } from "../operators/normalization.ts";
import { checkCount, checkPositive, perSteps } from "./check.ts";
import type { Model } from "./model.ts";
import { tracedModel } from "./traced.ts";

/** With `mean` and `scale` the network works on (x − mean) / scale and its result is turned back. */
export interface NetworkModelOptions extends NormalizeOptions {
  readonly network: OnnxModel;
  /** Shape of a state; by default the network's input's, open extents 1, the first axis dropped if it is 1. */
  readonly shape?: readonly number[];
  /** Time units of a step. */
  readonly dt: number;
  /** Number of successive states that a call of the network returns; 1 by default. */
  readonly stepsPerCall?: number;
}

/**
 * A network as a forecast model. With `stepsPerCall` L its output holds the L states after the one it is given, [L, n] or
 * [1, L, n]; an interval of k steps takes ⌈k/L⌉ calls, in a loop, and of the last only the states that are needed are
 * computed. Intervals begin with a call of their own.
 * @throws ShapeError for a network whose input or output doesn't fit the state
 */
export function networkModel(options: NetworkModelOptions): Model {
  const { network, dt, stepsPerCall: L = 1 } = options;
  checkPositive("dt", dt);
  checkCount("stepsPerCall", L);
  const shape = options.shape ?? stateShape(network);
  const n = sizeOf(shape);
  const graph = networkGraph(network, shape);
  const output = graph.outputs[0]!.shape;
  if (sizeOf(output) !== L * n || !holdsStates(output, L))
    throw new ShapeError(
      `network ${network.name}`,
      `expected a result of ${L === 1 ? "" : `${L} states of `}${n} variables${L === 1 ? "" : `, shape (${L}, ${n})`}, as stepsPerCall is ${L} and the state has shape ${shapeText(shape)}, got shape ${shapeText(output)}`,
    );
  const { scaled, unscaled } = normalization(options, n);
  /** The states after x, [L, n]. */
  const states = (x: Tensor): Tensor => unscaled(runNetwork(graph, scaled(x.reshape([n]))).reshape([L, n]));
  const { name } = network;
  if (L === 1) return tracedModel({ name, shape, dt, step: (x) => states(x).reshape(shape) });
  const calls = (x: Tensor, steps: number): { whole: Tensor; last: Tensor; rest: number } => {
    const before = Math.ceil(steps / L) - 1;
    const rest = steps - before * L;
    if (before === 0) return { whole: x, last: states(x), rest };
    const { carry, ys } = scan(
      ([state]) => {
        const next = states(state!);
        return { carry: [next.at(L - 1)], ys: [next] };
      },
      [x.reshape([n])],
      [],
      { length: before },
    );
    return { whole: ys[0]!.reshape([before * L, n]), last: states(carry[0]!), rest };
  };
  const modelOf = (make: (operator: TracedOperatorOptions) => Operator): Model =>
    Object.freeze({
      name,
      shape: [...shape],
      size: n,
      dt,
      linear: false,
      options: Object.freeze({ stepsPerCall: L }),
      withCompute: (compute: CompileOptions): Model => modelOf((operator) => computedOperator(operator, compute)),
      advance: perSteps((steps: number) =>
        make({
          name,
          inShape: shape,
          outShape: shape,
          fn: (x) => {
            const { last, rest } = calls(x, steps);
            return last.at(rest - 1).reshape(shape);
          },
        }),
      ),
      trajectory: perSteps((steps: number) =>
        make({
          name: `${name}: trajectory`,
          inShape: shape,
          outShape: [steps, ...shape],
          fn: (x) => {
            const { whole, last, rest } = calls(x, steps);
            const end = last.slice([0], [rest]);
            return (rest === steps ? end : concat([whole, end])).reshape([steps, ...shape]);
          },
        }),
      ),
    });
  return modelOf(tracedOperator);
}

/** Whether the first axis that is longer than 1 is the one of the L states. */
function holdsStates(output: readonly number[], L: number): boolean {
  return L === 1 || output.find((extent) => extent !== 1) === L;
}

/** Shape of a state that a network takes, by what it says of its input: open extents 1, the first axis dropped if it is 1. */
export function networkShape(declared: readonly (number | string)[]): number[] {
  const closed = declared.map((extent) => (typeof extent === "number" ? extent : 1));
  return closed.length > 1 && closed[0] === 1 ? closed.slice(1) : closed;
}

/** The same of a network's first input. */
export function stateShape(network: OnnxModel): number[] {
  const declared = network.inputs[0]?.shape;
  if (declared === undefined)
    throw new ArgumentError("state", `"${network.name}" doesn't say the shape of its input: give state: { shape }`);
  return networkShape(declared);
}
