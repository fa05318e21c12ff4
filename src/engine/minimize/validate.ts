import { ArgumentError } from "../errors/index.ts";

/** Checks one hyper-parameter, given as `{ learningRate }`, and returns it. */
function check(entry: Record<string, number>, wanted: string, good: (value: number) => boolean): number {
  const [name = "", value = Number.NaN] = Object.entries(entry)[0] ?? [];
  if (typeof value !== "number" || !good(value))
    throw new ArgumentError(`minimizer.${name}`, `expected ${wanted}, got ${value}`);
  return value;
}

/** @throws ArgumentError unless the number is positive and finite */
export function positive(entry: Record<string, number>): number {
  return check(entry, "a positive number", (value) => value > 0 && value < Infinity);
}

/** @throws ArgumentError unless the number is finite and not negative */
export function nonNegative(entry: Record<string, number>): number {
  return check(entry, "a non-negative number", (value) => value >= 0 && value < Infinity);
}

/** @throws ArgumentError unless 0 ≤ number < 1 */
export function fraction(entry: Record<string, number>): number {
  return check(entry, "a number from 0 to 1, 1 excluded", (value) => value >= 0 && value < 1);
}

/** @throws ArgumentError unless the number is an integer of at least `least` */
export function count(entry: Record<string, number>, least: number): number {
  return check(entry, `an integer of at least ${least}`, (value) => Number.isInteger(value) && value >= least);
}
