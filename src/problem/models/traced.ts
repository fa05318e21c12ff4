import type { CompileOptions } from "../../engine/execute/index.ts";
import { scan, type Tensor, tensor } from "../../engine/graph/index.ts";
import { sizeOf } from "../../engine/tensor/index.ts";
import {
  computedOperator,
  type Operator,
  type TracedOperator,
  type TracedOperatorOptions,
  tracedOperator,
} from "../operators/index.ts";
import { checkCount, checkPositive, perSteps } from "./check.ts";
import type { Model } from "./model.ts";

/** A model that has a formula: all of its operators are differentiable. */
export interface TracedModel extends ModelOf<TracedOperator> {}

interface ModelOf<O extends Operator> extends Model {
  advance(steps: number): O;
  trajectory(steps: number): O;
  readonly step: (x: Tensor, t: Tensor) => Tensor;
}

export interface TracedModelOptions {
  readonly name: string;
  readonly shape: readonly number[];
  /** Time units of a step. */
  readonly dt: number;
  /** One step on a symbolic state of `shape`; `t` is the scalar time at its start. */
  step(x: Tensor, t: Tensor): Tensor;
  /** Whether a step is linear in x, without a constant part; false by default. */
  readonly linear?: boolean;
  /** What a resolved case says of it. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/**
 * A model from the formula of one step. An interval is a loop over its steps inside one graph, whose size doesn't
 * depend on their number; step k starts at time t + k·dt.
 * @throws ArgumentError unless dt is positive and the shape one of positive integers
 */
export function tracedModel(model: TracedModelOptions): TracedModel {
  return modelOf(model, tracedOperator);
}

/** A model whose operators are made by `make`. */
function modelOf<O extends Operator>(
  model: TracedModelOptions,
  make: (operator: TracedOperatorOptions) => O,
): ModelOf<O> {
  const { name, shape, dt, step, linear = false, options = {} } = model;
  checkPositive("dt", dt);
  shape.forEach((extent, axis) => {
    checkCount(`shape[${axis}]`, extent);
  });
  const loop = (x: Tensor, t: Tensor, steps: number): { carry: Tensor[]; ys: Tensor[] } => {
    const elapsed = tensor(Float64Array.from({ length: steps }, (_, k) => k * dt));
    return scan(
      ([state], [passed]) => {
        const next = step(state!, passed!.add(t));
        return { carry: [next], ys: [next] };
      },
      [x],
      [elapsed],
    );
  };
  return Object.freeze({
    name,
    shape: [...shape],
    size: sizeOf(shape),
    dt,
    linear,
    options: Object.freeze({ ...options }),
    step,
    withCompute: (compute: CompileOptions): Model => modelOf(model, (options) => computedOperator(options, compute)),
    advance: perSteps((steps: number) =>
      make({
        name,
        inShape: shape,
        outShape: shape,
        linear,
        fn: (x, t) => (steps === 1 ? step(x, t) : loop(x, t, steps).carry[0]!),
      }),
    ),
    trajectory: perSteps((steps: number) =>
      make({
        name: `${name}: trajectory`,
        inShape: shape,
        outShape: [steps, ...shape],
        linear,
        fn: (x, t) => loop(x, t, steps).ys[0]!,
      }),
    ),
  });
}
