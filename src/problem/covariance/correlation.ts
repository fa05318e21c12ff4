import { ShapeError } from "../../engine/errors/index.ts";
import { sizeOf } from "../../engine/tensor/index.ts";
import { type Domain, placeOf } from "../localization/index.ts";
import { chord } from "./chord.ts";
import { type CorrelationOptions, correlationFunction } from "./correlations.ts";
import type { Covariance } from "./covariance.ts";
import { denseCovariance } from "./dense.ts";

export interface PlacesCorrelationOptions extends CorrelationOptions {
  /** Where the components are. */
  readonly domain: Domain;
  /** One variance for all, 1 by default. */
  readonly variance?: number;
  readonly place?: string;
}

/**
 * A correlation function of the distances of any places, as a matrix: for errors of some hundred observations that lie irregularly.
 * On axes that begin again distances are chords of the circle, not arcs: functions of arcs are indefinite when they are wide.
 * O(m²) functions, O(m³) once.
 * @throws ShapeError for a domain with a distance of its own; NumericalError when it isn't positive definite: two places are the
 * same, or a smooth function's length is large against their distances
 */
export function correlationCovariance(options: PlacesCorrelationOptions): Covariance {
  const { domain, variance = 1, place = "covariance" } = options;
  const { places, periods } = domain;
  if (periods === undefined)
    throw new ShapeError(`${place}.domain`, "expected Euclidean distances, got a domain with a distance of its own");
  const f = correlationFunction(options);
  const m = places.shape[0]!;
  const data = new Float64Array(sizeOf([m, m]));
  for (let i = 0; i < m; i++)
    for (let j = 0; j <= i; j++) {
      const d = chord(placeOf(places, i), placeOf(places, j), periods);
      data[i * m + j] = data[j * m + i] = variance * f.value(d);
    }
  return denseCovariance({ data, shape: [m, m] }, { place });
}
