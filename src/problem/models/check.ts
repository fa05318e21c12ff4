import { ArgumentError } from "../../engine/errors/index.ts";

/** @throws ArgumentError unless the value is a finite number */
export function checkNumber(place: string, value: number): number {
  if (!Number.isFinite(value)) throw new ArgumentError(place, `expected a finite number, got ${value}`);
  return value;
}

/** @throws ArgumentError unless the value is a positive finite number */
export function checkPositive(place: string, value: number): number {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new ArgumentError(place, `expected a positive number, got ${value}`);
  return value;
}

/** @throws ArgumentError unless the value is an integer of at least `least` */
export function checkCount(place: string, value: number, least = 1): number {
  if (!Number.isSafeInteger(value) || value < least)
    throw new ArgumentError(place, `expected an integer of at least ${least}, got ${value}`);
  return value;
}

/** One value per number of steps, made when first asked for. */
export function perSteps<T>(make: (steps: number) => T): (steps: number) => T {
  const made = new Map<number, T>();
  return (steps) => {
    checkCount("steps", steps);
    const value = made.get(steps) ?? make(steps);
    made.set(steps, value);
    return value;
  };
}
