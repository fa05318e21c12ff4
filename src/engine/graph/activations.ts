import { scalar } from "./builder.ts";
import type { Node } from "./node.ts";
import {
  abs,
  add,
  clip,
  div,
  erf,
  exp,
  expm1,
  floor,
  full,
  less,
  log,
  max,
  maximum,
  minimum,
  mul,
  neg,
  sigmoid,
  softplus,
  square,
  sub,
  sum,
  tanh,
  where,
} from "./ops.ts";

/** Activation functions of networks, composed of primitives. */

const zeroLike = (x: Node): Node => full(x.shape, 0);

/** x where positive, `slope`·x elsewhere (at zero too). */
export function leakyRelu(x: Node, slope: Node): Node {
  return where(less(scalar(0), x), x, mul(slope, x));
}

/** x where positive, α(eˣ − 1) elsewhere. */
export function elu(x: Node, alpha = 1): Node {
  return where(less(scalar(0), x), x, mul(scalar(alpha), expm1(minimum(x, zeroLike(x)))));
}

/** max(x, 0) + min(0, α(e^(x/α) − 1)). */
export function celu(x: Node, alpha = 1): Node {
  return where(less(scalar(0), x), x, mul(scalar(alpha), expm1(div(minimum(x, zeroLike(x)), scalar(alpha)))));
}

/** γ·elu(x, α). */
export function selu(x: Node, alpha = 1.6732632423543772, gamma = 1.0507009873554805): Node {
  return mul(scalar(gamma), elu(x, alpha));
}

/** x·Φ(x), Φ by the error function or (`tanh`) by its usual approximation. */
export function gelu(x: Node, approximate: "none" | "tanh" = "none"): Node {
  const inner =
    approximate === "none"
      ? erf(mul(x, scalar(Math.SQRT1_2)))
      : tanh(mul(scalar(Math.sqrt(2 / Math.PI)), add(x, mul(scalar(0.044715), mul(square(x), x)))));
  return mul(mul(scalar(0.5), x), add(inner, scalar(1)));
}

/** αx + β limited to [0, 1]. */
export function hardSigmoid(x: Node, alpha = 0.2, beta = 0.5): Node {
  return clip(add(mul(scalar(alpha), x), scalar(beta)), 0, 1);
}

/** x·hardSigmoid(x, 1/6, 1/2). */
export function hardSwish(x: Node): Node {
  return mul(x, hardSigmoid(x, 1 / 6, 0.5));
}

/** x·σ(αx). */
export function swish(x: Node, alpha = 1): Node {
  return mul(x, sigmoid(mul(scalar(alpha), x)));
}

/** x·tanh(softplus(x)). */
export function mish(x: Node): Node {
  return mul(x, tanh(softplus(x)));
}

/** x / (1 + |x|). */
export function softsign(x: Node): Node {
  return div(x, add(abs(x), scalar(1)));
}

/** x above a threshold, else 0. */
export function thresholdedRelu(x: Node, alpha = 1): Node {
  return where(less(scalar(alpha), x), x, zeroLike(x));
}

/** x ± bias beyond a threshold, else 0. */
export function shrink(x: Node, bias = 0, lambda = 0.5): Node {
  return where(
    less(x, scalar(-lambda)),
    add(x, scalar(bias)),
    where(less(scalar(lambda), x), sub(x, scalar(bias)), zeroLike(x)),
  );
}

/** A shift that keeps exponentials below e and has no derivative of its own. */
function shift(x: Node, axes: readonly number[]): Node {
  return floor(max(x, axes, true));
}

/** Exponentials that add up to 1 along axes. */
export function softmax(x: Node, axes: readonly number[]): Node {
  const powers = exp(sub(x, shift(x, axes)));
  return div(powers, sum(powers, axes, true));
}

/** The logarithm of {@link softmax}. */
export function logSoftmax(x: Node, axes: readonly number[]): Node {
  return sub(x, logSumExp(x, axes, true));
}

/** ln Σ eˣ along axes. */
export function logSumExp(x: Node, axes: readonly number[], keepDims = false): Node {
  const low = shift(x, axes);
  const total = log(sum(exp(sub(x, low)), axes, keepDims));
  return add(total, keepDims ? low : sum(low, axes));
}

/** x limited from below and above by tensors; the upper limit wins. */
export function limit(x: Node, low: Node | undefined, high: Node | undefined): Node {
  const raised = low === undefined ? x : maximum(x, low);
  return high === undefined ? raised : minimum(raised, high);
}

/** Rounded up. */
export function ceil(x: Node): Node {
  return neg(floor(neg(x)));
}

/** Rounded toward zero. */
export function truncate(x: Node): Node {
  return where(less(x, scalar(0)), ceil(x), floor(x));
}
