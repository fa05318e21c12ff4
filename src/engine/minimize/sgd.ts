import type { Minimizer } from "./contract.ts";
import { type DescendOptions, descend, descendOptions } from "./descend.ts";
import { minimizerOf } from "./search.ts";
import { fraction, positive } from "./validate.ts";

/** Hyper-parameters of {@link sgd}. */
export interface SgdOptions extends DescendOptions {
  readonly learningRate: number;
  readonly momentum: number;
}

/**
 * Gradient descent with constant steps and, if wanted, heavy-ball momentum, as `torch.optim.SGD` (dampening 0): the
 * buffer is b ← momentum·b + g, the step −learningRate·b. Simple, and slow on badly scaled costs: see `lbfgs`.
 * @param options `learningRate` 1e-3, `momentum` 0, `iterations` 1000, `earlyStop` none by default
 * @throws ArgumentError for an option outside its range
 * @see [Polyak1964]
 */
export function sgd(options: Partial<SgdOptions> = {}): Minimizer {
  const { learningRate = 1e-3, momentum = 0 } = options;
  positive({ learningRate });
  fraction({ momentum });
  const complete: SgdOptions = Object.freeze({ learningRate, momentum, ...descendOptions(options) });
  return minimizerOf("sgd", complete, (size, x0, control) => {
    const buffer = new Float64Array(x0.length);
    return descend(size, x0, control, complete, (x, gradient) => {
      for (let i = 0; i < x.length; i++) {
        const step = momentum * buffer[i]! + gradient[i]!;
        buffer[i] = step;
        x[i] = x[i]! - learningRate * step;
      }
    });
  });
}
