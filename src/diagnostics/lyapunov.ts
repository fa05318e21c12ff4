import { ArgumentError, CapabilityError, NumericalError } from "../engine/errors/index.ts";
import { randomStreams } from "../engine/random/index.ts";
import type { Model } from "../problem/models/index.ts";
import { type MeanConfidence, meanConfidence } from "./mean-confidence.ts";

export interface LyapunovOptions {
  /** A state on the attractor, [n]. */
  readonly start: Float64Array;
  /** Model steps that count, 20 000 by default. */
  readonly steps?: number;
  /** Model steps before them, in which the perturbation turns into the fastest direction; a tenth of `steps` by default. */
  readonly spinUp?: number;
  /** Model steps between two normalisations of the perturbation, 10 by default. */
  readonly interval?: number;
  /** Of the first perturbation; 0 by default. */
  readonly seed?: number;
}

/**
 * The largest Lyapunov exponent of a model, per unit of time: the mean rate at which its tangent-linear map stretches a
 * perturbation along a run, with a 95 % confidence interval. Its inverse is the Lyapunov time. O(steps) steps of the model
 * and of its tangent.
 * @throws CapabilityError for a model without a tangent; ArgumentError for counts that are not positive
 * @throws NumericalError when the run or the perturbation blows up or dies out
 * @see [Benettin1980]
 */
export async function largestLyapunovExponent(model: Model, options: LyapunovOptions): Promise<MeanConfidence> {
  const { steps = 20_000, interval = 10, seed = 0 } = options;
  const { start, spinUp = Math.floor(steps / 10) } = options;
  for (const [name, value] of Object.entries({ steps, interval }))
    if (!Number.isInteger(value) || value < 1)
      throw new ArgumentError(`lyapunov.${name}`, `expected a positive integer, got ${value}`);
  const map = model.advance(interval);
  if (map.tangent === undefined)
    throw new CapabilityError("lyapunov", `expected a model with a tangent, got "${model.name}" without one`);
  const span = interval * model.dt;
  const before = Math.ceil(spinUp / interval);
  const rates = new Float64Array(Math.ceil(steps / interval));
  let x = start;
  let v = normalised(randomStreams(seed).stream("lyapunov").normals(model.size)).direction;
  for (let k = -before; k < rates.length; k++) {
    const t = (before + k) * span;
    const { size, direction } = normalised(await map.tangent(x, v, t));
    if (!(size > 0 && size < Infinity))
      throw new NumericalError("lyapunov", `expected a finite growth, got ${size} at time ${t + span}`);
    if (k >= 0) rates[k] = Math.log(size) / span;
    v = direction;
    x = await map.apply(x, t);
  }
  return meanConfidence(rates);
}

function normalised(v: Float64Array): { readonly size: number; readonly direction: Float64Array } {
  const size = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
  return { size, direction: v.map((value) => value / size) };
}
