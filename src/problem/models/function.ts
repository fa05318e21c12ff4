import { type NdArray, sizeOf } from "../../engine/tensor/index.ts";
import { type Awaitable, functionOperator, type Operator } from "../operators/index.ts";
import { checkCount, checkPositive, perSteps } from "./check.ts";
import type { Model } from "./model.ts";

export interface FunctionModelOptions {
  readonly name: string;
  readonly shape: number | readonly number[];
  /** Time units of a step. */
  readonly dt: number;
  /** One step of a plain array from time t to t + dt, at once or as a promise. It may keep and change its argument. */
  step(x: Float64Array, t: number): Awaitable<ArrayLike<number>>;
  /** Tangent-linear map of a step at x, where a method needs one. */
  tangent?(x: Float64Array, dx: Float64Array, t: number): Awaitable<ArrayLike<number>>;
  /** Adjoint of the tangent-linear map of a step at x. */
  adjoint?(x: Float64Array, dy: Float64Array, t: number): Awaitable<ArrayLike<number>>;
  /** Whether a step is linear in x, without a constant part; false by default. */
  readonly linear?: boolean;
  /** What a resolved case says of it. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/**
 * A model from a plain JavaScript function of one step, with hand-written derivatives or none. The adjoint of an interval
 * keeps all of its states.
 * @throws ArgumentError unless dt is positive; ShapeError when a step gives another number of elements
 */
export function functionModel(model: FunctionModelOptions): Model {
  const { name, dt, step, tangent, adjoint, linear = false, options = {} } = model;
  const shape = typeof model.shape === "number" ? [model.shape] : [...model.shape];
  checkPositive("dt", dt);
  shape.forEach((extent, axis) => {
    checkCount(`shape[${axis}]`, extent);
  });
  const one = functionOperator({
    name,
    inShape: shape,
    outShape: shape,
    linear,
    fn: step,
    ...(tangent && { tangent }),
    ...(adjoint && { adjoint }),
  });
  return Object.freeze({
    name,
    shape,
    size: sizeOf(shape),
    dt,
    linear,
    options: Object.freeze({ ...options }),
    advance: perSteps((steps: number) => (steps === 1 ? one : repeated(one, steps, dt, false))),
    trajectory: perSteps((steps: number) => repeated(one, steps, dt, true)),
  });
}

/** `steps` applications of an operator, the last result or all of them. */
function repeated(one: Operator, steps: number, dt: number, all: boolean): Operator {
  const n = one.inSize;
  const kept = all ? steps : 1;
  /** `next` from step to step, with the rows of all the steps side by side for each row of the batch. */
  const run = async (first: NdArray, next: (value: NdArray, k: number) => Awaitable<NdArray>): Promise<NdArray> => {
    const rows = first.shape[0]!;
    const out = new Float64Array(rows * kept * n);
    let value = first;
    for (let k = 0; k < steps; k++) {
      value = await next(value, k);
      const slot = k - steps + kept;
      if (slot < 0) continue;
      for (let row = 0; row < rows; row++)
        out.set(value.data.subarray(row * n, (row + 1) * n), (row * kept + slot) * n);
    }
    return { data: out, shape: [rows, kept * n] };
  };
  /** States before each step. */
  const states = async (x: Float64Array, t: number): Promise<Float64Array[]> => {
    const list = [x];
    for (let k = 0; k + 1 < steps; k++) list.push(await one.apply(list[k]!, t + k * dt));
    return list;
  };
  const row = (x: Float64Array): NdArray => ({ data: x, shape: [1, x.length] });
  const applyBatch = (X: NdArray, t = 0): Promise<NdArray> => run(X, (value, k) => one.applyBatch(value, t + k * dt));
  const { tangentBatch, adjoint } = one;
  const sweep = async (x: Float64Array, dX: NdArray, t = 0): Promise<NdArray> => {
    const at = await states(x, t);
    return run(dX, (value, k) => tangentBatch!(at[k]!, value, t + k * dt));
  };
  return Object.freeze({
    name: one.name,
    inShape: one.inShape,
    outShape: all ? [steps, ...one.outShape] : one.outShape,
    inSize: n,
    outSize: kept * n,
    linear: one.linear,
    apply: async (x: Float64Array, t = 0): Promise<Float64Array> => (await applyBatch(row(x), t)).data,
    applyBatch,
    ...(tangentBatch && {
      tangentBatch: sweep,
      tangent: async (x: Float64Array, dx: Float64Array, t = 0): Promise<Float64Array> =>
        (await sweep(x, row(dx), t)).data,
    }),
    ...(adjoint && {
      async adjoint(x: Float64Array, dy: Float64Array, t = 0): Promise<Float64Array> {
        const at = await states(x, t);
        let back: Float64Array = new Float64Array(n);
        for (let k = steps - 1; k >= 0; k--) {
          const slot = k - steps + kept;
          if (slot >= 0) for (let i = 0; i < n; i++) back[i]! += dy[slot * n + i]!;
          back = await adjoint(at[k]!, back, t + k * dt);
        }
        return back;
      },
    }),
  });
}
