import { ShapeError } from "../errors/index.ts";
import type { Evaluation, MinimizeControl, MinimizeResult, Minimizer } from "./contract.ts";

/** Independent problems of one size whose costs are computed together. */
export interface BatchObjective {
  /** The number of unknowns of each. */
  readonly size: number;
  /**
   * Costs and gradients of the problems `which` (ascending numbers) at a point each. Buffers may be used again for the next call, but not
   * shared among problems.
   */
  evaluate(
    points: readonly Float64Array[],
    which: readonly number[],
  ): readonly Evaluation[] | Promise<readonly Evaluation[]>;
}

interface Waiting {
  readonly point: Float64Array;
  answer(evaluation: Evaluation): void;
  fail(error: unknown): void;
}

/**
 * Minimises independent problems side by side: every problem has the steps, the line searches and the end that it would have alone, but in
 * every round the costs of all that still go on are asked for in one call. Rounds: the largest number of evaluations of one problem.
 * @throws ShapeError unless there is one answer for each point; what the minimiser throws for the first problem that fails
 */
export async function minimizeTogether(
  minimizer: Minimizer,
  objective: BatchObjective,
  starts: readonly Float64Array[],
  control?: MinimizeControl,
): Promise<MinimizeResult[]> {
  const { size } = objective;
  const waiting = new Map<number, Waiting>();
  let active = starts.length;
  const round = async (): Promise<void> => {
    if (active === 0 || waiting.size < active) return;
    const asked = [...waiting].sort(([a], [b]) => a - b);
    waiting.clear();
    try {
      const answers = await objective.evaluate(
        asked.map(([, { point }]) => point),
        asked.map(([problem]) => problem),
      );
      if (answers.length !== asked.length)
        throw new ShapeError("objective", `expected ${asked.length} evaluations, got ${answers.length}`);
      asked.forEach(([, { answer }], k) => {
        answer(answers[k]!);
      });
    } catch (error) {
      for (const [, { fail }] of asked) fail(error);
    }
  };
  const alone = async (start: Float64Array, problem: number): Promise<MinimizeResult> => {
    const evaluate = (point: Float64Array): Promise<Evaluation> =>
      new Promise((answer, fail) => {
        waiting.set(problem, { point, answer, fail });
        void round();
      });
    try {
      return await minimizer.minimizeAsync({ size, evaluate }, start, control);
    } finally {
      active--;
      void round();
    }
  };
  return Promise.all(starts.map(alone));
}
