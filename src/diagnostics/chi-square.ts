import { ArgumentError } from "../engine/errors/index.ts";
import { gammaP, gammaQ } from "./gamma.ts";

/** Probability that a chi-square variable with `degrees` degrees of freedom is at most `x`. */
export function chiSquareCdf(x: number, degrees: number): number {
  checkDegrees(degrees);
  return gammaP(degrees / 2, x / 2);
}

/** Probability that a chi-square variable is above `x`: the p-value of a test that rejects large `x`. */
export function chiSquareTail(x: number, degrees: number): number {
  checkDegrees(degrees);
  return gammaQ(degrees / 2, x / 2);
}

/**
 * The value below which a chi-square variable with `degrees` degrees of freedom stays with `probability`: bisection of
 * {@link chiSquareCdf} to the last digits, about 60 evaluations.
 * @throws ArgumentError unless 0 < probability < 1 and degrees > 0
 */
export function chiSquareQuantile(probability: number, degrees: number): number {
  checkDegrees(degrees);
  if (!(probability > 0 && probability < 1))
    throw new ArgumentError("probability", `expected a number between 0 and 1, got ${probability}`);
  let low = 0;
  let high = degrees;
  while (chiSquareCdf(high, degrees) < probability) high *= 2;
  for (let k = 0; k < 200 && high - low > 1e-14 * high; k++) {
    const middle = (low + high) / 2;
    if (chiSquareCdf(middle, degrees) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function checkDegrees(degrees: number): void {
  if (!(degrees > 0)) throw new ArgumentError("degrees", `expected a positive number, got ${degrees}`);
}
