import type { NdArray } from "../../engine/tensor/index.ts";
import { ensembleDeviations } from "../../methods/common/index.ts";
import type { Cycle } from "../../methods/method.ts";
import type { LatentSpace } from "../../problem/models/index.ts";

/** Each row of latent states as a physical state. */
export async function decodeRows(space: LatentSpace, states: NdArray): Promise<NdArray> {
  return space.decode.applyBatch(states);
}

/** Each row of physical states as latent variables. */
export async function encodeRows(space: LatentSpace, states: NdArray): Promise<NdArray> {
  return space.encode.applyBatch(states);
}

/**
 * A cycle of a latent model in physical variables: what its means and members are decoded to. Spreads are those of decoded
 * members; those of methods without members are of latent variables and are left out.
 */
export async function decodeCycle(cycle: Cycle, space: LatentSpace): Promise<Cycle> {
  const { forecastEnsemble, analysisEnsemble, trajectory, window, smootherMean, ...whole } = cycle;
  const { forecastSpread, analysisSpread, smootherSpread, ...rest } = whole;
  const one = async (z: Float64Array): Promise<Float64Array> => space.decode.apply(z);
  const before = forecastEnsemble && (await decodeRows(space, forecastEnsemble));
  const after = analysisEnsemble && (await decodeRows(space, analysisEnsemble));
  return {
    ...rest,
    forecastMean: await one(cycle.forecastMean),
    analysisMean: await one(cycle.analysisMean),
    ...(before && { forecastEnsemble: before, forecastSpread: ensembleDeviations(before) }),
    ...(after && { analysisEnsemble: after, analysisSpread: ensembleDeviations(after) }),
    ...(smootherMean && { smootherMean: await one(smootherMean) }),
    ...(trajectory && { trajectory: await decodeRows(space, trajectory) }),
    ...(window && { window: { ...window, start: await one(window.start) } }),
  };
}
