import { ArgumentError, ShapeError } from "../../engine/errors/index.ts";
import { type NdArray, sizeOf } from "../../engine/tensor/index.ts";
import { checkBatch, checkVector } from "./check.ts";
import type { Awaitable, Operator } from "./operator.ts";

export interface FunctionOperatorOptions {
  readonly name: string;
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  /** Whether `fn` is linear in x, without a constant part; false by default. */
  readonly linear?: boolean;
  /** The map on plain arrays, at once or as a promise. It may keep and change its argument. */
  fn(x: Float64Array, t: number): Awaitable<ArrayLike<number>>;
  /** Its tangent-linear map at x, where a method needs one. */
  tangent?(x: Float64Array, dx: Float64Array, t: number): Awaitable<ArrayLike<number>>;
  /** Adjoint of the tangent-linear map at x. */
  adjoint?(x: Float64Array, dy: Float64Array, t: number): Awaitable<ArrayLike<number>>;
}

/**
 * An operator from a plain JavaScript function, with hand-written derivatives or none. Members are passed one by one;
 * promises of a batch run side by side.
 * @throws ShapeError when a result has the wrong length; ArgumentError when it is no list of numbers
 */
export function functionOperator(options: FunctionOperatorOptions): Operator {
  const { name, linear = false, fn, tangent, adjoint } = options;
  const [inShape, outShape] = [[...options.inShape], [...options.outShape]];
  const [inSize, outSize] = [sizeOf(inShape), sizeOf(outShape)];
  const run = (what: string, size: number, result: Awaitable<ArrayLike<number>>): Awaitable<Float64Array> =>
    isPromise(result) ? result.then((value) => checked(what, value, size)) : checked(what, result, size);
  const apply = (x: Float64Array, t = 0): Awaitable<Float64Array> => {
    checkVector(`${name}: x`, x, inSize);
    return run(name, outSize, fn(x.slice(), t));
  };
  const tangentAt = (x: Float64Array, dx: Float64Array, t = 0): Awaitable<Float64Array> => {
    checkVector(`${name}: x`, x, inSize);
    checkVector(`${name}: dx`, dx, inSize);
    return run(`${name}: tangent`, outSize, tangent!(x.slice(), dx.slice(), t));
  };
  const rows = (place: string, X: NdArray, each: (x: Float64Array) => Awaitable<Float64Array>): Awaitable<NdArray> => {
    const count = checkBatch(place, X, inSize);
    const results = Array.from({ length: count }, (_, k) => each(X.data.subarray(k * inSize, (k + 1) * inSize)));
    const join = (parts: readonly Float64Array[]): NdArray => {
      const data = new Float64Array(count * outSize);
      parts.forEach((part, k) => {
        data.set(part, k * outSize);
      });
      return { data, shape: [count, outSize] };
    };
    const ready = results.filter((result): result is Float64Array => !isPromise(result));
    return ready.length === count ? join(ready) : Promise.all(results).then(join);
  };
  return Object.freeze({
    name,
    inShape,
    outShape,
    inSize,
    outSize,
    linear,
    apply,
    applyBatch: (X: NdArray, t = 0): Awaitable<NdArray> => rows(`${name}: X`, X, (x) => apply(x, t)),
    ...(tangent && {
      tangent: tangentAt,
      tangentBatch: (x: Float64Array, dX: NdArray, t = 0): Awaitable<NdArray> =>
        rows(`${name}: dX`, dX, (dx) => tangentAt(x, dx, t)),
    }),
    ...(adjoint && {
      adjoint: (x: Float64Array, dy: Float64Array, t = 0): Awaitable<Float64Array> => {
        checkVector(`${name}: x`, x, inSize);
        checkVector(`${name}: dy`, dy, outSize);
        return run(`${name}: adjoint`, inSize, adjoint(x.slice(), dy.slice(), t));
      },
    }),
  });
}

function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** A fresh copy of a function's result. */
function checked(name: string, value: ArrayLike<number>, size: number): Float64Array {
  if (typeof value !== "object" || value === null || typeof value.length !== "number")
    throw new ArgumentError(name, `expected the function to return ${size} numbers, got ${typeof value}`);
  if (value.length !== size)
    throw new ShapeError(name, `expected the function to return ${size} numbers, got ${value.length}`);
  const out = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const entry: unknown = value[i];
    if (typeof entry !== "number")
      throw new ArgumentError(name, `expected the function to return numbers, got ${typeof entry} at ${i}`);
    out[i] = entry;
  }
  return out;
}
