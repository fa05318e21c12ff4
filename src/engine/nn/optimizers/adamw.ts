import { checkRange, type Optimizer } from "./optimizer.ts";

export interface AdamOptions {
  /** 1e-3 by default. */
  readonly learningRate?: number;
  /** Memory of the mean gradient, 0.9 by default. */
  readonly beta1?: number;
  /** Memory of the mean squared gradient, 0.999 by default. */
  readonly beta2?: number;
  /** Added to the root of the mean squared gradient, 1e-8 by default. */
  readonly epsilon?: number;
}

export interface AdamwOptions extends AdamOptions {
  /** How fast parameters decay, in units of the learning rate; 0.01 by default, as PyTorch. */
  readonly decay?: number;
  /** Whether parameters of less than two axes (biases, scales of normalisations) decay too; true by default, as PyTorch. */
  readonly decayBiases?: boolean;
}

/**
 * Steps along the mean gradient, each component divided by its root mean square; as `torch.optim.Adam`.
 * @throws ArgumentError for an option outside its range
 * @see [KingmaBa2015]
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return { ...adamw({ ...options, decay: 0 }), name: "adam" };
}

/**
 * Adam after the parameters have been multiplied by 1 − learningRate·decay; as `torch.optim.AdamW`.
 * @throws ArgumentError for an option outside its range
 * @see [LoshchilovHutter2019]
 */
export function adamw(options: AdamwOptions = {}): Optimizer {
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0.01, decayBiases = true } = options;
  checkRange({ learningRate, epsilon, decay }, 0, Infinity);
  checkRange({ beta1, beta2 }, 0, 1);
  return Object.freeze<Optimizer>({
    name: "adamw",
    options: Object.freeze({ learningRate, beta1, beta2, epsilon, decay, decayBiases }),
    learningRate,
    moments: 2,
    scalars: (step, rate) => [rate / (1 - beta1 ** step), Math.sqrt(1 - beta2 ** step), 1 - rate * decay],
    update(parameters, gradient, [mean, square], scalar, weights) {
      const m = mean!.add(gradient.sub(mean!).mul(1 - beta1));
      const v = square!.mul(beta2).add(gradient.square().mul(1 - beta2));
      const step = m.mul(scalar(0)).div(v.sqrt().div(scalar(1)).add(epsilon));
      const factor = decayBiases ? scalar(2) : weights.mul(scalar(2).sub(1)).add(1);
      const kept = decay === 0 ? parameters : parameters.mul(factor);
      return { parameters: kept.sub(step), moments: [m, v] };
    },
  });
}
