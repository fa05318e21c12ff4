import { ArgumentError } from "../../engine/errors/index.ts";

/** When there are observations: regularly, at given model steps, or at given times. */
export type ObservationTimes =
  | {
      /** Model steps between observations. */
      readonly every: number;
      readonly count: number;
      /** The first of them at the start; else it comes after `every` steps. False by default. */
      readonly atStart?: boolean;
    }
  | { readonly steps: ArrayLike<number> }
  | { readonly times: ArrayLike<number> };

/**
 * Model steps of the observations.
 * @param dt time units of a model step
 * @throws ArgumentError for counts that aren't positive integers, steps that aren't increasing integers ≥ 0, times that
 *   aren't multiples of dt (to 1e-6 of a step)
 */
export function observationSteps(when: ObservationTimes, dt: number): number[] {
  if ("every" in when) {
    const { every, count, atStart = false } = when;
    for (const [name, value] of Object.entries({ every, count }))
      if (!Number.isSafeInteger(value) || value < 1)
        throw new ArgumentError(name, `expected an integer of at least 1, got ${value}`);
    return Array.from({ length: count }, (_, k) => (atStart ? k : k + 1) * every);
  }
  if ("steps" in when) return checkSteps(Array.from(when.steps), "steps");
  const steps = Array.from(when.times, (time, k) => {
    const step = Math.round(time / dt);
    if (!(Math.abs(time / dt - step) <= 1e-6))
      throw new ArgumentError(`times[${k}]`, `expected a multiple of the model's step ${dt}, got ${time}`);
    return step;
  });
  return checkSteps(steps, "times");
}

/** @throws ArgumentError unless the steps are integers ≥ 0, each larger than the one before, and there is one */
export function checkSteps(steps: number[], place: string): number[] {
  if (steps.length === 0) throw new ArgumentError(place, "expected at least one observation time, got none");
  steps.forEach((step, k) => {
    if (!Number.isSafeInteger(step) || step < 0)
      throw new ArgumentError(`${place}[${k}]`, `expected a model step from 0 on, got ${step}`);
    const before = steps[k - 1];
    if (before !== undefined && step <= before)
      throw new ArgumentError(`${place}[${k}]`, `expected increasing steps, got ${step} after ${before}`);
  });
  return steps;
}
