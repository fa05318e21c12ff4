import { ShapeError } from "../engine/errors/index.ts";
import { type ArrayLike64, type NdArray, shapeText, toNdArray } from "../engine/tensor/index.ts";

/**
 * An ensemble as `[members, n]`; a list of numbers is an ensemble of one variable.
 * @throws ShapeError for other ranks or fewer members than `atLeast`
 */
export function toEnsemble(value: ArrayLike64, place: string, atLeast: number): NdArray {
  const array = toNdArray(value, place);
  const shape = array.shape.length === 1 ? [array.shape[0]!, 1] : array.shape;
  if (shape.length !== 2)
    throw new ShapeError(place, `expected an ensemble (members, variables), got shape ${shapeText(shape)}`);
  if (shape[0]! < atLeast)
    throw new ShapeError(place, `expected at least ${atLeast} members, got ${shape[0]}`, "shape/too-few-members");
  return { data: array.data, shape };
}

/**
 * A vector of any shape, flattened, of the length that its partner has.
 * @throws ShapeError if it has another length
 */
export function toVector(value: ArrayLike64, place: string, length: number): Float64Array {
  const { data } = toNdArray(value, place);
  if (data.length !== length) throw new ShapeError(place, `expected ${length} numbers, got ${data.length}`);
  return data;
}
