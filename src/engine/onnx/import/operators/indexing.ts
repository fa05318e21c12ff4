import { constant, scalar } from "../../../graph/builder.ts";
import type { Node } from "../../../graph/node.ts";
import {
  add,
  cast,
  equal,
  less,
  matmul,
  maximum,
  minimum,
  mul,
  pick,
  reshape,
  scatterAdd,
  take,
  transpose,
  where,
} from "../../../graph/ops.ts";
import { type NdArray, sizeOf } from "../../../tensor/index.ts";
import type { OnnxCall, Output, Rule } from "../call.ts";
import { literal } from "../value.ts";

/** Slices of an axis at the indices' places. Indices that depend on inputs pick by products with zeros and ones. */
function gather(call: OnnxCall): Output {
  const x = call.x();
  const axis = call.axis(call.integer("axis", 0), x.shape.length);
  const indices = literal(call.x(1));
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  if (indices === undefined) return { node: gatherOpen(x, call.x(1), axis), type: call.type() };
  if (indices.shape.length === 0) return { node: pick(x, axis, indices.data[0]!), type: call.type() };
  return { node: reshape(take(x, indices.data, axis), [...before, ...indices.shape, ...after]), type: call.type() };
}

function gatherOpen(x: Node, indices: Node, axis: number): Node {
  const extent = x.shape[axis]!;
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const places = constant(
    Float64Array.from({ length: extent }, (_, i) => i),
    [extent],
  );
  const count = sizeOf(indices.shape);
  const counted = where(less(indices, scalar(0)), add(indices, scalar(extent)), indices);
  const chosen = cast(equal(reshape(counted, [count, 1]), places), "float64");
  const order = [axis, ...before.map((_, i) => i), ...after.map((_, i) => axis + 1 + i)];
  const rows = reshape(transpose(x, order), [extent, sizeOf(before) * sizeOf(after)]);
  const picked = reshape(matmul(chosen, rows), [count, sizeOf(before), sizeOf(after)]);
  return reshape(transpose(picked, [1, 0, 2]), [...before, ...indices.shape, ...after]);
}

/** Flat position of each index, counted from the end when negative. */
function position(call: OnnxCall, index: number, extent: number): number {
  const resolved = index < 0 ? index + extent : index;
  if (!Number.isInteger(resolved) || resolved < 0 || resolved >= extent)
    throw call.fail(`expected indices below ${extent}, got ${index}`);
  return resolved;
}

/** Flat positions of `indices` along an axis of a tensor. */
function elementPositions(call: OnnxCall, shape: readonly number[], axis: number, indices: NdArray): Int32Array {
  if (indices.shape.length !== shape.length)
    throw call.fail(`expected indices of rank ${shape.length}, got ${indices.shape.length}`);
  const strides = shape.map((_, own) => sizeOf(shape.slice(own + 1)));
  const at = indices.shape.map(() => 0);
  return Int32Array.from(indices.data, (index) => {
    let flat = 0;
    for (let own = 0; own < at.length; own++)
      flat += (own === axis ? position(call, index, shape[own]!) : at[own]!) * strides[own]!;
    for (let own = at.length - 1; own >= 0 && ++at[own]! === indices.shape[own]; own--) at[own] = 0;
    return flat;
  });
}

function gatherElements(call: OnnxCall): Node {
  const x = call.x();
  const axis = call.axis(call.integer("axis", 0), x.shape.length);
  const indices = call.known(1, "an index");
  const flat = elementPositions(call, x.shape, axis, indices);
  return reshape(take(reshape(x, [-1]), flat, 0), indices.shape);
}

/** Position of each row that tuples of indices name, in a tensor flattened over the axes that they cover. */
function rowPositions(call: OnnxCall, shape: readonly number[], indices: NdArray, batch = 0): Int32Array {
  const depth = indices.shape.at(-1);
  if (depth === undefined || batch + depth > shape.length)
    throw call.fail(`expected indices of at most ${shape.length - batch} axes, got ${depth ?? 0}`);
  const extents = shape.slice(batch, batch + depth);
  const blocks = sizeOf(indices.shape.slice(0, batch));
  const count = sizeOf(indices.shape.slice(0, -1));
  return Int32Array.from({ length: count }, (_, row) => {
    let flat = Math.floor(row / Math.max(1, count / blocks));
    extents.forEach((extent, i) => {
      flat = flat * extent + position(call, indices.data[row * depth + i]!, extent);
    });
    return flat;
  });
}

function gatherNd(call: OnnxCall): Node {
  const x = call.x();
  const indices = call.known(1, "an index");
  const batch = call.integer("batch_dims", 0);
  const rows = rowPositions(call, x.shape, indices, batch);
  const rest = x.shape.slice(batch + indices.shape.at(-1)!);
  const flat = reshape(x, [sizeOf(x.shape) / sizeOf(rest), ...rest]);
  return reshape(take(flat, rows, 0), [...indices.shape.slice(0, -1), ...rest]);
}

/** Rows of a flattened tensor replaced by (or increased by) others; of rows written twice the last one stays. */
function scatterRows(call: OnnxCall, x: Node, updates: Node, rows: Int32Array): Node {
  const size = x.shape[0]!;
  const mode = call.string("reduction", "none");
  if (mode === "add") return add(x, scatterAdd(updates, rows, size, 0));
  const combine = Object.hasOwn(combinations, mode) ? combinations[mode] : undefined;
  if (combine !== undefined) return combineRows(call, x, updates, rows, combine);
  if (mode !== "none") throw call.unsupported(`the reduction "${mode}"`);
  const last = new Map<number, number>();
  rows.forEach((row, i) => {
    last.set(row, i);
  });
  return writeRows(x, updates, last, (_, placed) => placed);
}

const combinations: Readonly<Record<string, (a: Node, b: Node) => Node>> = { max: maximum, min: minimum, mul };

/** Rows combined with others; those that are named several times in several rounds. */
function combineRows(
  call: OnnxCall,
  x: Node,
  updates: Node,
  rows: Int32Array,
  combine: (a: Node, b: Node) => Node,
): Node {
  const rounds: Map<number, number>[] = [];
  const seen = new Map<number, number>();
  rows.forEach((row, i) => {
    const round = seen.get(row) ?? 0;
    seen.set(row, round + 1);
    rounds[round] ??= new Map();
    rounds[round].set(row, i);
  });
  if (rounds.length > 256) throw call.unsupported(`${rounds.length} updates of one element`);
  return rounds.reduce((value, round) => writeRows(value, updates, round, combine), x);
}

/** Each row of a map's keys as `change` of itself and the update that it is mapped to. */
function writeRows(
  x: Node,
  updates: Node,
  chosen: ReadonlyMap<number, number>,
  change: (x: Node, placed: Node) => Node,
): Node {
  const size = x.shape[0]!;
  const written = new Float64Array(size);
  for (const row of chosen.keys()) written[row] = 1;
  const placed = scatterAdd(take(updates, [...chosen.values()], 0), [...chosen.keys()], size, 0);
  const mask = constant(
    written,
    x.shape.map((extent, axis) => (axis === 0 ? extent : 1)),
  );
  return where(mask, change(x, placed), x);
}

function scatterNd(call: OnnxCall): Node {
  const x = call.x();
  const indices = call.known(1, "an index");
  const rows = rowPositions(call, x.shape, indices);
  const rest = x.shape.slice(indices.shape.at(-1)!);
  const flat = reshape(x, [sizeOf(x.shape.slice(0, indices.shape.at(-1)!)), ...rest]);
  return reshape(scatterRows(call, flat, reshape(call.x(2), [rows.length, ...rest]), rows), x.shape);
}

function scatterElements(call: OnnxCall): Node {
  const x = call.x();
  const axis = call.axis(call.integer("axis", 0), x.shape.length);
  const places = elementPositions(call, x.shape, axis, call.known(1, "an index"));
  return reshape(scatterRows(call, reshape(x, [-1]), reshape(call.x(2), [-1]), places), x.shape);
}

/** The elements on one side of a diagonal, zeros elsewhere. */
function trilu(call: OnnxCall): Node {
  const x = call.x();
  const [rows = 1, columns = 1] = x.shape.slice(-2);
  const k = call.number(1, "the diagonal") ?? 0;
  const upper = call.integer("upper", 1) === 1;
  const kept = Float64Array.from({ length: call.extent(rows * columns, "a number of elements") }, (_, i) => {
    const distance = (i % columns) - Math.floor(i / columns);
    return Number(upper ? distance >= k : distance <= k);
  });
  return where(constant(kept, [rows, columns]), x, scalar(0));
}

/** Operators that pick and place by indices. */
export const indexing: Readonly<Record<string, Rule>> = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  Trilu: trilu,
};
