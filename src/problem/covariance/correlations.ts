import { ArgumentError } from "../../engine/errors/index.ts";
import { tapers } from "../localization/index.ts";

/** Name of a correlation function. */
export type CorrelationKind = "gaussian" | "soar" | "exponential" | "matern" | "gaspari-cohn";

export interface CorrelationOptions {
  readonly kind: CorrelationKind;
  /** Length ℓ that distances are measured by, in the unit of the distances. */
  readonly length: number;
  /** ν of a Matérn function: 1/2, 3/2, 5/2 …; 5/2 by default. */
  readonly smoothness?: number;
}

/** A correlation that depends on distance alone, 1 at distance 0. */
export interface CorrelationFunction {
  readonly kind: CorrelationKind;
  value(distance: number): number;
  /** From which distance on it is below 1e-17. */
  readonly reach: number;
}

/** Below it a correlation counts as zero. */
const negligible = 1e-17;

/**
 * A correlation function, positive definite in up to three dimensions:
 *
 *     gaussian      exp(−d²/2ℓ²)
 *     exponential   exp(−d/ℓ)                              Matérn with ν = 1/2
 *     soar          (1 + d/ℓ) exp(−d/ℓ)                    Matérn with ν = 3/2
 *     matern        2^(1−ν)/Γ(ν) (d/ℓ)^ν K_ν(d/ℓ)          half-integer ν: a polynomial times exp(−d/ℓ)
 *     gaspari-cohn  of radius ℓ: 0.634 there, zero from 3.64 ℓ on
 *
 * A Matérn function is near 0 like a Gaussian of standard deviation ℓ √(2ν − 2), its Daley length.
 * @throws ArgumentError for a length that isn't positive, and a smoothness that isn't 1/2, 3/2 … 19/2
 * @see [Stein1999] section 2.7
 */
export function correlationFunction({ kind, length, smoothness = 2.5 }: CorrelationOptions): CorrelationFunction {
  if (!(length > 0 && length < Number.POSITIVE_INFINITY))
    throw new ArgumentError("length", `expected a positive length, got ${length}`);
  if (kind === "gaspari-cohn") {
    const taper = tapers["gaspari-cohn"];
    return { kind, value: (d) => taper.value(d, length), reach: taper.support(length) };
  }
  if (kind === "gaussian") return withReach(kind, (d) => Math.exp(-0.5 * (d / length) ** 2), length);
  const nu = { soar: 1.5, exponential: 0.5, matern: smoothness }[kind];
  if (!Number.isInteger(nu - 0.5) || nu < 0.5 || nu > 9.5)
    throw new ArgumentError("smoothness", `expected one of 0.5, 1.5, 2.5 … 9.5, got ${nu}`);
  const coefficients = maternPolynomial(nu - 0.5);
  return withReach(
    kind,
    (d) => {
      const z = d / length;
      return Math.exp(-z) * coefficients.reduceRight((sum, coefficient) => sum * z + coefficient, 0);
    },
    length,
  );
}

/** Ascending coefficients of p!/(2p)! Σ_i (p + i)!/(i! (p − i)!) (2z)^(p−i). */
function maternPolynomial(p: number): number[] {
  const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1));
  return Array.from({ length: p + 1 }, (_, power) => {
    const i = p - power;
    return ((factorial(p) / factorial(2 * p)) * factorial(p + i) * 2 ** power) / (factorial(i) * factorial(p - i));
  });
}

function withReach(kind: CorrelationKind, value: (d: number) => number, length: number): CorrelationFunction {
  let reach = length;
  while (value(reach) > negligible) reach *= 1.25;
  return { kind, value, reach };
}
