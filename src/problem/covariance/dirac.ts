import { ArgumentError } from "../../engine/errors/index.ts";
import type { Covariance } from "./covariance.ts";

/**
 * What one observation of component `index` would move: the covariance with that component, over its standard deviation, [size]; at
 * the component itself its standard deviation. A picture of B. One product.
 * @throws ArgumentError for an index outside
 */
export function dirac(covariance: Covariance, index: number): Float64Array {
  const { size } = covariance;
  if (!Number.isInteger(index) || index < 0 || index >= size)
    throw new ArgumentError("index", `expected an integer from 0 to ${size - 1}, got ${index}`);
  const unit = new Float64Array(size);
  unit[index] = 1;
  const column = covariance.apply(unit);
  const std = Math.sqrt(column[index]!);
  return column.map((value) => (std > 0 ? value / std : 0));
}
