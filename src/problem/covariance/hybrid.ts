import { ArgumentError, ShapeError } from "../../engine/errors/index.ts";
import type { ArrayLike64 } from "../../engine/tensor/index.ts";
import type { Covariance } from "./covariance.ts";
import { type EnsembleCovarianceOptions, ensembleCovariance } from "./ensemble.ts";
import { sumCovariance } from "./sum.ts";

export interface HybridCovarianceOptions {
  /** The covariance B that doesn't follow the flow. */
  readonly static: Covariance;
  /** Members [N, n] that do. */
  readonly members: ArrayLike64;
  /** Weight w of the ensemble, from 0 to 1. */
  readonly weight: number;
  /** Taper of the ensemble's covariance; none by default. */
  readonly localization?: EnsembleCovarianceOptions["localization"];
  /** The argument's name for messages, "covariance" by default. */
  readonly place?: string;
}

/**
 * (1 − w) B + w P ∘ ρ from a static and a (localised) ensemble covariance. With w = 0 it is B itself, with w = 1 the ensemble's
 * alone; in between the controls are those of both, one after the other.
 * @throws ArgumentError for a weight out of range; ShapeError for members of another size
 * @see [HamillSnyder2000] [Lorenc2003]
 */
export function hybridCovariance(options: HybridCovarianceOptions): Covariance {
  const { static: B, members, weight, localization, place = "covariance" } = options;
  checkWeight(`${place}.weight`, weight);
  if (weight === 0) return B;
  const P = ensembleCovariance({ members, place, ...(localization && { localization }) });
  if (P.size !== B.size)
    throw new ShapeError(
      `${place}.static`,
      `expected size ${P.size}, the number of variables of the members, got ${B.size}`,
    );
  return weight === 1 ? P : sumCovariance([B.scaled(1 - weight), P.scaled(weight)], { place });
}

/** @throws ArgumentError for a weight that isn't from 0 to 1 */
export function checkWeight(place: string, weight: number): number {
  if (!(weight >= 0 && weight <= 1))
    throw new ArgumentError(place, `expected a weight of the ensemble's covariance from 0 to 1, got ${weight}`);
  return weight;
}
