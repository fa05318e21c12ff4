import { ArgumentError, ShapeError } from "../../engine/errors/index.ts";
import type { Tensor } from "../../engine/graph/index.ts";

/** Mean and scale of variables: one number for all of them or one for each; 0 and 1 by default. */
export interface NormalizeOptions {
  readonly mean?: number | Float64Array;
  readonly scale?: number | Float64Array;
}

/** A map of flat states. */
export type Normalize = (x: Tensor) => Tensor;

/**
 * x ↦ (x − mean) / scale of flat states of n variables and its inverse; nothing is done when neither is given.
 * @throws ShapeError or ArgumentError under `normalize`
 */
export function normalization(
  options: NormalizeOptions,
  n: number,
): { readonly scaled: Normalize; readonly unscaled: Normalize } {
  const mean = perVariable("normalize.mean", options.mean ?? 0, n);
  const scale = perVariable("normalize.scale", options.scale ?? 1, n);
  const scales = typeof scale === "number" ? [scale] : scale;
  if (!scales.every((value) => value > 0 && value < Number.POSITIVE_INFINITY))
    throw new ArgumentError("normalize.scale", "expected positive numbers");
  if (options.mean === undefined && options.scale === undefined) return { scaled: (x) => x, unscaled: (x) => x };
  return { scaled: (x) => x.sub(mean).div(scale), unscaled: (x) => x.mul(scale).add(mean) };
}

function perVariable(place: string, value: number | Float64Array, n: number): number | Float64Array {
  if (typeof value !== "number" && value.length !== n)
    throw new ShapeError(place, `expected ${n} numbers, as the state has, got ${value.length}`);
  return value;
}
