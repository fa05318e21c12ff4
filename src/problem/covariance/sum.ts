import { ArgumentError, ShapeError } from "../../engine/errors/index.ts";
import { covarianceFrom } from "./build.ts";
import type { Covariance } from "./covariance.ts";

/**
 * A + B + …: a hybrid of a static and an ensemble covariance, a correlated error and an independent one. The square root is
 * `[L_A L_B …]`: controls of all terms one after the other. A sum has no inverse that follows from its terms': up to 2048
 * components it is a dense factor, beyond that conjugate gradients.
 * @throws ArgumentError for no terms; ShapeError for terms of different sizes
 */
export function sumCovariance(terms: readonly Covariance[], options: { readonly place?: string } = {}): Covariance {
  const { place = "covariance" } = options;
  const [first] = terms;
  if (first === undefined) throw new ArgumentError(`${place}.terms`, "expected at least one term, got none");
  const { size } = first;
  terms.forEach((term, i) => {
    if (term.size !== size)
      throw new ShapeError(`${place}.terms[${i}]`, `expected size ${size}, as the first one has, got ${term.size}`);
  });
  const starts: number[] = [];
  let sqrtSize = 0;
  for (const term of terms) {
    starts.push(sqrtSize);
    sqrtSize += term.sqrtSize;
  }
  const total = (parts: readonly Float64Array[]): Float64Array => {
    const out = new Float64Array(size);
    for (const part of parts) for (let i = 0; i < size; i++) out[i]! += part[i]!;
    return out;
  };
  return covarianceFrom({
    kind: "sum",
    place,
    size,
    sqrtSize,
    apply: (v) => total(terms.map((term) => term.apply(v))),
    applySqrt: (v) => total(terms.map((term, k) => term.applySqrt(v.slice(starts[k]!, starts[k]! + term.sqrtSize)))),
    applySqrtTransposed(v) {
      const out = new Float64Array(sqrtSize);
      terms.forEach((term, k) => {
        out.set(term.applySqrtTransposed(v), starts[k]!);
      });
      return out;
    },
    tracedSqrt(v) {
      const parts = terms.map((term, k) =>
        term.tracedSqrt(
          v.take(
            Int32Array.from({ length: term.sqrtSize }, (_, i) => starts[k]! + i),
            -1,
          ),
        ),
      );
      return parts.reduce((sum, part) => sum.add(part));
    },
    diagonal: () => total(terms.map((term) => term.diagonal())),
    restrict: (indices) =>
      sumCovariance(
        terms.map((term) => term.restrict(indices)),
        options,
      ),
    scaled: (factor) =>
      sumCovariance(
        terms.map((term) => term.scaled(factor)),
        options,
      ),
  });
}
