import type { CompileOptions } from "../../engine/execute/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { ObservationSeries } from "../../problem/observe/index.ts";
import type { Operator } from "../../problem/operators/index.ts";

/** A model computed as asked; plain functions stay as they are. */
export function modelWith(model: Model, compute: CompileOptions): Model {
  return model.withCompute?.(compute) ?? model;
}

/** Observations whose operators are computed as asked; those that share an operator still do. */
export function observationsWith(observations: ObservationSeries, compute: CompileOptions): ObservationSeries {
  const made = new Map<Operator, Operator>();
  return observations.map((observation) => {
    const { operator } = observation;
    const computed = made.get(operator) ?? operator.withCompute?.(compute) ?? operator;
    made.set(operator, computed);
    return { ...observation, operator: computed };
  });
}
