import { ArgumentError, NumericalError, ShapeError } from "../../engine/errors/index.ts";
import { shapeText } from "../../engine/tensor/index.ts";
import type { Problem } from "../method.ts";

/**
 * Checks that the parts of a problem belong together.
 * @throws ShapeError, ArgumentError or NumericalError naming the part
 */
export function checkProblem({ model, observations, background, modelError }: Problem): void {
  const n = model.size;
  const { mean, covariance, ensemble } = background;
  if (mean.length !== n)
    throw new ShapeError("background.mean", `expected ${n} numbers, as the model has, got ${mean.length}`);
  checkFinite("background.mean", mean);
  if (covariance.size !== n)
    throw new ShapeError("background.covariance", `expected size ${n}, as the model has, got ${covariance.size}`);
  if (ensemble !== undefined) {
    if (ensemble.shape.length !== 2 || ensemble.shape[1] !== n)
      throw new ShapeError("background.ensemble", `expected shape (members, ${n}), got ${shapeText(ensemble.shape)}`);
    checkFinite("background.ensemble", ensemble.data);
  }
  if (modelError !== undefined && modelError.size !== n)
    throw new ShapeError("modelError", `expected size ${n}, as the model has, got ${modelError.size}`);
  observations.forEach(({ step, operator, error, values }, k) => {
    if (!Number.isSafeInteger(step) || step < 0)
      throw new ArgumentError(`observations[${k}].step`, `expected a model step from 0 on, got ${step}`);
    const before = observations[k - 1];
    if (before !== undefined && step <= before.step)
      throw new ArgumentError(
        `observations[${k}].step`,
        `expected increasing steps, got ${step} after ${before.step}: put the observations in order of time`,
      );
    if (operator.inSize !== n)
      throw new ShapeError(
        `observations[${k}].operator`,
        `expected a map of the model's ${n} numbers, got "${operator.name}" of ${operator.inSize}`,
      );
    for (const [part, size] of [
      ["values", values.length],
      ["error", error.size],
    ] as const)
      if (size !== operator.outSize)
        throw new ShapeError(
          `observations[${k}].${part}`,
          `expected size ${operator.outSize}, as operator "${operator.name}" gives, got ${size}`,
        );
  });
}

function checkFinite(place: string, data: Float64Array): void {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new NumericalError(place, `expected finite numbers, got ${data[bad]} at ${bad}`);
}

/** @throws ArgumentError unless an option is an integer of at least `least` */
export function checkCount(place: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least)
    throw new ArgumentError(place, `expected an integer of at least ${least}, got ${value}`);
  return value;
}

/** @throws ArgumentError unless an option is a positive finite number */
export function checkPositive(place: string, value: number): number {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new ArgumentError(place, `expected a positive number, got ${value}`);
  return value;
}
