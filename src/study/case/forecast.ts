import { NumericalError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Model } from "../../problem/models/index.ts";

/**
 * The mean at each of `steps` model steps after the last analysis, [steps, n]: of the members, where there are any.
 * @throws NumericalError when the model blows up
 */
export async function forecastBeyond(
  model: Model,
  last: { readonly mean: Float64Array; readonly ensemble?: NdArray },
  from: { readonly step: number },
  steps: number,
): Promise<NdArray> {
  const n = model.size;
  const step = model.advance(1);
  let states: NdArray = last.ensemble ?? { data: last.mean, shape: [1, n] };
  const N = states.shape[0]!;
  const data = new Float64Array(steps * n);
  for (let k = 0; k < steps; k++) {
    states = await step.applyBatch(states, (from.step + k) * model.dt);
    states.data.forEach((value, at) => {
      data[k * n + (at % n)]! += value / N;
    });
  }
  if (!data.every(Number.isFinite))
    throw new NumericalError("outputs.forecast", `model "${model.name}" blew up after the last analysis`, {
      code: "numerical/blow-up",
    });
  return { data, shape: [steps, n] };
}
