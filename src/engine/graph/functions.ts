import { ArgumentError } from "../errors/index.ts";
import * as activations from "./activations.ts";
import { einsum as einsumOfNodes } from "./einsum.ts";
import type { Node } from "./node.ts";
import { Tensor, type TensorLike, toNode } from "./tensor.ts";

/** Functions of tensors that are composed of primitives. */

/**
 * Einstein's summation, as numpy.einsum: `einsum("bij,bjk->bik", a, b)`, with ellipses and repeated letters. Products of
 * matrices, two operands at a time from the left.
 * @throws ArgumentError for an equation that is not well-formed; ShapeError for extents that don't agree
 */
export function einsum(equation: string, ...operands: readonly TensorLike[]): Tensor {
  return new Tensor(
    einsumOfNodes(
      equation,
      operands.map((operand) => toNode(operand)),
    ),
  );
}

const along =
  (name: string, make: (x: Node, axes: readonly number[]) => Node) =>
  (x: Tensor, axis: number | readonly number[] = -1): Tensor =>
    new Tensor(make(x.node, axesOf(name, x, axis)));

function axesOf(name: string, { shape }: Tensor, axis: number | readonly number[]): number[] {
  const axes = (typeof axis === "number" ? [axis] : axis).map((one) => {
    if (!Number.isInteger(one) || one < -shape.length || one >= shape.length)
      throw new ArgumentError(
        `${name}: axis`,
        `expected an integer from ${-shape.length} to ${shape.length - 1}, got ${one}`,
      );
    return one < 0 ? one + shape.length : one;
  });
  if (new Set(axes).size !== axes.length)
    throw new ArgumentError(`${name}: axis`, `expected different axes, got ${axes.join(", ")}`);
  return axes;
}

/** eˣ over its sum along an axis (the last) or several; the largest value is taken away first, so that nothing overflows. */
export const softmax: (x: Tensor, axis?: number | readonly number[]) => Tensor = along("softmax", activations.softmax);
/** Logarithm of {@link softmax}, exact where that underflows. */
export const logSoftmax: (x: Tensor, axis?: number | readonly number[]) => Tensor = along(
  "logSoftmax",
  activations.logSoftmax,
);
/** ln Σ eˣ along an axis (the last) or several, without overflow; these axes are dropped. */
export const logSumExp: (x: Tensor, axis?: number | readonly number[]) => Tensor = along(
  "logSumExp",
  activations.logSumExp,
);

/** x·Φ(x) with the normal distribution Φ, by the error function or by the usual approximation (`tanh`). */
export function gelu(x: Tensor, approximate: "none" | "tanh" = "none"): Tensor {
  return new Tensor(activations.gelu(x.node, approximate));
}
/** x·σ(x), also called swish. */
export function silu(x: Tensor): Tensor {
  return new Tensor(activations.swish(x.node));
}
/** x·tanh(ln(1 + eˣ)). */
export function mish(x: Tensor): Tensor {
  return new Tensor(activations.mish(x.node));
}
/** x where positive, `slope`·x (0.01) elsewhere. */
export function leakyRelu(x: Tensor, slope: TensorLike = 0.01): Tensor {
  return new Tensor(activations.leakyRelu(x.node, toNode(slope, x.dtype)));
}
/** x where positive, α(eˣ − 1) elsewhere; α 1 by default. */
export function elu(x: Tensor, alpha = 1): Tensor {
  return new Tensor(activations.elu(x.node, alpha));
}
/** max(x, 0) + min(0, α(e^(x/α) − 1)); α 1 by default. */
export function celu(x: Tensor, alpha = 1): Tensor {
  return new Tensor(activations.celu(x.node, alpha));
}
/** The self-normalising multiple of {@link elu}. */
export function selu(x: Tensor): Tensor {
  return new Tensor(activations.selu(x.node));
}
/** x/(1 + |x|). */
export function softsign(x: Tensor): Tensor {
  return new Tensor(activations.softsign(x.node));
}
/** x/6 + 1/2 between 0 and 1, as PyTorch's. */
export function hardSigmoid(x: Tensor): Tensor {
  return new Tensor(activations.hardSigmoid(x.node, 1 / 6));
}
/** x times {@link hardSigmoid}. */
export function hardSwish(x: Tensor): Tensor {
  return new Tensor(activations.hardSwish(x.node));
}
