import type { AsyncObjective, Evaluation, MinimizeControl, MinimizeResult, Minimizer, Objective } from "./contract.ts";

/** An evaluation with the terms of the cost. */
export interface Answer extends Evaluation {
  readonly parts?: Record<string, number> | undefined;
}

/** A minimisation as a coroutine: it asks for the cost at points, is answered, and returns what it found. */
export type Search<Found = MinimizeResult> = Generator<Float64Array, Found, Answer>;

/** A minimiser from its search, answered at once or by promises: the same steps, to the bit. */
export function minimizerOf(
  name: string,
  options: object,
  search: (size: number, x0: Float64Array, control: MinimizeControl) => Search,
): Minimizer {
  return Object.freeze<Minimizer>({
    name,
    options,
    minimize(objective: Objective, x0: Float64Array, control: MinimizeControl = {}): MinimizeResult {
      const steps = search(objective.size, x0, control);
      let next = steps.next();
      while (!next.done) {
        const { value, gradient } = objective.evaluate(next.value);
        next = steps.next({ value, gradient, parts: objective.parts?.() });
      }
      return next.value;
    },
    async minimizeAsync(
      objective: AsyncObjective,
      x0: Float64Array,
      control: MinimizeControl = {},
    ): Promise<MinimizeResult> {
      const steps = search(objective.size, x0, control);
      let next = steps.next();
      while (!next.done) {
        const { value, gradient } = await objective.evaluate(next.value);
        next = steps.next({ value, gradient, parts: objective.parts?.() });
      }
      return next.value;
    },
  });
}
