import type { Node } from "../../../graph/node.ts";
import { concat, reverse, slice } from "../../../graph/ops.ts";
import type { OnnxCall, Rule } from "../call.ts";

/** `count` elements of an axis from `start` on, `step` apart (backwards when negative). */
export function cut(x: Node, axis: number, start: number, count: number, step = 1): Node {
  const only = (value: number, others: (extent: number) => number): number[] =>
    x.shape.map((extent, own) => (own === axis ? value : others(extent)));
  if (count <= 0)
    return slice(
      x,
      only(0, () => 0),
      only(0, (extent) => extent),
    );
  const last = start + (count - 1) * step;
  const [from, to] = step > 0 ? [start, last + 1] : [last, start + 1];
  const part = slice(
    x,
    only(from, () => 0),
    only(to, (extent) => extent),
    only(Math.abs(step), () => 1),
  );
  return step > 0 ? part : reverse(part, axis);
}

/** Attributes before opset 10, inputs since. */
function sliceRule(call: OnnxCall): Node {
  const starts = call.axes("starts", 1);
  const ends = call.axes("ends", 2);
  if (starts === undefined || ends === undefined || starts.length !== ends.length)
    throw call.fail("expected as many starts as ends");
  const axes = call.axes("axes", 3) ?? starts.map((_, i) => i);
  const steps = call.list(4, "the steps") ?? starts.map(() => 1);
  let x = call.x();
  axes.forEach((given, i) => {
    const axis = call.axis(given, x.shape.length);
    const extent = x.shape[axis]!;
    const step = steps[i] ?? 1;
    if (!Number.isInteger(step) || step === 0) throw call.fail(`expected steps other than 0, got ${step}`);
    const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
    const clamp = (at: number, least: number): number => Math.min(high, Math.max(least, at < 0 ? at + extent : at));
    const start = clamp(starts[i]!, step > 0 ? 0 : 0);
    const end = clamp(ends[i]!, low);
    const count = extent === 0 ? 0 : Math.max(0, Math.ceil((end - start) / step));
    if (start !== 0 || count !== extent || step !== 1) x = cut(x, axis, start, count, step);
  });
  return x;
}

/** Sizes are an attribute before opset 13, an input since; else equal parts, of which the last may be smaller. */
function splitRule(call: OnnxCall): Node[] {
  const x = call.x();
  const axis = call.axis(call.integer("axis", 0), x.shape.length);
  const extent = x.shape[axis]!;
  const parts = call.integer("num_outputs", call.proto.outputs.length);
  const each = Math.ceil(extent / Math.max(1, parts));
  const sizes =
    call.axes("split", 1) ??
    Array.from({ length: call.proto.outputs.length }, (_, i) => Math.max(0, Math.min(each, extent - i * each)));
  if (sizes.reduce((a, b) => a + b, 0) !== extent || sizes.some((size) => size < 0))
    throw call.fail(`expected parts that add up to ${extent}, got ${sizes.join(", ")}`);
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return cut(x, axis, start - size, size);
  });
}

function concatRule(call: OnnxCall): Node {
  return concat(
    call.inputs.map((_, i) => call.x(i)),
    call.axis(call.integer("axis", 0), call.rank()),
  );
}

/** The first elements of each sequence the other way round, as many as its length says. */
function reverseSequence(call: OnnxCall): Node {
  const x = call.x();
  const [time, batch] = [call.integer("time_axis", 0), call.integer("batch_axis", 1)];
  const lengths = call.list(1, "the lengths of the sequences") ?? [];
  if (time + batch !== 1 || x.shape.length < 2 || lengths.length !== x.shape[batch])
    throw call.fail("expected sequences on axes 0 and 1 and a length for each");
  const parts = lengths.map((length, i) => {
    const own = cut(x, batch, i, 1);
    const extent = x.shape[time]!;
    if (!Number.isInteger(length) || length < 0 || length > extent)
      throw call.fail(`expected lengths from 0 to ${extent}, got ${length}`);
    return concat([reverse(cut(own, time, 0, length), time), cut(own, time, length, extent - length)], time);
  });
  return concat(parts, batch);
}

/** Operators that take parts and join them. */
export const slicing: Readonly<Record<string, Rule>> = {
  Concat: concatRule,
  ReverseSequence: reverseSequence,
  Slice: sliceRule,
  Split: splitRule,
};
