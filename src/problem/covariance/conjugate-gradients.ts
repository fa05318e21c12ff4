import { CapabilityError, ConvergenceError } from "../../engine/errors/index.ts";
import type { Tensor } from "../../engine/graph/index.ts";
import { singularError } from "./check.ts";
import type { Covariance } from "./covariance.ts";

/** The residual that solves end with, relative to the right-hand side. */
const tolerance = 1e-12;
/** Iterations after which a residual that has not become smaller won't any more. */
const patience = 300;

export interface ConjugateGradientInput {
  readonly place: string;
  readonly size: number;
  product(v: Float64Array): Float64Array;
  diagonal(): Float64Array;
}

/**
 * Solves with a large covariance by conjugate gradients, preconditioned by its diagonal, to a residual of 1e-12. A product an
 * iteration, about √condition of them. Neither whitening nor determinant.
 * @throws ConvergenceError when it isn't reached in 10·size iterations, or the residual has not fallen for 300
 * @see [HestenesStiefel1952]
 */
export function solveByConjugateGradients({
  place,
  size,
  product,
  diagonal,
}: ConjugateGradientInput): Pick<Covariance, "solve" | "whiten" | "tracedWhiten" | "logDeterminant"> {
  const lacking = (what: string): CapabilityError =>
    new CapabilityError(
      place,
      `a covariance of this kind and of ${size} components can be solved with, but it has no ${what}`,
    );
  return {
    solve(b) {
      const variances = diagonal();
      if (variances.some((value) => !(value > 0))) throw singularError(place);
      const x = new Float64Array(size);
      const r = b.slice();
      const z = r.map((value, i) => value / variances[i]!);
      const p = z.slice();
      const target = tolerance ** 2 * dot(b, b);
      let rz = dot(r, z);
      let [least, since, iteration] = [Number.POSITIVE_INFINITY, 0, 0];
      for (; iteration < 10 * size && since < patience; iteration++, since++) {
        const residual = dot(r, r);
        if (residual <= target) break;
        if (residual < 0.9 * least) [least, since] = [residual, 0];
        const Cp = product(p);
        const curvature = dot(p, Cp);
        if (!(curvature > 0)) throw singularError(place);
        const step = rz / curvature;
        for (let i = 0; i < size; i++) {
          x[i]! += step * p[i]!;
          r[i]! -= step * Cp[i]!;
          z[i] = r[i]! / variances[i]!;
        }
        const next = dot(r, z);
        for (let i = 0; i < size; i++) p[i] = z[i]! + (next / rz) * p[i]!;
        rz = next;
      }
      if (!(dot(r, r) <= target))
        throw new ConvergenceError(
          place,
          `conjugate gradients left a residual of ${Math.sqrt(dot(r, r) / dot(b, b))} after ${iteration} iterations, expected at most ${tolerance}; the covariance is nearly singular`,
        );
      return x;
    },
    whiten(): Float64Array {
      throw lacking("whitening");
    },
    tracedWhiten(): Tensor {
      throw lacking("whitening");
    },
    logDeterminant(): number {
      throw lacking("determinant");
    },
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
