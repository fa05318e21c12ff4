import * as activations from "../../../graph/activations.ts";
import { scalar } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import { clip, full, relu, sigmoid, softplus, tanh } from "../../../graph/ops.ts";
import type { OnnxCall, Rule } from "../call.ts";
import { literal } from "../value.ts";

/** Limits are attributes before opset 11, inputs since. */
function clipRule(call: OnnxCall): Node {
  const x = call.x();
  const attribute = call.opset < 11;
  const lower = attribute ? scalar(call.float("min", -3.4028234663852886e38)) : call.optional(1);
  const upper = attribute ? scalar(call.float("max", 3.4028234663852886e38)) : call.optional(2);
  const low = lower === undefined ? Number.NEGATIVE_INFINITY : literal(lower)?.data[0];
  const high = upper === undefined ? Number.POSITIVE_INFINITY : literal(upper)?.data[0];
  if (low === undefined || high === undefined) return activations.limit(x, lower, upper);
  return low > high ? full(x.shape, high) : clip(x, low, high);
}

/** Before opset 13 all axes from `axis` (1) on are one; since then `axis` (the last) alone is meant. */
function softmaxAxes(call: OnnxCall): number[] {
  const rank = call.rank();
  const axis = call.axis(call.integer("axis", call.opset < 13 ? 1 : -1), rank);
  return call.opset < 13 ? Array.from({ length: rank - axis }, (_, i) => axis + i) : [axis];
}

/** Activation functions. */
export const activationOperators: Readonly<Record<string, Rule>> = {
  Celu: (call) => activations.celu(call.x(), call.float("alpha", 1)),
  Clip: clipRule,
  Elu: (call) => activations.elu(call.x(), call.float("alpha", 1)),
  Gelu: (call) => activations.gelu(call.x(), call.string("approximate", "none") === "tanh" ? "tanh" : "none"),
  HardSigmoid: (call) => activations.hardSigmoid(call.x(), call.float("alpha", 0.2), call.float("beta", 0.5)),
  HardSwish: (call) => activations.hardSwish(call.x()),
  LeakyRelu: (call) => activations.leakyRelu(call.x(), scalar(call.float("alpha", 0.01))),
  LogSoftmax: (call) => activations.logSoftmax(call.x(), softmaxAxes(call)),
  Mish: (call) => activations.mish(call.x()),
  PRelu: (call) => activations.leakyRelu(call.x(), call.x(1)),
  Relu: (call) => relu(call.x()),
  Selu: (call) =>
    activations.selu(call.x(), call.float("alpha", 1.6732632423543772), call.float("gamma", 1.0507009873554805)),
  Shrink: (call) => activations.shrink(call.x(), call.float("bias", 0), call.float("lambd", 0.5)),
  Sigmoid: (call) => sigmoid(call.x()),
  Softmax: (call) => activations.softmax(call.x(), softmaxAxes(call)),
  Softplus: (call) => softplus(call.x()),
  Softsign: (call) => activations.softsign(call.x()),
  Swish: (call) => activations.swish(call.x(), call.float("alpha", 1)),
  Tanh: (call) => tanh(call.x()),
  ThresholdedRelu: (call) => activations.thresholdedRelu(call.x(), call.float("alpha", 1)),
};
