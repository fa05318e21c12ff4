import { ShapeError } from "../../engine/errors/index.ts";
import { type ArrayLike64, type NdArray, shapeText, toNdArray } from "../../engine/tensor/index.ts";
import { type Covariance, denseCovariance } from "../../problem/covariance/index.ts";

/** A vector. @throws ShapeError naming the argument */
export function vector(place: string, value: ArrayLike64): Float64Array {
  const { data, shape } = toNdArray(value, place);
  if (shape.length !== 1 || shape[0] === 0)
    throw new ShapeError(place, `expected a vector, got shape ${shapeText(shape)}`);
  return data;
}

/** Rows, [count, width]; any count when left out. @throws ShapeError naming the argument */
export function rows(place: string, value: ArrayLike64, count?: number): NdArray {
  const array = toNdArray(value, place);
  const { shape } = array;
  if (shape.length !== 2 || shape.includes(0) || (count !== undefined && shape[0] !== count))
    throw new ShapeError(place, `expected ${count ?? "some"} rows, got shape ${shapeText(shape)}`);
  return array;
}

/** A covariance matrix of `size` variables, or a covariance of ours. @throws ShapeError, NumericalError naming the argument */
export function covariance(place: string, value: ArrayLike64 | Covariance, size: number): Covariance {
  const C = isCovariance(value) ? value : denseCovariance(toNdArray(value, place), { place });
  if (C.size !== size) throw new ShapeError(place, `expected a covariance of ${size} variables, got one of ${C.size}`);
  return C;
}

function isCovariance(value: ArrayLike64 | Covariance): value is Covariance {
  return typeof value === "object" && value !== null && "applySqrt" in value;
}
