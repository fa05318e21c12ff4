import { ArgumentError } from "../../engine/errors/index.ts";
import { lanczos } from "../../engine/minimize/index.ts";
import { randomStreams } from "../../engine/random/index.ts";
import type { Covariance } from "./covariance.ts";
import { lowRankCovariance } from "./low-rank.ts";

/** Relative residuals of eigenpairs that count as found. */
const accuracy = 1e-10;

/**
 * The best approximation of a covariance of rank `rank`: its leading eigenvectors times their values. As a background covariance it
 * reduces the space of a variational analysis to so many controls. Eigenpairs by Lanczos' method, with twice as many products as
 * eigenvectors, and more where they aren't accurate yet: O(n rank²) and the products, once.
 * @throws ArgumentError for a rank that isn't an integer from 1 to the size
 * @see [Lanczos1950] [Robert2005]
 */
export function leadingCovariance(
  covariance: Covariance,
  rank: number,
  options: { readonly place?: string } = {},
): Covariance {
  const { place = "covariance" } = options;
  const { size } = covariance;
  if (!Number.isSafeInteger(rank) || rank < 1 || rank > size)
    throw new ArgumentError(
      `${place}.rank`,
      `expected an integer from 1 to ${size}, the number of components, got ${rank}`,
    );
  // The start is the same every time, so that a run can be repeated.
  const stream = randomStreams(0).stream("lanczos");
  for (let vectors = Math.min(size, 2 * rank + 20); ; vectors = Math.min(size, 2 * vectors)) {
    const { values, vectors: found, residuals } = lanczos((v) => covariance.apply(v), size, { vectors, stream });
    const settled = residuals.subarray(0, rank).every((residual) => residual <= accuracy * values[0]!);
    if (!settled && vectors < size) continue;
    const data = new Float64Array(rank * size);
    for (let k = 0; k < rank; k++) {
      const root = Math.sqrt(Math.max(0, values[k]!));
      for (let i = 0; i < size; i++) data[k * size + i] = root * found[k]![i]!;
    }
    return lowRankCovariance({ factors: { data, shape: [rank, size] }, place });
  }
}
