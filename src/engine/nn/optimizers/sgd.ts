import { checkRange, type Optimizer } from "./optimizer.ts";

export interface SgdOptions {
  /** 1e-3 by default. */
  readonly learningRate?: number;
  /** Of the heavy ball, 0 by default. */
  readonly momentum?: number;
}

/**
 * Steps of −learningRate·b with b ← momentum·b + gradient; as `torch.optim.SGD`.
 * @throws ArgumentError for an option outside its range
 * @see [Polyak1964]
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { learningRate = 1e-3, momentum = 0 } = options;
  checkRange({ learningRate }, 0, Infinity);
  checkRange({ momentum }, 0, 1);
  return Object.freeze<Optimizer>({
    name: "sgd",
    options: Object.freeze({ learningRate, momentum }),
    learningRate,
    moments: momentum === 0 ? 0 : 1,
    scalars: (_, rate) => [rate],
    update(parameters, gradient, [buffer], scalar) {
      const step = buffer === undefined ? gradient : buffer.mul(momentum).add(gradient);
      return { parameters: parameters.sub(step.mul(scalar(0))), moments: buffer === undefined ? [] : [step] };
    },
  });
}
