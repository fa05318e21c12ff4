import { ArgumentError } from "../../engine/errors/index.ts";
import { concat, type Tensor } from "../../engine/graph/index.ts";
import { type TracedModel, tracedModel } from "../../problem/models/index.ts";
import { type Operator, tracedOperator } from "../../problem/operators/index.ts";
import { checkCount } from "./check-problem.ts";

export interface AugmentedModelOptions {
  readonly name: string;
  /** Number of the state's variables, n. */
  readonly size: number;
  /** Number of parameters to estimate, p. */
  readonly parameters: number;
  /** Time units of a step. */
  readonly dt: number;
  /** One step of the state [n] with parameters [p], from time t. */
  step(x: Tensor, parameters: Tensor, t: Tensor): Tensor;
}

/**
 * A model whose state is the variables followed by its parameters, [n + p], which a step leaves as they are: with it every filter and smoother
 * estimates both. Give the parameters a background, and model error where they may drift; ensembles need spread in them.
 * @throws ArgumentError for counts that aren't positive
 */
export function augmentedModel({ name, size, parameters, dt, step }: AugmentedModelOptions): TracedModel {
  checkCount("size", size, 1);
  checkCount("parameters", parameters, 1);
  return tracedModel({
    name,
    shape: [size + parameters],
    dt,
    options: { size, parameters, dt },
    step: (z: Tensor, t: Tensor): Tensor => {
      const values = z.slice([size], [size + parameters]);
      return concat([step(z.slice([0], [size]), values, t), values], 0);
    },
  });
}

/**
 * An operator on the state of an {@link augmentedModel}: what `operator` sees of its variables.
 * @throws ArgumentError for an operator without a formula
 */
export function augmentedOperator(operator: Operator, parameters: number): Operator {
  const { traced, inSize, inShape, outShape, linear, name } = operator;
  checkCount("parameters", parameters, 1);
  if (traced === undefined)
    throw new ArgumentError("operator", `expected one with a formula, got "${name}", a plain function`);
  const whole = tracedOperator({
    name,
    inShape: [inSize + parameters],
    outShape,
    linear,
    fn: (z: Tensor, t: Tensor): Tensor => traced(z.slice([0], [inSize]).reshape(inShape), t),
  });
  return operator.indices === undefined ? whole : Object.freeze({ ...whole, indices: operator.indices });
}
