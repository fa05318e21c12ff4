import type { PerAxis } from "../../graph/index.ts";
import { sizeOf } from "../../tensor/index.ts";
import { type Initializer, kaimingUniform, uniform } from "../initializers.ts";
import { spread } from "./convolution.ts";
import { checkSizes, expectExtent, type Layer, type ParameterSpec, perChannel } from "./layer.ts";

export interface TransposedConvolutionOptions {
  /** Extent of the window; 2 by default. */
  readonly kernel?: PerAxis;
  /** The factor by which extents grow; 2 by default. */
  readonly strides?: PerAxis;
  /** Taken off both sides of the result; 0 by default. */
  readonly padding?: PerAxis;
  /** Positions added at the end; 0 by default. */
  readonly outputPadding?: PerAxis;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly initialize?: Initializer;
  /** Spatial axes; 2 by default. */
  readonly dimensions?: 1 | 2;
}

/**
 * Transposed convolution, which refines grids: [N, inputs, …] → [N, outputs, …]; weights [inputs, outputs/groups, …], as
 * `torch.nn.ConvTranspose1d` and `2d`.
 */
export function convTranspose(inputs: number, outputs: number, options: TransposedConvolutionOptions = {}): Layer {
  const { strides = 2, padding = 0, outputPadding = 0, groups = 1, bias = true, dimensions = 2 } = options;
  const { initialize = kaimingUniform() } = options;
  checkSizes("convTranspose", {
    inputs,
    outputs,
    groups,
    "inputs/groups": inputs / groups,
    "outputs/groups": outputs / groups,
  });
  const shape = [inputs, outputs / groups, ...spread(options.kernel ?? 2, dimensions)];
  const parameters: ParameterSpec[] = [{ name: "weight", shape, initialize }];
  if (bias)
    parameters.push({
      name: "bias",
      shape: [outputs],
      initialize: uniform(1 / Math.sqrt(sizeOf(shape.slice(1)))),
    });
  return {
    name: "convTranspose",
    parameters,
    apply([weight, b], x) {
      expectExtent("convTranspose", x, 1, inputs);
      const result = x.convTranspose(weight!, { strides, padding, outputPadding, groups });
      return b === undefined ? result : result.add(perChannel(b, result));
    },
  };
}
