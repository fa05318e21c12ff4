import { type Graph, scan, type Tensor, tensor, trace } from "../../engine/graph/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { Operator } from "../../problem/operators/index.ts";
import type { Control } from "./window.ts";

/** The part of a window that its graph depends on; values of observations and the background are arguments. */
export interface WindowShape {
  readonly model: Model | undefined;
  readonly size: number;
  readonly covariance: Covariance;
  readonly control: Control;
  readonly times: readonly ObservationShape[];
}

export interface ObservationShape {
  readonly step: number;
  readonly operator: Operator;
  readonly error: Covariance;
  /** Components that were seen; all when left out. */
  readonly indices?: Int32Array;
}

/** Up to this many observation times at irregular distances get a piece of the graph each. */
const UNROLLED = 4;

/**
 * The cost of a window as one graph: arguments [control, background, start time, observations (one tensor a group), masks];
 * results [J, Jb, Jo] with J = ½|v|² + ½ Σ_k |R_k^(−1/2) (y_k − H_k(x_k))|². Its size doesn't depend on the number of model
 * steps, nor, for observations alike at equal distances, on the number of observations.
 */
export function windowGraph(shape: WindowShape): Graph {
  const { size, covariance, control, times } = shape;
  const groups = groupTimes(times);
  const controlSize = control === "sqrt" ? covariance.sqrtSize : size;
  const observed = groups.flatMap(({ count, width }) => [
    [count, width],
    [count, width],
  ]);
  return trace(
    (z, xb, t, ...data) => {
      const departure = control === "sqrt" ? covariance.tracedSqrt(z!) : z!.sub(xb!);
      const unit = control === "sqrt" ? z! : covariance.tracedWhiten(departure);
      const Jb = unit.square().sum().mul(0.5);
      let x = control === "sqrt" ? xb!.add(departure) : z!;
      let Jo: Tensor = tensor(0);
      let step = 0;
      groups.forEach((group, i) => {
        const [y, mask] = [data[2 * i]!, data[2 * i + 1]!];
        const result = groupCost(shape.model, group, { x, t: t!.add(step * dtOf(shape.model)), step }, y, mask);
        Jo = Jo.add(result.cost);
        x = result.x;
        step = group.last;
      });
      return [Jb.add(Jo), Jb, Jo];
    },
    [[controlSize], [size], [], ...observed],
  );
}

function dtOf(model: Model | undefined): number {
  return model?.dt ?? 0;
}

/** Observation times that share a piece of the graph. */
export interface TimeGroup {
  readonly count: number;
  readonly width: number;
  readonly first: ObservationShape;
  readonly steps: readonly number[];
  readonly last: number;
}

/** Neighbouring times with the same operator, errors and components go together; a time at the start is by itself. */
export function groupTimes(times: readonly ObservationShape[]): TimeGroup[] {
  const groups: { first: ObservationShape; steps: number[] }[] = [];
  for (const time of times) {
    const open = groups.at(-1);
    const alike =
      open !== undefined &&
      open.first.step !== 0 &&
      open.first.operator === time.operator &&
      open.first.error === time.error &&
      open.first.indices === undefined &&
      time.indices === undefined;
    if (alike) open.steps.push(time.step);
    else groups.push({ first: time, steps: [time.step] });
  }
  return groups.map(({ first, steps }) => ({
    count: steps.length,
    width: first.indices?.length ?? first.operator.outSize,
    first,
    steps,
    last: steps.at(-1)!,
  }));
}

interface Reached {
  readonly x: Tensor;
  readonly t: Tensor;
  readonly step: number;
}

/** The observation term of a group, and the state at its last time. */
function groupCost(
  model: Model | undefined,
  group: TimeGroup,
  from: Reached,
  Y: Tensor,
  masks: Tensor,
): { cost: Tensor; x: Tensor } {
  const { steps, first, count } = group;
  const gaps = steps.map((step, k) => step - (k === 0 ? from.step : steps[k - 1]!));
  const advance = (x: Tensor, t: Tensor, gap: number): Tensor =>
    gap === 0 ? x : model!.advance(gap).traced!(x.reshape(model!.shape), t).reshape(x.shape);
  if (gaps.every((gap) => gap === gaps[0]) && count > 1) {
    const passed = gaps[0]! * dtOf(model);
    const { carry, ys } = scan(
      ([x, t], [y, mask]) => {
        const next = advance(x!, t!, gaps[0]!);
        const time = t!.add(passed);
        return { carry: [next, time], ys: [misfit(first, next, time, y!, mask!)] };
      },
      [from.x, from.t],
      [Y, masks],
    );
    return { cost: ys[0]!.sum(), x: carry[0]! };
  }
  if (count > UNROLLED) return irregularCost(model!, group, from, Y, masks);
  let { x, t } = from;
  let cost: Tensor = tensor(0);
  gaps.forEach((gap, k) => {
    x = advance(x, t, gap);
    t = t.add(gap * dtOf(model));
    cost = cost.add(misfit(first, x, t, Y.at(k), masks.at(k)));
  });
  return { cost, x };
}

/** Many times at irregular distances: one loop over all steps keeps the states, one over times compares. */
function irregularCost(
  model: Model,
  { steps, first }: TimeGroup,
  from: Reached,
  Y: Tensor,
  masks: Tensor,
): { cost: Tensor; x: Tensor } {
  const length = steps.at(-1)! - from.step;
  const advanceOne = model.advance(1).traced!;
  const path = scan(
    ([x, t]) => {
      const next = advanceOne(x!.reshape(model.shape), t!).reshape(x!.shape);
      return { carry: [next, t!.add(model.dt)], ys: [next] };
    },
    [from.x, from.t],
    [],
    { length },
  );
  const at = steps.map((step) => step - from.step - 1);
  const times = tensor(Float64Array.from(at, (k) => (k + 1) * model.dt)).add(from.t);
  const { ys } = scan(
    (_, [x, t, y, mask]) => ({ ys: [misfit(first, x!, t!, y!, mask!)] }),
    [],
    [path.ys[0]!.take(at), times, Y, masks],
  );
  return { cost: ys[0]!.sum(), x: path.carry[0]! };
}

/** ½ |R^(−1/2) (y − H(x))|² of what was seen. */
function misfit({ operator, error, indices }: ObservationShape, x: Tensor, t: Tensor, y: Tensor, mask: Tensor): Tensor {
  const observed = operator.traced!(x.reshape(operator.inShape), t).reshape([operator.outSize]);
  const seen = indices === undefined ? observed : observed.take(indices);
  return error.tracedWhiten(y.sub(seen).mul(mask)).square().sum().mul(0.5);
}
