import { ArgumentError } from "../../errors/index.ts";
import type { Tensor } from "../../graph/index.ts";

/** A rule for steps along gradients, written as a graph; it keeps nothing. */
export interface Optimizer {
  readonly name: string;
  readonly options: Readonly<Record<string, number | boolean>>;
  readonly learningRate: number;
  /** Vectors of the parameters' length that it carries from step to step, from zeros. */
  readonly moments: number;
  /** Numbers that depend on the step, counted from 1, and on the scheduled learning rate: an argument of the graph. */
  scalars(step: number, learningRate: number): number[];
  /** Parameters and moments after a step; `weights` is 1 for elements of matrices and kernels, 0 for biases and the like. */
  update(
    parameters: Tensor,
    gradient: Tensor,
    moments: readonly Tensor[],
    scalars: (index: number) => Tensor,
    weights: Tensor,
  ): { readonly parameters: Tensor; readonly moments: readonly Tensor[] };
}

/** Refuses hyper-parameters outside [low, high). */
export function checkRange(options: Readonly<Record<string, number>>, low: number, high: number): void {
  for (const [name, value] of Object.entries(options))
    if (!(value >= low && value < high))
      throw new ArgumentError(
        `optimizer.${name}`,
        `expected a number from ${low} to ${high}, ${high} excluded, got ${value}`,
      );
}
