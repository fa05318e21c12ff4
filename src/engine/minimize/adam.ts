import type { Minimizer } from "./contract.ts";
import { type DescendOptions, descend, descendOptions, type Update } from "./descend.ts";
import { minimizerOf } from "./search.ts";
import { fraction, positive } from "./validate.ts";

/** Hyper-parameters of {@link adam}. */
export interface AdamOptions extends DescendOptions {
  readonly learningRate: number;
  /** Memory of the mean gradient. */
  readonly beta1: number;
  /** Memory of the mean squared gradient. */
  readonly beta2: number;
  /** Added to the root of the mean squared gradient. */
  readonly epsilon: number;
}

/**
 * Adam: steps along the mean gradient, each component divided by its root mean square, both corrected for their start
 * at zero; as `torch.optim.Adam`.
 * @param options `learningRate` 1e-3, `beta1` 0.9, `beta2` 0.999, `epsilon` 1e-8, `iterations` 1000, `earlyStop` none by
 *   default
 * @throws ArgumentError for an option outside its range
 * @see [KingmaBa2015]
 */
export function adam(options: Partial<AdamOptions> = {}): Minimizer {
  const complete: AdamOptions = Object.freeze(adamOptions(options));
  return minimizerOf("adam", complete, (size, x0, control) =>
    descend(size, x0, control, complete, adamUpdate(complete, x0.length)),
  );
}

/** Checks and completes Adam's options. */
export function adamOptions(options: Partial<AdamOptions>): AdamOptions {
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  positive({ learningRate });
  fraction({ beta1 });
  fraction({ beta2 });
  positive({ epsilon });
  return { learningRate, beta1, beta2, epsilon, ...descendOptions(options) };
}

/** Adam's step with its two moments, which start at zero. */
export function adamUpdate(options: AdamOptions, size: number): Update {
  const { learningRate, beta1, beta2, epsilon } = options;
  const mean = new Float64Array(size);
  const square = new Float64Array(size);
  return (x, gradient, step) => {
    const rate = learningRate / (1 - beta1 ** step);
    const root = Math.sqrt(1 - beta2 ** step);
    for (let i = 0; i < size; i++) {
      const g = gradient[i]!;
      const m = mean[i]! + (1 - beta1) * (g - mean[i]!);
      const v = beta2 * square[i]! + (1 - beta2) * g * g;
      mean[i] = m;
      square[i] = v;
      x[i] = x[i]! - (rate * m) / (Math.sqrt(v) / root + epsilon);
    }
  };
}
