import {
  call,
  concat,
  type Graph,
  grad,
  jvp,
  scan,
  stack,
  type Tensor,
  tensor,
  trace,
} from "../../engine/graph/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { Operator } from "../../problem/operators/index.ts";
import { huberized } from "./huber.ts";
import type { WindowBias, WindowPenalty } from "./window.ts";

/** The part of a window that its graph depends on; values of observations and the unknowns are arguments. */
export interface WindowShape {
  readonly model: Model | undefined;
  readonly size: number;
  readonly times: readonly ObservationShape[];
  /** Model steps of the window. */
  readonly steps: number;
  /** Whether the model's errors are among the unknowns. */
  readonly weak: boolean;
  /** Whether increments are added to reference states instead of a run of the model. */
  readonly fixed: boolean;
  /** Whether loops over steps keep few states for their backward passes. */
  readonly checkpoint: boolean;
  readonly huber?: number | undefined;
  readonly bias?: WindowBias | undefined;
  readonly penalty?: WindowPenalty | undefined;
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
 * The departures r of a window as one graph: arguments [unknowns, start time, then for each group of observation times the values, masks and, where
 * the increment is fixed, offsets of the states]; results one for each group, R_k^(−1/2) (y_k − H_k(x_k)), and the penalty's. Its size
 * doesn't depend on the number of model steps, nor, for observations alike at equal distances, on the number of observations.
 */
export function departureGraph(shape: WindowShape): Graph {
  const { size, times, model, steps } = shape;
  const groups = groupTimes(times);
  const p = shape.bias?.mean.length ?? 0;
  const length = size + p + (shape.weak ? steps * size : 0);
  const perGroup = shape.fixed ? 3 : 2;
  const observed = groups.flatMap(({ count, width }) => [
    [count, width],
    [count, width],
    ...(shape.fixed ? [[count, size]] : []),
  ]);
  return trace(
    (u, t, ...data) => {
      const x0 = length === size ? u! : u!.slice([0], [size]);
      const beta = p === 0 ? undefined : u!.slice([size], [size + p]);
      const compare: Compare = (observation, x, time, y, mask) => misfit(shape, observation, x, time, y, mask, beta);
      const path =
        shape.weak || shape.penalty !== undefined ? pathOf(shape, x0, t!, u!.slice([size + p], [length])) : undefined;
      const results: Tensor[] = [];
      let x = x0;
      let step = 0;
      groups.forEach((group, i) => {
        const [y, mask, offsets] = [data[perGroup * i]!, data[perGroup * i + 1]!, data[perGroup * i + 2]];
        if (shape.fixed) results.push(mapTimes(group, offsets!.add(x0), t!, dtOf(model), [y, mask], compare));
        else if (path !== undefined) {
          const states = group.first.step === 0 ? x0.reshape([1, size]) : path.take(group.steps.map((at) => at - 1));
          results.push(mapTimes(group, states, t!, dtOf(model), [y, mask], compare));
        } else {
          const from = { x, t: t!.add(step * dtOf(model)), step };
          const result = runGroup(shape, group, from, [y, mask], compare);
          results.push(result.departures);
          x = result.x;
          step = group.last;
        }
      });
      if (shape.penalty !== undefined) {
        const first = x0.reshape([1, size]);
        results.push(shape.penalty.residual(path === undefined ? first : concat([first, path], 0)));
      }
      return results;
    },
    [[length], [], ...observed],
  );
}

/** Arguments as {@link departureGraph}; results [J, Jc] with J = ½|r|², Jc the penalty's part. */
export function departureCostGraph(shape: WindowShape): Graph {
  const departures = departureGraph(shape);
  return trace((...inputs) => {
    const all = call(departures, inputs);
    const half = (list: readonly Tensor[]): Tensor =>
      list.reduce((sum, r) => sum.add(r.square().sum().mul(0.5)), tensor(0));
    const penalty = half(shape.penalty === undefined ? [] : all.slice(-1));
    return [half(all.slice(0, shape.penalty === undefined ? undefined : -1)).add(penalty), penalty];
  }, departures.inputs);
}

/** (∂r/∂u)ᵀ (∂r/∂u) du: arguments as {@link departureGraph} and du. The gradient by du of ½|(∂r/∂u) du|². */
export function curvatureGraph(shape: WindowShape): Graph {
  const departures = departureGraph(shape);
  const tangent = jvp(departures, [0]);
  const square = trace(
    (...inputs) =>
      call(tangent, inputs)
        .slice(departures.outputs.length)
        .reduce((sum, r) => sum.add(r.square().sum().mul(0.5)), tensor(0)),
    tangent.inputs,
  );
  return grad(square, [tangent.inputs.length - 1]);
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

/** Departures of one time from the state there. */
type Compare = (observation: ObservationShape, x: Tensor, t: Tensor, y: Tensor, mask: Tensor) => Tensor;

/** Values and masks of a group's times. */
type Seen = readonly [Tensor, Tensor];

interface Reached {
  readonly x: Tensor;
  readonly t: Tensor;
  readonly step: number;
}

/** Runs the model through the times of a group: departures [count, width], and the state at the last time. */
function runGroup(
  { model, checkpoint }: WindowShape,
  group: TimeGroup,
  from: Reached,
  seen: Seen,
  compare: Compare,
): { departures: Tensor; x: Tensor } {
  const { steps, first, count } = group;
  const gaps = steps.map((step, k) => step - (k === 0 ? from.step : steps[k - 1]!));
  const advance = (x: Tensor, t: Tensor, gap: number): Tensor => {
    if (gap === 0) return x;
    if (checkpoint && gap > 1) return runSteps(model!, x, t, { length: gap, checkpoint }).last;
    return model!.advance(gap).traced!(x.reshape(model!.shape), t).reshape(x.shape);
  };
  if (gaps.every((gap) => gap === gaps[0]) && count > 1) {
    const passed = gaps[0]! * dtOf(model);
    const { carry, ys } = scan(
      ([x, t], [y, mask]) => {
        const next = advance(x!, t!, gaps[0]!);
        const time = t!.add(passed);
        return { carry: [next, time], ys: [compare(first, next, time, y!, mask!)] };
      },
      [from.x, from.t],
      seen,
    );
    return { departures: ys[0]!, x: carry[0]! };
  }
  if (count > UNROLLED) {
    // Many times at irregular distances: one loop over all steps keeps the states, one over times compares.
    const length = steps.at(-1)! - from.step;
    const { path } = runSteps(model!, from.x, from.t, { length, checkpoint });
    const states = path.take(steps.map((step) => step - from.step - 1));
    const departures = mapTimes(group, states, from.t.sub(from.step * dtOf(model)), dtOf(model), seen, compare);
    return { departures, x: path.at(length - 1) };
  }
  let { x, t } = from;
  const departures = gaps.map((gap, k) => {
    x = advance(x, t, gap);
    t = t.add(gap * dtOf(model));
    return compare(first, x, t, seen[0].at(k), seen[1].at(k));
  });
  return { departures: stack(departures), x };
}

/** Departures at the times of a group, [count, width], from the states there, [count, n]. */
function mapTimes(
  { first, steps, count }: TimeGroup,
  states: Tensor,
  start: Tensor,
  dt: number,
  [Y, masks]: Seen,
  compare: Compare,
): Tensor {
  const times = tensor(Float64Array.from(steps, (step) => step * dt)).add(start);
  if (count === 1) return stack([compare(first, states.at(0), times.at(0), Y.at(0), masks.at(0))]);
  const { ys } = scan(
    (_, [x, t, y, mask]) => ({ ys: [compare(first, x!, t!, y!, mask!)] }),
    [],
    [states, times, Y, masks],
  );
  return ys[0]!;
}

/** The states after every step of a window, [steps, n], with the model's errors among the unknowns or without. */
function pathOf(
  { model, steps, size, weak, checkpoint }: WindowShape,
  x0: Tensor,
  t: Tensor,
  errors: Tensor,
): Tensor | undefined {
  if (steps === 0) return undefined;
  const loop = weak ? { errors: errors.reshape([steps, size]), checkpoint } : { length: steps, checkpoint };
  return runSteps(model!, x0, t, loop).path;
}

/** The states after every step, and the last one. */
function runSteps(
  model: Model,
  x0: Tensor,
  t0: Tensor,
  { length, errors, checkpoint }: { readonly length?: number; readonly errors?: Tensor; readonly checkpoint: boolean },
): { path: Tensor; last: Tensor } {
  const advance = model.advance(1).traced!;
  const { carry, ys } = scan(
    ([x, t], [error]) => {
      const forecast = advance(x!.reshape(model.shape), t!).reshape(x!.shape);
      const next = error === undefined ? forecast : forecast.add(error);
      return { carry: [next, t!.add(model.dt)], ys: [next] };
    },
    [x0, t0],
    errors === undefined ? [] : [errors],
    { ...(length !== undefined && { length }), checkpoint },
  );
  return { path: ys[0]!, last: carry[0]! };
}

/** R^(−1/2) (y − H(x) − bias) of what was seen. */
function misfit(
  { huber, bias }: WindowShape,
  { operator, error, indices }: ObservationShape,
  x: Tensor,
  t: Tensor,
  y: Tensor,
  mask: Tensor,
  beta: Tensor | undefined,
): Tensor {
  const state = x.reshape(operator.inShape);
  const m = operator.outSize;
  let observed = operator.traced!(state, t).reshape([m]);
  if (bias !== undefined && beta !== undefined) {
    const p = bias.mean.length;
    const predictors = bias.predictors(state, t, operator).reshape([p, m]);
    observed = observed.add(beta.reshape([1, p]).matmul(predictors).reshape([m]));
  }
  const seen = indices === undefined ? observed : observed.take(indices);
  const whitened = error.tracedWhiten(y.sub(seen).mul(mask));
  return huber === undefined ? whitened : huberized(whitened, huber);
}
