import { type Tensor, tensor } from "../../engine/graph/index.ts";
import type { RandomStream } from "../../engine/random/index.ts";
import { type ArrayLike64, toNdArray } from "../../engine/tensor/index.ts";
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
 * Independent components with a variance each. O(size). Variances of 0 are taken: what is known exactly.
 * @param variances `[size]`, flattened when it has more axes
 * @throws NumericalError for a variance that isn't finite; ArgumentError for a negative one; both name its index
 */
export function diagonalCovariance(variances: ArrayLike64, options: CovarianceOptions = {}): Covariance {
  const { place = "covariance", singular = true } = options;
  const variance = toNdArray(variances, place).data.slice();
  const size = variance.length;
  checkSize(place, size);
  variance.forEach((value, i) => {
    checkVariance(`${place}[${i}]`, value, singular);
  });
  const std = variance.map(Math.sqrt);
  const definite = variance.every((value) => value > 0);
  const times = (v: Float64Array, factors: Float64Array): Float64Array => {
    checkLength(v, size);
    const out = new Float64Array(size);
    for (let i = 0; i < size; i++) out[i] = v[i]! * factors[i]!;
    return out;
  };
  const over = (v: Float64Array, divisors: Float64Array): Float64Array => {
    if (!definite) throw singularError(place);
    checkLength(v, size);
    const out = new Float64Array(size);
    for (let i = 0; i < size; i++) out[i] = v[i]! / divisors[i]!;
    return out;
  };
  return Object.freeze({
    kind: "diagonal",
    size,
    sqrtSize: size,
    apply: (v: Float64Array): Float64Array => times(v, variance),
    applySqrt: (v: Float64Array): Float64Array => times(v, std),
    applySqrtTransposed: (v: Float64Array): Float64Array => times(v, std),
    solve: (v: Float64Array): Float64Array => over(v, variance),
    whiten: (v: Float64Array): Float64Array => over(v, std),
    sample: (stream: RandomStream): Float64Array => times(stream.normals(size), std),
    diagonal: (): Float64Array => variance.slice(),
    logDeterminant: (): number => variance.reduce((sum, value) => sum + Math.log(value), 0),
    dense(): Float64Array {
      const out = new Float64Array(size * size);
      for (let i = 0; i < size; i++) out[i * size + i] = variance[i]!;
      return out;
    },
    restrict(indices: ArrayLike<number>): Covariance {
      checkIndices(indices, size);
      return diagonalCovariance(
        Float64Array.from(indices, (i) => variance[i]!),
        { place },
      );
    },
    scaled(factor: number): Covariance {
      checkFactor(factor);
      return diagonalCovariance(
        variance.map((value) => value * factor),
        { place },
      );
    },
    tracedSqrt: (v: Tensor): Tensor => v.mul(tensor(std)),
    tracedWhiten(v: Tensor): Tensor {
      if (!definite) throw singularError(place);
      return v.div(tensor(std));
    },
  });
}
