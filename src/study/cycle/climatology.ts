import { ArgumentError, NumericalError } from "../../engine/errors/index.ts";
import { gram } from "../../engine/linalg/index.ts";
import type { Climatology } from "../../methods/method.ts";
import { denseCovariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";

export interface ClimatologyOptions {
  /** Where the run starts, [n]. */
  readonly start: Float64Array;
  /** Model steps that count, 200 000 by default. */
  readonly steps?: number;
  /** Model steps before them, 20 000 by default. */
  readonly spinUp?: number;
}

/** Largest state for which the full covariance is formed. */
const largest = 4096;
const block = 500;
const known = new WeakMap<Model, Map<string, Promise<Climatology>>>();

/**
 * Mean and covariance (divisor: states − 1) of a long free run of a model without model error, every state counted.
 * Kept for each model and start. O(steps · n²) and n² numbers.
 * @throws ArgumentError for a state of more than 4096 numbers
 * @throws NumericalError when the model blows up
 */
export function modelClimatology(model: Model, options: ClimatologyOptions): Promise<Climatology> {
  const { start, steps = 200_000, spinUp = 20_000 } = options;
  const runs = known.get(model) ?? new Map<string, Promise<Climatology>>();
  known.set(model, runs);
  const key = [steps, spinUp, ...start].join();
  const found = runs.get(key);
  if (found !== undefined) return found;
  const made = longRun(model, start, steps, spinUp);
  runs.set(key, made);
  return made;
}

async function longRun(model: Model, start: Float64Array, steps: number, spinUp: number): Promise<Climatology> {
  const n = model.size;
  if (n > largest)
    throw new ArgumentError(
      "climatology",
      `expected a state of at most ${largest} numbers for its covariance, got ${n}`,
    );
  let x = spinUp === 0 ? start : await model.advance(spinUp).apply(start, 0);
  const mean = new Float64Array(n);
  const scatter = new Float64Array(n * n);
  let count = 0;
  while (count < steps) {
    const length = Math.min(block, steps - count);
    const path = await model.trajectory(length).apply(x, (spinUp + count) * model.dt);
    if (!path.every(Number.isFinite))
      throw new NumericalError(
        "climatology",
        `the free run of model "${model.name}" blew up before time ${(spinUp + count + length) * model.dt}; try a shorter time step`,
        { code: "numerical/blow-up" },
      );
    x = path.slice((length - 1) * n);
    merge({ mean, scatter, count }, path, length, n);
    count += length;
  }
  const data = scatter.map((value) => value / (steps - 1));
  return { mean, covariance: denseCovariance({ data, shape: [n, n] }, { place: "climatology", singular: true }) };
}

/** Adds a block of states to mean and scatter about the mean, each about its own: nothing large cancels. */
function merge(
  { mean, scatter, count }: { mean: Float64Array; scatter: Float64Array; count: number },
  states: Float64Array,
  length: number,
  n: number,
): void {
  const own = states.slice(0, n);
  for (let k = 1; k < length; k++) for (let i = 0; i < n; i++) own[i]! += (states[k * n + i]! - states[i]!) / length;
  const X = states.slice();
  for (let k = 0; k < length; k++) for (let i = 0; i < n; i++) X[k * n + i]! -= own[i]!;
  const shift = own.map((value, i) => value - mean[i]!);
  const weight = (count * length) / (count + length);
  const inside = gram(X, length, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) scatter[i * n + j]! += inside[i * n + j]! + weight * shift[i]! * shift[j]!;
  shift.forEach((value, i) => {
    mean[i]! += (value * length) / (count + length);
  });
}
