import { type AdamOptions, adamOptions, adamUpdate } from "./adam.ts";
import type { Minimizer } from "./contract.ts";
import { descend } from "./descend.ts";
import { minimizerOf } from "./search.ts";
import { nonNegative } from "./validate.ts";

/** Hyper-parameters of {@link adamw}. */
export interface AdamwOptions extends AdamOptions {
  /** How fast x itself decays, in units of the learning rate. */
  readonly decay: number;
}

/**
 * Adam with decoupled weight decay: x is multiplied by 1 − learningRate·decay before Adam's step; as
 * `torch.optim.AdamW`, but with no decay unless asked for, since in data assimilation it pulls the analysis to zero.
 * @param options `decay` 0 (PyTorch: 0.01), the others as for `adam`
 * @throws ArgumentError for an option outside its range
 * @see [LoshchilovHutter2019]
 */
export function adamw(options: Partial<AdamwOptions> = {}): Minimizer {
  const { decay = 0 } = options;
  nonNegative({ decay });
  const complete: AdamwOptions = Object.freeze({ ...adamOptions(options), decay });
  const keep = 1 - complete.learningRate * decay;
  return minimizerOf("adamw", complete, (size, x0, control) => {
    const update = adamUpdate(complete, x0.length);
    return descend(size, x0, control, complete, (x, gradient, step) => {
      for (let i = 0; i < x.length; i++) x[i] = x[i]! * keep;
      update(x, gradient, step);
    });
  });
}
