import { ArgumentError } from "../../engine/errors/index.ts";
import { type TracedOperator, tracedOperator } from "./traced.ts";

/**
 * Every element raised to a power. A negative element under a fractional exponent gives NaN, as Math.pow.
 * @throws ArgumentError for an exponent that is not finite
 */
export function powerOperator(n: number, exponent: number): TracedOperator {
  if (!Number.isFinite(exponent)) throw new ArgumentError("exponent", `expected a finite number, got ${exponent}`);
  return tracedOperator({
    name: "power",
    inShape: [n],
    outShape: [n],
    linear: exponent === 1,
    fn: (x) => x.pow(exponent),
  });
}
