import { ArgumentError, NumericalError, ShapeError } from "../../engine/errors/index.ts";
import { type ArrayLike64, type NdArray, shapeText, toNdArray } from "../../engine/tensor/index.ts";
import type { Domain } from "./domain.ts";

export interface PlacesDomainOptions {
  /** Coordinates of each variable's place, [variables, axes]. */
  readonly places: ArrayLike64;
  /** After which length each axis begins again; Infinity (the default for all) where it doesn't. */
  readonly periods?: readonly number[];
  /** Instead of the Euclidean distance; places may then be anything, indices for instance. */
  readonly distance?: (a: ArrayLike<number>, b: ArrayLike<number>) => number;
}

/**
 * Variables anywhere: at coordinates with the Euclidean distance, on axes that may be periodic, or with any distance.
 * @throws ShapeError unless places has two axes and there is a period for each coordinate
 * @throws ArgumentError for a period that isn't positive; NumericalError for coordinates that are not finite
 */
export function placesDomain({ places, periods, distance }: PlacesDomainOptions): Domain {
  const checked = checkedPlaces(toNdArray(places, "places"), "places");
  const axes = checked.shape[1]!;
  if (distance !== undefined) return Object.freeze({ name: "places", places: checked, distance });
  const lengths = periods ?? new Array<number>(axes).fill(Number.POSITIVE_INFINITY);
  if (lengths.length !== axes)
    throw new ShapeError("periods", `expected ${axes} lengths, one for each axis, got ${lengths.length}`);
  for (const length of lengths)
    if (!(length > 0)) throw new ArgumentError("periods", `expected positive lengths, got ${length}`);
  return Object.freeze({
    name: "places",
    places: checked,
    periods: lengths,
    distance: (a: ArrayLike<number>, b: ArrayLike<number>): number => {
      let square = 0;
      for (let axis = 0; axis < axes; axis++) square += separation(a[axis]!, b[axis]!, lengths[axis]!) ** 2;
      return Math.sqrt(square);
    },
  });
}

/** The shorter way between two coordinates. */
function separation(a: number, b: number, period: number): number {
  const way = Math.abs(a - b);
  if (period === Number.POSITIVE_INFINITY) return way;
  const rest = way % period;
  return Math.min(rest, period - rest);
}

/** @throws ShapeError, NumericalError unless they are finite coordinates [places, axes] */
export function checkedPlaces(places: NdArray, place: string): NdArray {
  if (places.shape.length !== 2 || places.shape[1] === 0)
    throw new ShapeError(place, `expected coordinates of shape (places, axes), got ${shapeText(places.shape)}`);
  const bad = places.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new NumericalError(place, `expected finite coordinates, got ${places.data[bad]} at ${bad}`);
  return places;
}
