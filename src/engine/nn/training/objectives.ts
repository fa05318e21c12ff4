import { ArgumentError } from "../../errors/index.ts";
import { concat, scan, type Tensor } from "../../graph/index.ts";
import type { Loss } from "../losses.ts";

/** The network under training. With `frozen` running averages keep what earlier calls made of them. */
export type Apply = (x: Tensor, options?: { readonly frozen?: boolean }) => Tensor;

/** What is minimised: a scalar, the mean over a batch's samples, from the rows of the data that make the batch. */
export type Objective = (apply: Apply, batch: readonly Tensor[]) => Tensor;

function pair(batch: readonly Tensor[], place: string): readonly [Tensor, Tensor] {
  const [x, y] = batch;
  if (x === undefined || y === undefined || batch.length !== 2)
    throw new ArgumentError(`${place}.data`, `expected two arrays, inputs and targets, got ${batch.length}`);
  return [x, y];
}

/** Loss of what the network makes of inputs, against targets; data: `[inputs, targets]`. */
export function supervised(loss: Loss): Objective {
  return (apply, batch) => {
    const [x, y] = pair(batch, "supervised");
    return loss(apply(x), y);
  };
}

export interface RolloutOptions {
  /** Keep O(√steps) states for the gradient and compute twice; false by default. */
  readonly checkpoint?: boolean;
}

/**
 * Loss of the trajectory that the network, as a one-step map, makes from each start, against true ones; data: `[starts
 * [n, …state], trajectories [n, steps, …state]]`. A loop in the graph, so compile time doesn't depend on the steps. Batch
 * normalisation moves its running averages at the first step alone; dropout drops the same elements at all steps but the first.
 */
export function rollout(loss: Loss, options: RolloutOptions = {}): Objective {
  const { checkpoint = false } = options;
  return (apply, batch) => {
    const [start, truth] = pair(batch, "rollout");
    const steps = truth.shape[1] ?? 0;
    if (truth.shape.length !== start.shape.length + 1 || steps < 1)
      throw new ArgumentError("rollout.data", "expected trajectories [n, steps, …] for starts [n, …]");
    const first = apply(start);
    const rest = scan(
      ([x]) => {
        const next = apply(x!, { frozen: true });
        return { carry: [next], ys: [next] };
      },
      [first],
      [],
      { length: steps - 1, checkpoint },
    ).ys[0]!;
    const states =
      steps === 1 ? first.reshape([1, ...first.shape]) : concat([first.reshape([1, ...first.shape]), rest]);
    return loss(states.transpose([1, 0, ...start.shape.slice(1).map((_, axis) => axis + 2)]), truth);
  };
}
