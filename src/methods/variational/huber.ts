import { type Tensor, where } from "../../engine/graph/index.ts";

/**
 * s with ½s² = Huber's function of a residual r: r itself up to c, ±√(2c|r| − c²) beyond, where the cost is c|r| − ½c². Smooth to
 * first order, so that costs, gradients and Gauss-Newton products follow from s alone.
 * @see [Huber1964]
 */
export function huberized(r: Tensor, c: number): Tensor {
  const size = r.abs();
  const far = size
    .maximum(c)
    .mul(2 * c)
    .sub(c * c)
    .sqrt();
  return where(size.lessEqual(c), r, r.sign().mul(far));
}

/** The same of a number: s and ds/dr. */
export function huberizedNumber(r: number, c: number): { s: number; slope: number } {
  if (Math.abs(r) <= c) return { s: r, slope: 1 };
  const s = Math.sqrt(2 * c * Math.abs(r) - c * c);
  return { s: Math.sign(r) * s, slope: c / s };
}
