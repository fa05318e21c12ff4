import { NumericalError } from "../../engine/errors/index.ts";
import type { Climatology } from "../../methods/method.ts";
import { denseCovariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";

const spinUp = 5_000;
const total = 200_000;
const block = 1_000;
const known = new WeakMap<Model, Promise<Climatology>>();

/** Mean and covariance of a long free run of a model, after spin-up; computed once per model. O(steps · n²). */
export function climatology(model: Model, start: Float64Array): Promise<Climatology> {
  const found = known.get(model) ?? freeRun(model, start);
  known.set(model, found);
  return found;
}

async function freeRun(model: Model, start: Float64Array): Promise<Climatology> {
  const n = model.size;
  let state: Float64Array = start.map((value, i) => value + 1e-3 * Math.sin(i + 1));
  state = await model.advance(spinUp).apply(state, 0);
  const origin = state.slice();
  const sum = new Float64Array(n);
  const products = new Float64Array(n * n);
  const path = model.trajectory(block);
  for (let done = 0; done < total; done += block) {
    const states = await path.apply(state, (spinUp + done) * model.dt);
    state = states.slice((block - 1) * n);
    if (!state.every(Number.isFinite))
      throw new NumericalError("climatology", `model "${model.name}" blew up in a long free run`, {
        code: "numerical/blow-up",
      });
    for (let k = 0; k < block; k++)
      for (let i = 0; i < n; i++) {
        const d = states[k * n + i]! - origin[i]!;
        sum[i]! += d;
        for (let j = 0; j <= i; j++) products[i * n + j]! += d * (states[k * n + j]! - origin[j]!);
      }
  }
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++)
      data[i * n + j] = data[j * n + i] = (products[i * n + j]! - (sum[i]! * sum[j]!) / total) / (total - 1);
  return {
    mean: origin.map((value, i) => value + sum[i]! / total),
    covariance: denseCovariance({ data, shape: [n, n] }, { place: "climatology", singular: true }),
  };
}
