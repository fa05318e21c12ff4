import type { RandomStream } from "../random/index.ts";
import { norm } from "./recorder.ts";
import { type RitzPairs, tridiagonalPairs } from "./ritz.ts";
import { dot } from "./twoLoop.ts";
import { count } from "./validate.ts";

export interface LanczosOptions {
  /** Products, and the pairs that are given; at most the size. */
  readonly vectors: number;
  /** Where the starting vector comes from. */
  readonly stream: RandomStream;
}

/** A new vector that is shorter than this part of the largest value seen belongs to the space already. */
const negligible = 1e-13;

/**
 * Eigenpairs of a symmetric matrix by Lanczos' method with full reorthogonalisation from a random vector. When the Krylov space is
 * invariant it goes on with another random vector, so that `vectors` = size gives the whole decomposition, multiple values included.
 * A product a vector, O(n vectors²) besides.
 * @param product A v, or a promise of it; the callee may use the buffer again
 * @throws ArgumentError unless `vectors` is positive
 * @see [Lanczos1950] [GolubVanLoan2013] section 10.1
 */
export function* lanczosSteps(
  size: number,
  { vectors, stream }: LanczosOptions,
): Generator<Float64Array, RitzPairs, Float64Array> {
  count({ vectors }, 1);
  const k = Math.min(vectors, size);
  const basis: Float64Array[] = [];
  const [diagonal, beside]: [number[], number[]] = [[], []];
  let q = fresh(size, basis, stream);
  let largest = 0;
  for (let j = 0; j < k; j++) {
    basis.push(q);
    const w = (yield q).slice();
    const a = dot(q, w);
    diagonal.push(a);
    orthogonalize(w, basis);
    const b = norm(w);
    largest = Math.max(largest, Math.abs(a), b);
    const invariant = b <= negligible * largest;
    beside.push(invariant ? 0 : b);
    if (j + 1 < k) q = invariant ? fresh(size, basis, stream) : w.map((value) => value / b);
  }
  return tridiagonalPairs(diagonal, beside, basis);
}

/** {@link lanczosSteps}, answered at once. */
export function lanczos(product: (v: Float64Array) => Float64Array, size: number, options: LanczosOptions): RitzPairs {
  const steps = lanczosSteps(size, options);
  let next = steps.next();
  while (!next.done) next = steps.next(product(next.value));
  return next.value;
}

/** A random unit vector orthogonal to the basis. */
function fresh(size: number, basis: readonly Float64Array[], stream: RandomStream): Float64Array {
  const v = stream.normals(size);
  const before = norm(v);
  for (let i = 0; i < size; i++) v[i]! /= before;
  orthogonalize(v, basis);
  const length = norm(v);
  return v.map((value) => value / length);
}

function orthogonalize(w: Float64Array, basis: readonly Float64Array[]): void {
  // Twice is enough.
  for (let pass = 0; pass < 2; pass++)
    for (const q of basis) {
      const part = dot(q, w);
      for (let i = 0; i < w.length; i++) w[i]! -= part * q[i]!;
    }
}
