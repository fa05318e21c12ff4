import { CapabilityError } from "../../engine/errors/index.ts";
import type { Model } from "../../problem/models/index.ts";
import { presentObservations } from "../../problem/observe/index.ts";
import type { Awaitable, Operator } from "../../problem/operators/index.ts";
import type { WindowCost, WindowProblem } from "./window.ts";

/**
 * The cost of a window from hand-written tangents and adjoints, called operator by operator. The control variable is that of
 * x = x_b + B^(1/2) v. One run of the model and one of its adjoint an evaluation.
 * @throws CapabilityError for an operator without an adjoint, or one that answers with promises
 */
export function adjointCost(method: string, problem: WindowProblem): WindowCost {
  const { model, observations, time = 0 } = problem;
  const { mean, covariance } = problem.background;
  const whole = problem.control === "state";
  const adjointOf = (operator: Operator): NonNullable<Operator["adjoint"]> => {
    if (operator.adjoint === undefined)
      throw new CapabilityError(
        method,
        `needs the derivative of "${operator.name}", which is a plain function: give it as a formula on tensors or with its adjoint`,
      );
    return operator.adjoint.bind(operator);
  };
  const now = <T>(operator: Operator, value: Awaitable<T>): T => {
    if (value instanceof Promise)
      throw new CapabilityError(method, `needs "${operator.name}" to answer at once, got a promise`);
    return value;
  };
  for (const { operator } of observations) adjointOf(operator);
  let parts = { Jb: 0, Jo: 0 };
  const state = (z: Float64Array): Float64Array => {
    if (whole) return z.slice();
    const departure = covariance.applySqrt(z);
    return mean.map((value, i) => value + departure[i]!);
  };
  const evaluate = (z: Float64Array): { value: number; gradient: Float64Array } => {
    const x0 = state(z);
    const states = [x0];
    const intervals: { move: Operator; t: number }[] = [];
    const forces: Float64Array[] = [];
    let Jo = 0;
    let step = 0;
    for (const observation of observations) {
      const t = time + observation.step * (model?.dt ?? 0);
      let x = states.at(-1)!;
      // Step by step: a step that answers at once does so here, an interval of several may not.
      for (; step < observation.step; step++) {
        const move = (model as Model).advance(1);
        const begin = time + step * (model as Model).dt;
        x = now(move, move.apply(x, begin));
        intervals.push({ move, t: begin });
        states.push(x);
      }
      const { indices, values, error } = presentObservations({ ...observation, time: t });
      if (error === undefined) continue;
      const all = now(observation.operator, observation.operator.apply(x, t));
      const departure = values.map((value, i) => value - all[indices[i]!]!);
      const weighted = error.solve(departure);
      const back = new Float64Array(observation.operator.outSize);
      indices.forEach((place, i) => {
        Jo += 0.5 * departure[i]! * weighted[i]!;
        back[place] = -weighted[i]!;
      });
      forces[states.length - 1] = now(observation.operator, adjointOf(observation.operator)(x, back, t));
    }
    let lambda = new Float64Array(mean.length);
    for (let k = states.length - 1; k >= 0; k--) {
      const force = forces[k];
      if (force !== undefined) lambda = lambda.map((value, i) => value + force[i]!);
      if (k > 0) {
        const { move, t } = intervals[k - 1]!;
        lambda = Float64Array.from(now(move, adjointOf(move)(states[k - 1]!, lambda, t)));
      }
    }
    let Jb = 0;
    let gradient: Float64Array;
    if (whole) {
      const departure = z.map((value, i) => value - mean[i]!);
      const weighted = covariance.solve(departure);
      departure.forEach((value, i) => {
        Jb += 0.5 * value * weighted[i]!;
      });
      gradient = lambda.map((value, i) => value + weighted[i]!);
    } else {
      for (const value of z) Jb += 0.5 * value * value;
      gradient = covariance.applySqrtTransposed(lambda).map((value, i) => value + z[i]!);
    }
    parts = { Jb, Jo };
    return { value: Jb + Jo, gradient };
  };
  return {
    size: whole ? mean.length : covariance.sqrtSize,
    evaluate,
    parts: () => parts,
    start: () => (whole ? mean.slice() : new Float64Array(covariance.sqrtSize)),
    state,
  };
}
