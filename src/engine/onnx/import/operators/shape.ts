import { constant } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import { broadcastShapes, broadcastTo, reshape, transpose } from "../../../graph/ops.ts";
import { sizeOf } from "../../../tensor/index.ts";
import type { OnnxCall, Output, Rule } from "../call.ts";

function reshapeRule(call: OnnxCall): Node {
  const x = call.x();
  const target = call.axes("shape", 1);
  if (target === undefined) throw call.fail("the shape is missing");
  const zeros = call.integer("allowzero", 0) === 1;
  const shape = target.map((extent, axis) => {
    if (extent !== 0 || zeros) return extent;
    const own = x.shape[axis];
    if (own === undefined) throw call.fail(`expected axis ${axis} to be there, as extent 0 copies it`);
    return own;
  });
  if (shape.filter((extent) => extent === -1).length > 1) throw call.fail("expected one open extent (-1), got several");
  return reshape(x, shape);
}

function flatten(call: OnnxCall): Node {
  const x = call.x();
  const axis = call.integer("axis", 1);
  const at = axis < 0 ? axis + x.shape.length : axis;
  return reshape(x, [sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at))]);
}

function squeeze(call: OnnxCall): Node {
  const x = call.x();
  const given = call.axes("axes", 1)?.map((axis) => call.axis(axis, x.shape.length));
  const gone = given ?? x.shape.flatMap((extent, axis) => (extent === 1 ? [axis] : []));
  for (const axis of gone)
    if (x.shape[axis] !== 1) throw call.fail(`expected extent 1 on axis ${axis}, got ${x.shape[axis]}`);
  return reshape(
    x,
    x.shape.filter((_, axis) => !gone.includes(axis)),
  );
}

function unsqueeze(call: OnnxCall): Node {
  const x = call.x();
  const given = call.axes("axes", 1) ?? [];
  const rank = x.shape.length + given.length;
  const axes = new Set(given.map((axis) => call.axis(axis, rank)));
  if (axes.size !== given.length) throw call.fail(`expected different axes, got ${given.join(", ")}`);
  const rest = [...x.shape];
  return reshape(
    x,
    Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : rest.shift()!)),
  );
}

function expand(call: OnnxCall): Node {
  const x = call.x();
  const target = call.list(1, "the shape") ?? [];
  return broadcastTo(x, broadcastShapes("Expand", [x.shape, target]));
}

/** Repetitions as a broadcast: every axis is parted in copies and elements. */
function tile(call: OnnxCall): Node {
  const x = call.x();
  const repeats = call.list(1, "the numbers of repetitions") ?? [];
  if (repeats.length !== x.shape.length || repeats.some((count) => !Number.isInteger(count) || count < 0))
    throw call.fail(`expected ${x.shape.length} repetitions, got ${repeats.join(", ")}`);
  const parted = reshape(
    x,
    x.shape.flatMap((extent) => [1, extent]),
  );
  const wide = broadcastTo(
    parted,
    x.shape.flatMap((extent, axis) => [repeats[axis]!, extent]),
  );
  return reshape(
    wide,
    x.shape.map((extent, axis) => extent * repeats[axis]!),
  );
}

function integers(list: readonly number[]): Output {
  return { node: constant(Float64Array.from(list), [list.length]), type: "int64" };
}

/** Operators that change the shape, or tell it. */
export const shapes: Readonly<Record<string, Rule>> = {
  Expand: expand,
  Flatten: flatten,
  Reshape: reshapeRule,
  Shape: (call) => {
    const end = call.integer("end", call.rank());
    return integers(call.x().shape.slice(call.integer("start", 0), end));
  },
  Size: (call) => ({ node: constant(Float64Array.of(sizeOf(call.x().shape)), []), type: "int64" }),
  Squeeze: squeeze,
  Tile: tile,
  Transpose: (call) => transpose(call.x(), call.integers("perm")),
  Unsqueeze: unsqueeze,
};
