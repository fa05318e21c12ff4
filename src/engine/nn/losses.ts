import { ArgumentError } from "../errors/index.ts";
import { type Tensor, where } from "../graph/index.ts";

/** How far a prediction is from its target, as a scalar; the first axis of both is the batch. */
export type Loss = (prediction: Tensor, target: Tensor) => Tensor;

/** Mean squared error over all elements. */
export const mse: Loss = (prediction, target) => prediction.sub(target).square().mean();

/** Mean absolute error over all elements. */
export const mae: Loss = (prediction, target) => prediction.sub(target).abs().mean();

/**
 * Half the square for errors up to `delta`, linear beyond, so that outliers pull no harder; as `torch.nn.HuberLoss`.
 * @throws ArgumentError unless delta is positive
 * @see [Huber1964]
 */
export function huber(delta = 1): Loss {
  if (!(delta > 0)) throw new ArgumentError("huber.delta", `expected a positive number, got ${delta}`);
  return (prediction, target) => {
    const error = prediction.sub(target).abs();
    return where(error.lessEqual(delta), error.square().mul(0.5), error.sub(delta / 2).mul(delta)).mean();
  };
}

/** Euclidean norm of a sample's error over that of its target, averaged over the batch: the loss of neural operators. */
export const relativeL2: Loss = (prediction, target) => {
  // The bound keeps the derivative of a perfect prediction at 0 instead of 0/0.
  const norm = (x: Tensor): Tensor => x.reshape([x.shape[0]!, -1]).square().sum(1).maximum(1e-300).sqrt();
  return norm(prediction.sub(target)).div(norm(target)).mean();
};
