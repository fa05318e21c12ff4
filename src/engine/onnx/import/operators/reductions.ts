import { logSumExp } from "../../../graph/activations.ts";
import { constant, scalar } from "../../../graph/builder.ts";
import { cumulativeSum, product } from "../../../graph/cumulative.ts";
import type { Node } from "../../../graph/node.ts";
import { abs, equal, log, max, mean, min, sqrt, square, sum, where } from "../../../graph/ops.ts";
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

/** Positions of extremes, the first or the last of equal ones; they have no derivative. */
const position =
  (extreme: Reduce): Rule =>
  (call) => {
    const x = call.x();
    const axis = call.axis(call.integer("axis", 0), x.shape.length);
    const extent = call.extent(x.shape[axis]!, "an extent");
    const places = constant(
      Float64Array.from({ length: extent }, (_, i) => i),
      x.shape.slice(axis).map((_, i) => (i === 0 ? extent : 1)),
    );
    const found = equal(x, extreme(x, [axis], true));
    const keep = call.integer("keepdims", 1) === 1;
    const last = call.integer("select_last_index", 0) === 1;
    const node = last
      ? max(where(found, places, scalar(-1)), axis, keep)
      : min(where(found, places, scalar(extent)), axis, keep);
    return { node, type: "int64" };
  };

function cumulative(call: OnnxCall): Output {
  const axis = call.axis(call.number(1, "the axis") ?? 0, call.rank());
  return cumulativeSum(call.x(), axis, call.integer("exclusive", 0) === 1, call.integer("reverse", 0) === 1);
}

/** Reductions over axes, and sums along them. */
export const reductions: Readonly<Record<string, Rule>> = {
  ArgMax: position(max),
  ArgMin: position(min),
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
