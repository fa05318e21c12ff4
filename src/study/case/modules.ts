import { CaseError, OndaError } from "../../engine/errors/index.ts";
import { functionModel, type Model } from "../../problem/models/index.ts";
import { functionOperator, type Operator } from "../../problem/operators/index.ts";
import { got } from "./describe.ts";

/**
 * The model that a module exports: one made by this package, or a description `{ size | shape, dt, step(x, t) }` with
 * `tangent(x, dx, t)`, `adjoint(x, dy, t)` and `linear` where there are any.
 * @throws CaseError for anything else
 */
export function modelFromModule(value: unknown, name: string, place: string): Model {
  if (isModel(value)) return value;
  const step = part(value, "step");
  if (!isMap(step))
    throw new CaseError(place, `expected ${name} to be a model or { size, dt, step(x, t) }, got ${got(value)}`);
  const dt = part(value, "dt");
  if (typeof dt !== "number")
    throw new CaseError(place, `expected ${name} to have dt, the length of a step, got ${got(dt)}`);
  const tangent = part(value, "tangent");
  const adjoint = part(value, "adjoint");
  return functionModel({
    name,
    shape: shapeOf(value, name, place),
    dt,
    step: (x, t) => guarded(name, () => step(x, t)),
    linear: part(value, "linear") === true,
    ...(isTangent(tangent) && { tangent: guardedTangent(name, tangent) }),
    ...(isTangent(adjoint) && { adjoint: guardedTangent(name, adjoint) }),
  });
}

/**
 * The operator that a module exports: one made by this package, a function `(x, t) => values`, or a description
 * `{ apply(x, t), size | shape }` with `tangent`, `adjoint` and `linear` where there are any.
 * @param state what a state looks like; a function is tried on it to see how many values it gives
 * @throws CaseError for anything else
 */
export async function operatorFromModule(
  value: unknown,
  name: string,
  place: string,
  state: Float64Array,
): Promise<Operator> {
  if (isOperator(value)) return value;
  const fn = isMap(value) ? value : part(value, "apply");
  if (!isMap(fn))
    throw new CaseError(place, `expected ${name} to be a function (x, t) or { size, apply(x, t) }, got ${got(value)}`);
  const tangent = part(value, "tangent");
  const adjoint = part(value, "adjoint");
  const outShape =
    isMap(value) || !hasShape(value) ? [await lengthOf(fn, state, name, place)] : shapeOf(value, name, place);
  return functionOperator({
    name,
    inShape: [state.length],
    outShape,
    fn: (x, t) => guarded(name, () => fn(x, t)),
    linear: part(value, "linear") === true,
    ...(isTangent(tangent) && { tangent: guardedTangent(name, tangent) }),
    ...(isTangent(adjoint) && { adjoint: guardedTangent(name, adjoint) }),
  });
}

type StateMap = (x: Float64Array, t: number) => ArrayLike<number> | Promise<ArrayLike<number>>;
type TangentMap = (x: Float64Array, d: Float64Array, t: number) => ArrayLike<number> | Promise<ArrayLike<number>>;

type Values = ReturnType<StateMap>;

/** Code of the error that stands for one thrown by a module. */
export const moduleFailed = "module/failed";

/** Runs somebody else's function; what it throws says where it comes from. */
function guarded(name: string, run: () => Values): Values {
  const failed = (error: unknown): never => {
    if (error instanceof OndaError) throw error;
    throw new OndaError(moduleFailed, name, `threw: ${error instanceof Error ? error.message : String(error)}`);
  };
  try {
    const result = run();
    return result instanceof Promise ? result.catch(failed) : result;
  } catch (error) {
    return failed(error);
  }
}

function guardedTangent(name: string, map: TangentMap): TangentMap {
  return (x, d, t) => guarded(name, () => map(x, d, t));
}

// What a function of somebody else's module takes and gives shows when it is called: the results are checked there.
function isMap(value: unknown): value is StateMap {
  return typeof value === "function";
}

function isTangent(value: unknown): value is TangentMap {
  return typeof value === "function";
}

function isModel(value: unknown): value is Model {
  return (
    ["advance", "trajectory"].every((key) => typeof part(value, key) === "function") &&
    typeof part(value, "size") === "number"
  );
}

function isOperator(value: unknown): value is Operator {
  return (
    ["apply", "applyBatch"].every((key) => typeof part(value, key) === "function") &&
    typeof part(value, "outSize") === "number"
  );
}

/** A property of something whose type is not known. */
function part(value: unknown, key: string): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  return Reflect.get(value, key);
}

function hasShape(value: unknown): boolean {
  return part(value, "size") !== undefined || part(value, "shape") !== undefined;
}

function shapeOf(value: unknown, name: string, place: string): number[] {
  const given = part(value, "shape") ?? part(value, "size");
  const shape: unknown[] = Array.isArray(given) ? given : [given];
  return shape.map((extent) => {
    if (typeof extent !== "number" || !Number.isInteger(extent) || extent < 1)
      throw new CaseError(
        place,
        `expected ${name} to have size, a positive integer, or shape, a list of them, got ${got(given)}`,
      );
    return extent;
  });
}

async function lengthOf(fn: StateMap, state: Float64Array, name: string, place: string): Promise<number> {
  const values: unknown = await guarded(name, () => fn(state.slice(), 0));
  const length = part(values, "length");
  if (typeof length !== "number" || length < 1)
    throw new CaseError(place, `expected ${name} to return a list of numbers, got ${got(values)}`);
  return length;
}
