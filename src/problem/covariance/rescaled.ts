import { ShapeError } from "../../engine/errors/index.ts";
import { tensor } from "../../engine/graph/index.ts";
import { type ArrayLike64, toNdArray } from "../../engine/tensor/index.ts";
import { covarianceFrom } from "./build.ts";
import { checkVariance, singularError } from "./check.ts";
import type { Covariance } from "./covariance.ts";

/**
 * Σ C Σ with a factor σ for each component: a correlation C with standard deviations that differ. It costs what C costs. A factor
 * of 0 is taken: what is known exactly.
 * @throws ShapeError unless there are as many factors as components; ArgumentError for a negative one
 */
export function rescaledCovariance(
  covariance: Covariance,
  std: ArrayLike64,
  options: { readonly place?: string } = {},
): Covariance {
  const { place = "covariance" } = options;
  const { size } = covariance;
  const sigma = toNdArray(std, `${place}.std`).data.slice();
  if (sigma.length !== size)
    throw new ShapeError(`${place}.std`, `expected ${size} standard deviations, got ${sigma.length}`);
  sigma.forEach((value, i) => {
    checkVariance(`${place}.std[${i}]`, value, true);
  });
  const times = (v: Float64Array): Float64Array => v.map((value, i) => value * sigma[i]!);
  const over = (v: Float64Array): Float64Array => {
    if (sigma.includes(0)) throw singularError(place);
    return v.map((value, i) => value / sigma[i]!);
  };
  return covarianceFrom({
    kind: "rescaled",
    place,
    size,
    sqrtSize: covariance.sqrtSize,
    apply: (v) => times(covariance.apply(times(v))),
    applySqrt: (v) => times(covariance.applySqrt(v)),
    applySqrtTransposed: (v) => covariance.applySqrtTransposed(times(v)),
    tracedSqrt: (v) => covariance.tracedSqrt(v).mul(tensor(sigma)),
    diagonal: () => covariance.diagonal().map((value, i) => value * sigma[i]! ** 2),
    inverse: {
      solve: (v) => over(covariance.solve(over(v))),
      whiten: (v) => covariance.whiten(over(v)),
      tracedWhiten(v) {
        if (sigma.includes(0)) throw singularError(place);
        return covariance.tracedWhiten(v.div(tensor(sigma)));
      },
      logDeterminant: () =>
        sigma.includes(0)
          ? Number.NEGATIVE_INFINITY
          : covariance.logDeterminant() + 2 * sigma.reduce((sum, value) => sum + Math.log(value), 0),
    },
    restrict: (indices) =>
      rescaledCovariance(
        covariance.restrict(indices),
        Float64Array.from(indices, (i) => sigma[i]!),
        { place },
      ),
    scaled: (factor) => rescaledCovariance(covariance.scaled(factor), sigma, { place }),
  });
}
