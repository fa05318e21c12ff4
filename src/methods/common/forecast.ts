import { NumericalError } from "../../engine/errors/index.ts";
import type { RandomStreams } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { Awaitable } from "../../problem/operators/index.ts";
import type { Problem } from "../method.ts";
import { ensembleMean } from "./ensemble.ts";
import type { Interval } from "./sequential.ts";

/** The covariance that model error adds in one step, dt·Q; undefined for a perfect model. */
export function stepError({ model, modelError }: Pick<Problem, "model" | "modelError">): Covariance | undefined {
  if (modelError === undefined || modelError.diagonal().every((variance) => variance === 0)) return undefined;
  return modelError.scaled(model.dt);
}

/**
 * One state over an interval; with `everyStep` the states after each step too, [steps, n].
 * @throws NumericalError when the model blows up
 */
export async function forecastState(
  model: Model,
  x: Float64Array,
  interval: Interval,
  everyStep = false,
): Promise<{ state: Float64Array; trajectory?: NdArray }> {
  const { steps, start } = interval;
  if (!everyStep) {
    const state = await model.advance(steps).apply(x, start);
    checkForecast(model, state, interval);
    return { state };
  }
  const path = await model.trajectory(steps).apply(x, start);
  const state = path.slice((steps - 1) * model.size);
  checkForecast(model, state, interval);
  return { state, trajectory: { data: path, shape: [steps, model.size] } };
}

export interface EnsembleForecastOptions {
  /** dt·Q, drawn anew for every member and step from the streams "model-error" of the interval's cycle. */
  readonly error?: Covariance | undefined;
  readonly streams: RandomStreams;
  readonly everyStep?: boolean | undefined;
  /** What is done with members that blew up; a NumericalError when left out. */
  readonly mend?: (E: NdArray, interval: Interval) => Awaitable<NdArray>;
  /** A deterministic treatment of model error instead of draws: members with the error of a step. */
  readonly addError?: ((E: NdArray) => NdArray) | undefined;
}

export interface EnsembleForecast {
  readonly ensemble: NdArray;
  /** With model error: the members before that of the last step was added. */
  readonly centres?: NdArray;
  readonly trajectory?: NdArray;
}

/**
 * Members [N, n] over an interval, in one call for all; step by step where model error is added or the means are wanted.
 * @throws NumericalError when a member blows up
 */
export async function forecastEnsemble(
  model: Model,
  E: NdArray,
  interval: Interval,
  options: EnsembleForecastOptions,
): Promise<EnsembleForecast> {
  const { error, streams, everyStep = false, addError } = options;
  const mend = options.mend ?? ((E, at) => checkForecast(model, E.data, at) ?? E);
  const { steps, start, cycle } = interval;
  if (error === undefined && !everyStep)
    return { ensemble: await mend(await model.advance(steps).applyBatch(E, start), interval) };
  const [N, n] = [E.shape[0]!, model.size];
  const noise = Array.from({ length: N }, (_, member) => streams.stream("model-error", cycle, member));
  const means = new Float64Array(everyStep ? steps * n : 0);
  const step = model.advance(1);
  let ensemble = E;
  let centres: NdArray | undefined;
  for (let k = 0; k < steps; k++) {
    ensemble = await step.applyBatch(ensemble, start + k * model.dt);
    if (everyStep || k === steps - 1) ensemble = await mend(ensemble, interval);
    if (error !== undefined) {
      centres = ensemble;
      ensemble =
        addError === undefined ? addDraws(ensemble, (member) => error.sample(noise[member]!)) : addError(ensemble);
    }
    if (everyStep) means.set(ensembleMean(ensemble), k * n);
  }
  return {
    ensemble,
    ...(centres && { centres }),
    ...(everyStep && { trajectory: { data: means, shape: [steps, n] } }),
  };
}

function addDraws({ data, shape }: NdArray, draw: (member: number) => Float64Array): NdArray {
  const [N, n] = [shape[0]!, shape[1]!];
  const out = data.slice();
  for (let member = 0; member < N; member++) {
    const noise = draw(member);
    for (let i = 0; i < n; i++) out[member * n + i]! += noise[i]!;
  }
  return { data: out, shape };
}

/** @throws NumericalError when a state, or one of several members, isn't finite */
export function checkForecast(model: Model, states: Float64Array, { cycle, start, end }: Interval): undefined {
  let bad = 0;
  while (bad < states.length && Number.isFinite(states[bad])) bad++;
  if (bad === states.length) return undefined;
  const member = states.length > model.size ? Math.floor(bad / model.size) : undefined;
  throw new NumericalError(
    `cycle ${cycle}`,
    `model "${model.name}" blew up between times ${start} and ${end}: got ${states[bad]} for variable ${bad % model.size}${member === undefined ? "" : ` of member ${member}`}; try a shorter time step or a background nearer to the truth`,
    { cycle, ...(member !== undefined && { member }), code: "numerical/blow-up" },
  );
}
