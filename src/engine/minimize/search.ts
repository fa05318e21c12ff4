import { CapabilityError, ShapeError } from "../errors/index.ts";
import type { AsyncObjective, Evaluation, MinimizeControl, MinimizeResult, Minimizer, Objective } from "./contract.ts";

/** A question for the Gauss-Newton Hessian at a point times a vector; a point alone asks for the cost there. */
export interface CurvatureQuestion {
  readonly at: Float64Array;
  readonly along: Float64Array;
}

/** An evaluation with the terms of the cost; of a curvature question the gradient alone, which is the product. */
export interface Answer extends Evaluation {
  readonly parts?: Record<string, number> | undefined;
}

/** A minimisation as a coroutine: it asks for the cost at points, is answered, and returns what it found. */
export type Search<Found = MinimizeResult> = Generator<Float64Array | CurvatureQuestion, Found, Answer>;

/** A minimiser from its search, answered at once or by promises: the same steps, to the bit. */
export function minimizerOf(
  name: string,
  options: object,
  search: (size: number, x0: Float64Array, control: MinimizeControl) => Search,
): Minimizer {
  const lacking = (): CapabilityError =>
    new CapabilityError("objective", `expected one with a curvature for the minimizer "${name}", got one without`);
  return Object.freeze<Minimizer>({
    name,
    options,
    minimize(objective: Objective, x0: Float64Array, control: MinimizeControl = {}): MinimizeResult {
      const answer = (question: Float64Array | CurvatureQuestion): Answer => {
        if (question instanceof Float64Array) return { ...objective.evaluate(question), parts: objective.parts?.() };
        if (objective.curvature === undefined) throw lacking();
        return productAnswer(objective.curvature(question.at, question.along), question);
      };
      const steps = search(objective.size, x0, control);
      let next = steps.next();
      while (!next.done) next = steps.next(answer(next.value));
      return next.value;
    },
    async minimizeAsync(
      objective: AsyncObjective,
      x0: Float64Array,
      control: MinimizeControl = {},
    ): Promise<MinimizeResult> {
      const answer = async (question: Float64Array | CurvatureQuestion): Promise<Answer> => {
        if (question instanceof Float64Array)
          return { ...(await objective.evaluate(question)), parts: objective.parts?.() };
        if (objective.curvature === undefined) throw lacking();
        return productAnswer(await objective.curvature(question.at, question.along), question);
      };
      const steps = search(objective.size, x0, control);
      let next = steps.next();
      while (!next.done) next = steps.next(await answer(next.value));
      return next.value;
    },
  });
}

function productAnswer(gradient: Float64Array, { along }: CurvatureQuestion): Answer {
  if (gradient.length !== along.length)
    throw new ShapeError("curvature", `expected ${along.length} numbers, got ${gradient.length}`);
  return { value: Number.NaN, gradient };
}
