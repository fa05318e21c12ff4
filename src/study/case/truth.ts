import { CaseError } from "../../engine/errors/index.ts";
import { randomStreams } from "../../engine/random/index.ts";
import { type Covariance, scalarCovariance } from "../../problem/covariance/index.ts";
import type { LatentSpace } from "../../problem/models/index.ts";
import { type ObservationSeries, observationSeries, simulateObservations } from "../../problem/observe/index.ts";
import { type Truth, twinExperiment } from "../cycle/index.ts";
import { decodeRows } from "./latent.ts";
import type { CaseProblem } from "./problem.ts";

/** The truth, where there is one, as users see it, and the observations for the model's states: from files, or drawn. */
export async function observe(
  problem: CaseProblem,
  seed: number,
): Promise<{ truth: Truth | undefined; series: ObservationSeries }> {
  const { network, physicalNetwork, values, truth: states, model } = problem;
  const latent = states !== undefined && states.shape[1] === model.size;
  const seen = (truth: Truth): Promise<Truth> => physicalTruth(truth, model.latent, latent);
  if (values !== undefined)
    return { truth: states && (await seen({ states })), series: observationSeries(network, values) };
  if (states === undefined) return twin(problem, seed);
  if (states.data.some(Number.isNaN))
    throw new CaseError("truth", "expected finite numbers, since observations are drawn from it, got NaN");
  const drawn = await simulateObservations(latent ? network : physicalNetwork, states, randomStreams(seed));
  return { truth: await seen({ states }), series: observationSeries(network, valuesOf(drawn)) };
}

/** A truth and observations drawn: from the model itself, or from another one, of physical states if that one's are latent. */
async function twin(
  { network, physicalNetwork, background, trueModel, model, modelError }: CaseProblem,
  seed: number,
): Promise<{ truth: Truth; series: ObservationSeries }> {
  if (trueModel === model) {
    const { truth, observations } = await twinExperiment({ model, background, network, modelError, seed });
    return { truth: await physicalTruth(truth, model.latent, true), series: observations };
  }
  const { latent } = model;
  const start = latent === undefined ? background : await decodedStart(background, latent, seed);
  const { truth, observations } = await twinExperiment({
    model: trueModel,
    background: start,
    network: physicalNetwork,
    seed,
  });
  return { truth, series: observationSeries(network, valuesOf(observations)) };
}

function valuesOf(series: ObservationSeries): Float64Array[] {
  return series.map(({ values }) => values);
}

/** The physical state that a draw of the latent one decodes to, as a distribution without spread. */
async function decodedStart(
  { mean, covariance }: CaseProblem["background"],
  latent: LatentSpace,
  seed: number,
): Promise<{ mean: Float64Array; covariance: Covariance }> {
  const draw = covariance.sample(randomStreams(seed).stream("truth"));
  const start = await latent.decode.apply(mean.map((value, i) => value + draw[i]!));
  return { mean: start, covariance: scalarCovariance(start.length, 0) };
}

/** A truth in physical variables. */
async function physicalTruth(truth: Truth, space: LatentSpace | undefined, latent: boolean): Promise<Truth> {
  if (space === undefined || !latent) return truth;
  const { states, initial } = truth;
  return {
    states: await decodeRows(space, states),
    ...(initial && { initial: await space.decode.apply(initial) }),
  };
}
