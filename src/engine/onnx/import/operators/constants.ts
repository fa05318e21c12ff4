import { constant, scalar } from "../../../graph/builder.ts";
import { add, broadcastTo, equal, maximum, reshape, where } from "../../../graph/ops.ts";
import { elementType } from "../../proto/types.ts";
import type { OnnxCall, Output, Rule } from "../call.ts";

function constantRule(call: OnnxCall): Output {
  const tensor = call.tensor("value");
  if (tensor !== undefined) return tensor;
  const floats = call.floats("value_floats");
  if (floats !== undefined) return { node: constant(Float64Array.from(floats), [floats.length]), type: "float" };
  const integers = call.integers("value_ints");
  if (integers !== undefined) return { node: constant(Float64Array.from(integers), [integers.length]), type: "int64" };
  const number = call.float("value_float", Number.NaN);
  if (!Number.isNaN(number)) return { node: scalar(number), type: "float" };
  if (call.proto.attributes.has("value_int")) return { node: scalar(call.integer("value_int", 0)), type: "int64" };
  throw call.unsupported("a constant that is neither a tensor nor numbers");
}

function constantOfShape(call: OnnxCall): Output {
  const shape = call.list(0, "the shape") ?? [];
  const value = call.tensor("value") ?? { node: scalar(0), type: "float" as const };
  if (shape.some((extent) => !Number.isInteger(extent) || extent < 0))
    throw call.fail(`expected a shape, got ${shape.join(", ")}`);
  return { node: broadcastTo(reshape(value.node, []), shape), type: value.type };
}

function range(call: OnnxCall): Output {
  const [start, limit, step] = [0, 1, 2].map((index) => call.number(index, "start, limit or step") ?? 0);
  if (step === 0) throw call.fail("expected a step other than 0");
  const length = call.extent(Math.max(0, Math.ceil((limit! - start!) / step!)), "a length");
  const data = Float64Array.from({ length }, (_, i) => start! + i * step!);
  return { node: constant(data, [length]), type: call.type() };
}

function eyeLike(call: OnnxCall): Output {
  const [rows = 0, columns = 0] = call.x().shape;
  const offset = call.integer("k", 0);
  const data = new Float64Array(call.extent(rows * columns, "a number of elements"));
  for (let i = 0; i < rows; i++) if (i + offset >= 0 && i + offset < columns) data[i * columns + i + offset] = 1;
  return { node: constant(data, [rows, columns]), type: elementType(call.integer("dtype", 0)) ?? call.type() };
}

function oneHot(call: OnnxCall): Output {
  const indices = call.x();
  const depth = call.extent(call.number(1, "the depth") ?? 0, "a depth");
  const [off, on] = call.list(2, "the values") ?? [];
  const rank = indices.shape.length + 1;
  const axis = call.axis(call.integer("axis", -1), rank);
  const shape = [...indices.shape.slice(0, axis), 1, ...indices.shape.slice(axis)];
  const classes = reshape(
    constant(
      Float64Array.from({ length: depth }, (_, i) => i),
      [depth],
    ),
    shape.map((_, own) => (own === axis ? depth : 1)),
  );
  const at = reshape(indices, shape);
  const hit = maximum(equal(at, classes), equal(add(at, scalar(depth)), classes));
  return { node: where(hit, scalar(on ?? 1), scalar(off ?? 0)), type: call.type(2) };
}

/** Operators that make constants. */
export const constants: Readonly<Record<string, Rule>> = {
  Constant: constantRule,
  ConstantOfShape: constantOfShape,
  EyeLike: eyeLike,
  OneHot: oneHot,
  Range: range,
};
