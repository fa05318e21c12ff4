import { type Initializer, kaimingUniform, uniform } from "../initializers.ts";
import { checkSizes, expectExtent, type Layer, type ParameterSpec } from "./layer.ts";

export interface DenseOptions {
  /** True by default. */
  readonly bias?: boolean;
  /** Of the weights; PyTorch's by default. */
  readonly initialize?: Initializer;
}

/**
 * x·Wᵀ + b over the last axis: [N, …, inputs] → [N, …, outputs]; W is [outputs, inputs], as `torch.nn.Linear`.
 * @throws ArgumentError for sizes that are not positive integers; ShapeError when applied to another last extent
 */
export function dense(inputs: number, outputs: number, options: DenseOptions = {}): Layer {
  checkSizes("dense", { inputs, outputs });
  const { bias = true, initialize = kaimingUniform() } = options;
  const parameters: ParameterSpec[] = [{ name: "weight", shape: [outputs, inputs], initialize }];
  if (bias) parameters.push({ name: "bias", shape: [outputs], initialize: uniform(1 / Math.sqrt(inputs)) });
  return {
    name: "dense",
    parameters,
    apply([weight, b], x) {
      expectExtent("dense", x, -1, inputs);
      const product = x.matmul(weight!.transpose());
      return b === undefined ? product : product.add(b);
    },
  };
}
