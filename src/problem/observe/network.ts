import { ArgumentError, NumericalError, ShapeError } from "../../engine/errors/index.ts";
import type { RandomStreams } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import { shapeText } from "../../engine/tensor/index.ts";
import type { Covariance } from "../covariance/index.ts";
import type { Operator } from "../operators/index.ts";
import type { Observation, ObservationSeries } from "./observations.ts";
import { checkSteps } from "./steps.ts";

/** When, what and how well is observed, without the values. */
export type ObservationNetwork = readonly Omit<Observation, "values">[];

export interface ObservationNetworkOptions {
  /** Time units of a model step. */
  readonly dt: number;
  /** Model step of each observation, increasing; see `observationSteps`. */
  readonly steps: ArrayLike<number>;
  /** One operator for all times, or one per time. */
  readonly operator: Operator | readonly Operator[];
  /** One positive definite covariance of the errors for all times, or one per time. */
  readonly error: Covariance | readonly Covariance[];
}

/**
 * The observation times with their operators and errors, checked.
 * @throws ArgumentError for steps out of order, lists of the wrong length, singular errors
 * @throws ShapeError for an error of another size than its operator's result
 */
export function observationNetwork(options: ObservationNetworkOptions): ObservationNetwork {
  const { dt } = options;
  const steps = checkSteps(Array.from(options.steps), "steps");
  const operators = perTime(options.operator, steps.length, "operator");
  const errors = perTime(options.error, steps.length, "error");
  return steps.map((step, k) => {
    const [operator, error] = [operators[k]!, errors[k]!];
    if (error.size !== operator.outSize)
      throw new ShapeError(
        `error[${k}]`,
        `expected a covariance of size ${operator.outSize}, as operator "${operator.name}" gives, got ${error.size}`,
      );
    if (operator.inSize !== operators[0]!.inSize)
      throw new ShapeError(
        `operator[${k}]`,
        `expected an operator on ${operators[0]!.inSize} numbers as the first, got one on ${operator.inSize}`,
      );
    if (error.logDeterminant() === Number.NEGATIVE_INFINITY)
      throw new ArgumentError(`error[${k}]`, "expected a positive definite covariance, got a singular one");
    return { step, time: step * dt, operator, error };
  });
}

/**
 * The network with the values that were seen; NaN = missing.
 * @param values one list per time, or [times, m] when all times have m observations
 * @throws ShapeError for lists of the wrong length; NumericalError for an infinite value
 */
export function observationSeries(
  network: ObservationNetwork,
  values: NdArray | readonly ArrayLike<number>[],
): ObservationSeries {
  const rows = "data" in values ? rowsOf(values) : values;
  if (rows.length !== network.length)
    throw new ShapeError("values", `expected ${network.length} observation times, got ${rows.length}`);
  return network.map((place, k) => {
    const y = Float64Array.from(rows[k]!);
    if (y.length !== place.operator.outSize)
      throw new ShapeError(
        `values[${k}]`,
        `expected ${place.operator.outSize} numbers, as operator "${place.operator.name}" gives, got ${y.length}`,
      );
    y.forEach((value, i) => {
      if (Math.abs(value) === Number.POSITIVE_INFINITY)
        throw new NumericalError(
          `values[${k}]`,
          `expected finite numbers or NaN for missing ones, got ${value} at ${i}`,
        );
    });
    return { ...place, values: y };
  });
}

/**
 * Observations of a known truth with errors drawn from the stream "observation" of each time: they depend on the seed,
 * the truth and the network alone.
 * @param truth the true states at the observation times, [times, n]
 * @throws ShapeError unless there is one state per time
 */
export async function simulateObservations(
  network: ObservationNetwork,
  truth: NdArray,
  streams: RandomStreams,
): Promise<ObservationSeries> {
  const states = rowsOf(truth);
  if (states.length !== network.length)
    throw new ShapeError("truth", `expected ${network.length} states, got ${states.length}`);
  const values: Float64Array[] = [];
  for (const [k, { operator, error, time }] of network.entries()) {
    const seen = await operator.apply(states[k]!, time);
    const noise = error.sample(streams.stream("observation", k));
    values.push(seen.map((value, i) => value + noise[i]!));
  }
  return observationSeries(network, values);
}

function rowsOf({ data, shape }: NdArray): Float64Array[] {
  const [rows, columns] = shape;
  if (shape.length !== 2 || rows === undefined || columns === undefined)
    throw new ShapeError("values", `expected shape (times, numbers), got ${shapeText(shape)}`);
  return Array.from({ length: rows }, (_, k) => data.subarray(k * columns, (k + 1) * columns));
}

function perTime<T>(value: T | readonly T[], times: number, place: string): readonly T[] {
  if (!isList(value)) return Array.from({ length: times }, () => value);
  if (value.length !== times)
    throw new ArgumentError(place, `expected one for all times or ${times} of them, got ${value.length}`);
  return value;
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
