import { scalar } from "./builder.ts";
import type { Node } from "./node.ts";
import { add, div, mean, sqrt, square, sub } from "./ops.ts";

/** Mean, standard deviation (with ε under the root) and (x − mean)/deviation over axes, which are kept with extent 1. */
export function standardize(
  x: Node,
  axes: readonly number[],
  epsilon: number,
): { readonly mean: Node; readonly deviation: Node; readonly result: Node } {
  const centre = mean(x, axes, true);
  const departure = sub(x, centre);
  const deviation = sqrt(add(mean(square(departure), axes, true), scalar(epsilon)));
  return { mean: centre, deviation, result: div(departure, deviation) };
}
