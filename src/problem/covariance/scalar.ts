import type { Tensor } from "../../engine/graph/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";
import {
  type CovarianceOptions,
  checkFactor,
  checkIndices,
  checkLength,
  checkSize,
  checkVariance,
  singularError,
} from "./check.ts";
import type { Covariance } from "./covariance.ts";

/**
 * One variance for all of `size` independent components. O(size). A variance of 0 is taken: what is known exactly.
 * @throws NumericalError for a variance that isn't finite; ArgumentError for a negative one
 */
export function scalarCovariance(size: number, variance: number, options: CovarianceOptions = {}): Covariance {
  const { place = "covariance", singular = true } = options;
  checkSize(place, size);
  checkVariance(place, variance, singular);
  const std = Math.sqrt(variance);
  const times = (v: Float64Array, factor: number): Float64Array => {
    checkLength(v, size);
    const out = new Float64Array(size);
    for (let i = 0; i < size; i++) out[i] = v[i]! * factor;
    return out;
  };
  const over = (v: Float64Array, divisor: number): Float64Array => {
    if (variance === 0) throw singularError(place);
    checkLength(v, size);
    const out = new Float64Array(size);
    for (let i = 0; i < size; i++) out[i] = v[i]! / divisor;
    return out;
  };
  return Object.freeze({
    kind: "scalar",
    size,
    sqrtSize: size,
    apply: (v: Float64Array): Float64Array => times(v, variance),
    applySqrt: (v: Float64Array): Float64Array => times(v, std),
    applySqrtTransposed: (v: Float64Array): Float64Array => times(v, std),
    solve: (v: Float64Array): Float64Array => over(v, variance),
    whiten: (v: Float64Array): Float64Array => over(v, std),
    sample: (stream: RandomStream): Float64Array => times(stream.normals(size), std),
    diagonal: (): Float64Array => new Float64Array(size).fill(variance),
    logDeterminant: (): number => size * Math.log(variance),
    dense(): Float64Array {
      const out = new Float64Array(size * size);
      for (let i = 0; i < size; i++) out[i * size + i] = variance;
      return out;
    },
    restrict(indices: ArrayLike<number>): Covariance {
      checkIndices(indices, size);
      return scalarCovariance(indices.length, variance, { place });
    },
    scaled(factor: number): Covariance {
      checkFactor(factor);
      return scalarCovariance(size, variance * factor, { place });
    },
    tracedSqrt: (v: Tensor): Tensor => v.mul(std),
    tracedWhiten(v: Tensor): Tensor {
      if (variance === 0) throw singularError(place);
      return v.div(std);
    },
  });
}
