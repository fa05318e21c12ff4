import { ArgumentError, ShapeError } from "../../engine/errors/index.ts";
import { scan, type Tensor, tensor } from "../../engine/graph/index.ts";
import type { OnnxModel } from "../../engine/onnx/index.ts";
import { shapeText } from "../../engine/tensor/index.ts";
import { type Model, networkModel } from "../../problem/models/index.ts";
import { type Operator, tracedOperator } from "../../problem/operators/index.ts";

/**
 * TorchDA's forward model: from a state [n] at the first of the times [gap + 1] to the states at all of them, [gap + 1, n], the first
 * being the state itself. A loop over the times that shouldn't become a graph of its length is written with `scan`.
 */
export type ForwardFunction = Forward["states"];

/** As a method, so that a function may say what its further arguments are: numbers, tensors, anything. */
interface Forward {
  states(x: Tensor, times: Tensor, ...args: unknown[]): Tensor;
}

/**
 * A network as a forward model: a file read by `readOnnx`, or a function from a state [1, n] to the `outputSequenceLength` states
 * that follow, [L, n] (or [1, L, n]), marked as such: `{ network: (x) => … }`.
 */
export type ForwardNetwork = OnnxModel | { readonly network: (x: Tensor) => Tensor };

export type ForwardModel = ForwardFunction | ForwardNetwork | Model;

/** The observation times as TorchDA has them. */
export interface Windows {
  /** Times at the ends of the intervals. */
  readonly times: readonly number[];
  /** Model steps of each interval. */
  readonly gaps: readonly number[];
  readonly start: number;
}

/** @throws ArgumentError, ShapeError for times that don't increase, gaps that aren't positive integers, or unequal lengths */
export function windowsOf(times: ArrayLike<number>, gaps: ArrayLike<number>, start: number): Windows {
  if (times.length !== gaps.length)
    throw new ShapeError(
      "gaps",
      `expected ${times.length} numbers of steps, one for each interval before an observation time, got ${gaps.length}`,
    );
  if (!Number.isFinite(start)) throw new ArgumentError("startTime", `expected a finite number, got ${start}`);
  let before = start;
  for (let k = 0; k < times.length; k++) {
    if (!(times[k]! > before && Number.isFinite(times[k])))
      throw new ArgumentError("timeObs", `expected increasing times after ${before}, got ${times[k]} at ${k}`);
    if (!Number.isSafeInteger(gaps[k]) || gaps[k]! < 1)
      throw new ArgumentError("gaps", `expected positive integers, got ${gaps[k]} at ${k}`);
    before = times[k]!;
  }
  return { times: Array.from(times), gaps: Array.from(gaps), start };
}

export interface ForwardOptions {
  readonly size: number;
  readonly windows: Windows;
  /** What M gets after the state and the times. */
  readonly args?: readonly unknown[];
  /** States that a call of a network returns; 1 by default. */
  readonly outputSequenceLength?: number;
}

/**
 * A forward model as one of ours: its time counts steps, from which the times that M is given are computed.
 * @throws ShapeError (at the first use) unless M returns [gap + 1, n]
 */
export function modelOf(M: ForwardModel, options: ForwardOptions): Model {
  const { size, outputSequenceLength: L = 1 } = options;
  if (!Number.isSafeInteger(L) || L < 1)
    throw new ArgumentError("outputSequenceLength", `expected a positive integer, got ${L}`);
  if (typeof M === "function") return stepped(size, forward(M, options));
  if ("toGraph" in M) return networkModel({ network: M, shape: [size], dt: 1, stepsPerCall: L });
  if ("network" in M) return stepped(size, throughNetwork(M.network, size, L));
  if (M.size !== size)
    throw new ShapeError("M", `expected a model of ${size} variables, as the state has, got "${M.name}" of ${M.size}`);
  return M;
}

/** States after each of `steps` steps from x at step t, [steps, n]. */
type States = (x: Tensor, t: Tensor, steps: number) => Tensor;

function stepped(n: number, states: States): Model {
  const made = new Map<string, Operator>();
  const operator = (kind: "advance" | "trajectory", steps: number): Operator => {
    const key = `${kind} ${steps}`;
    const all = kind === "trajectory";
    const found =
      made.get(key) ??
      tracedOperator({
        name: "M",
        inShape: [n],
        outShape: all ? [steps, n] : [n],
        fn: (x, t) => (all ? states(x, t, steps) : states(x, t, steps).at(steps - 1)),
      });
    made.set(key, found);
    return found;
  };
  return {
    name: "M",
    shape: [n],
    size: n,
    dt: 1,
    linear: false,
    advance: (steps) => operator("advance", steps),
    trajectory: (steps) => operator("trajectory", steps),
    options: {},
  };
}

function forward(M: ForwardFunction, { size, windows, args = [] }: ForwardOptions): States {
  return (x, t, steps) => {
    const passed = tensor(Float64Array.from({ length: steps + 1 }, (_, k) => k));
    const out = M(x, timeAt(passed.add(t), windows), ...args);
    const expected = [steps + 1, size];
    if (out?.shape?.length !== 2 || out.shape[0] !== expected[0] || out.shape[1] !== expected[1])
      throw new ShapeError(
        "M",
        `expected states at all times, shape ${shapeText(expected)}, the first the state itself, got ${out?.shape === undefined ? typeof out : shapeText(out.shape)}`,
      );
    return out.slice([1], [undefined]);
  };
}

/** The times of steps: linear in each interval. */
function timeAt(step: Tensor, { times, gaps, start }: Windows): Tensor {
  let result = step.mul(0).add(start);
  let [first, before] = [0, start];
  gaps.forEach((gap, k) => {
    const slope = (times[k]! - before) / gap;
    // The last interval goes on: there is none after it.
    const inside = k === gaps.length - 1 ? step.sub(first).maximum(0) : step.sub(first).clip(0, gap);
    result = result.add(inside.mul(slope));
    first += gap;
    before = times[k]!;
  });
  return result;
}

/** ⌈steps/L⌉ calls one after another; states beyond the last that is asked for are cut. */
function throughNetwork(network: (x: Tensor) => Tensor, n: number, L: number): States {
  const block = (x: Tensor): Tensor => {
    const out = network(x.reshape([1, n]));
    const { shape } = out;
    if (shape.at(-1) !== n || shape.reduce((product, extent) => product * extent, 1) !== L * n)
      throw new ShapeError(
        "M",
        `expected ${L} states of ${n} variables from a network with outputSequenceLength ${L}, got shape ${shapeText(shape)}`,
      );
    return out.reshape([L, n]);
  };
  return (x, _, steps) => {
    const calls = Math.ceil(steps / L);
    if (calls === 1) return block(x).slice([0], [steps]);
    const { ys } = scan(
      ([state]) => {
        const next = block(state!);
        return { carry: [next.at(L - 1)], ys: [next] };
      },
      [x],
      [],
      { length: calls },
    );
    return ys[0]!.reshape([calls * L, n]).slice([0], [steps]);
  };
}
