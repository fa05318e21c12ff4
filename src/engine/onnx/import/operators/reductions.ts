import { logSumExp } from "../../../graph/activations.ts";
import { constant } from "../../../graph/builder.ts";
import { cumulativeSum, product } from "../../../graph/cumulative.ts";
import type { Node } from "../../../graph/node.ts";
import { abs, log, max, mean, min, sqrt, square, sum } from "../../../graph/ops.ts";
import type { NdArray } from "../../../tensor/index.ts";
import type { OnnxCall, Output, Rule } from "../call.ts";

type Reduce = (x: Node, axes: readonly number[], keepDims: boolean) => Node;

/** Axes are an attribute or an input; none: all, or with noop_with_empty_axes nothing is done. */
const reduction =
  (reduce: Reduce): Rule =>
  (call) => {
    const x = call.x();
    const given = call.axes("axes", 1) ?? [];
    if (given.length === 0 && call.integer("noop_with_empty_axes", 0) === 1) return x;
    const rank = x.shape.length;
    const axes = given.length === 0 ? x.shape.map((_, axis) => axis) : given.map((axis) => call.axis(axis, rank));
    return reduce(
      x,
      [...new Set(axes)].sort((a, b) => a - b),
      call.integer("keepdims", 1) === 1,
    );
  };

/** Positions of extremes: of constants alone, as they have no derivative and a tensor can't be indexed by them. */
const position =
  (better: (a: number, b: number) => boolean): Rule =>
  (call) => {
    const x = call.known(0, "the tensor whose largest or smallest element is looked for");
    const axis = call.axis(call.integer("axis", 0), x.shape.length);
    const last = call.integer("select_last_index", 0) === 1;
    const shape = x.shape.flatMap((extent, own) =>
      own === axis ? (call.integer("keepdims", 1) === 1 ? [1] : []) : [extent],
    );
    return {
      node: constant(
        positions(x, axis, (a, b) => better(a, b) || (last && a === b)),
        shape,
      ),
      type: "int64",
    };
  };

function positions(x: NdArray, axis: number, wins: (value: number, best: number) => boolean): Float64Array {
  const inner = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const extent = x.shape[axis]!;
  const out = new Float64Array(extent === 0 ? 0 : x.data.length / extent);
  for (let i = 0; i < out.length; i++) {
    const start = Math.floor(i / inner) * inner * extent + (i % inner);
    let best = 0;
    for (let k = 1; k < extent; k++) if (wins(x.data[start + k * inner]!, x.data[start + best * inner]!)) best = k;
    out[i] = best;
  }
  return out;
}

function cumulative(call: OnnxCall): Output {
  const axis = call.axis(call.number(1, "the axis") ?? 0, call.rank());
  return cumulativeSum(call.x(), axis, call.integer("exclusive", 0) === 1, call.integer("reverse", 0) === 1);
}

/** Reductions over axes, and sums along them. */
export const reductions: Readonly<Record<string, Rule>> = {
  ArgMax: position((a, b) => a > b),
  ArgMin: position((a, b) => a < b),
  CumSum: cumulative,
  ReduceL1: reduction((x, axes, keep) => sum(abs(x), axes, keep)),
  ReduceL2: reduction((x, axes, keep) => sqrt(sum(square(x), axes, keep))),
  ReduceLogSum: reduction((x, axes, keep) => log(sum(x, axes, keep))),
  ReduceLogSumExp: reduction(logSumExp),
  ReduceMax: reduction(max),
  ReduceMean: reduction(mean),
  ReduceMin: reduction(min),
  ReduceProd: reduction(product),
  ReduceSum: reduction(sum),
  ReduceSumSquare: reduction((x, axes, keep) => sum(square(x), axes, keep)),
};
