import { scalar } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import { standardize } from "../../../graph/normalize.ts";
import { abs, add, div, mean, mul, reshape, sqrt, square, sub, sum } from "../../../graph/ops.ts";
import type { OnnxCall, Output, Rule } from "../call.ts";

/** A vector of one number a channel, made to broadcast over [N, C, …]. */
function perChannel(call: OnnxCall, index: number): Node {
  return reshape(call.x(index), [
    -1,
    ...call
      .x()
      .shape.slice(2)
      .map(() => 1),
  ]);
}

function batchNormalization(call: OnnxCall): Node {
  if (call.integer("training_mode", 0) === 1 || call.wants(1))
    throw call.unsupported("batch normalisation in training mode");
  const [gain, shift, centre, variance] = [1, 2, 3, 4].map((index) => perChannel(call, index));
  const factor = div(gain!, sqrt(add(variance!, scalar(call.float("epsilon", 1e-5)))));
  return add(mul(call.x(), factor), sub(shift!, mul(centre!, factor)));
}

function axesFrom(call: OnnxCall, first: number): number[] {
  const rank = call.rank();
  return Array.from({ length: Math.max(0, rank - first) }, (_, i) => first + i);
}

function instanceNormalization(call: OnnxCall): Node {
  const { result } = standardize(call.x(), axesFrom(call, 2), call.float("epsilon", 1e-5));
  return add(mul(result, perChannel(call, 1)), perChannel(call, 2));
}

function layerNormalization(call: OnnxCall): Output[] {
  const first = call.axis(call.integer("axis", -1), call.rank());
  const { result, mean: centre, deviation } = standardize(call.x(), axesFrom(call, first), call.float("epsilon", 1e-5));
  const scaled = mul(result, call.x(1));
  const shift = call.optional(2);
  return [shift === undefined ? scaled : add(scaled, shift), centre, div(scalar(1), deviation)];
}

/** Scale and shift are one number a group before opset 21, one a channel since. */
function groupNormalization(call: OnnxCall): Node {
  const x = call.x();
  const [batch, channels] = [x.shape[0]!, x.shape[1]!];
  const groups = call.integer("num_groups", 0);
  if (groups < 1 || channels % groups !== 0)
    throw call.fail(`expected groups of ${channels} channels, got ${groups} groups`);
  const parted = reshape(x, [batch, groups, -1]);
  const { result } = standardize(parted, [2], call.float("epsilon", 1e-5));
  if (call.opset >= 21) return add(mul(reshape(result, x.shape), perChannel(call, 1)), perChannel(call, 2));
  const perGroup = (index: number): Node => reshape(call.x(index), [groups, 1]);
  return reshape(add(mul(result, perGroup(1)), perGroup(2)), x.shape);
}

function lpNormalization(call: OnnxCall): Node {
  const x = call.x();
  const axis = call.axis(call.integer("axis", -1), call.rank());
  return call.integer("p", 2) === 1 ? div(x, sum(abs(x), axis, true)) : div(x, sqrt(sum(square(x), axis, true)));
}

function rmsNormalization(call: OnnxCall): Node {
  const x = call.x();
  const axes = axesFrom(call, call.axis(call.integer("axis", -1), call.rank()));
  const size = sqrt(add(mean(square(x), axes, true), scalar(call.float("epsilon", 1e-5))));
  return mul(div(x, size), call.x(1));
}

/** Normalisations. */
export const normalizations: Readonly<Record<string, Rule>> = {
  BatchNormalization: batchNormalization,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  LpNormalization: lpNormalization,
  MeanVarianceNormalization: (call) => standardize(call.x(), call.integers("axes") ?? [0, 2, 3], 1e-9).result,
  RMSNormalization: rmsNormalization,
};
