import { crps, crpsGaussian, RankHistogram, rmse } from "../../diagnostics/index.ts";
import type { RandomStreams } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Cycle } from "../../methods/method.ts";

/** The scores of one cycle against the truth, for {@link RunRecord}: forecast first, analysis second. */
export function cycleScores(
  cycle: Cycle,
  truth: Float64Array,
  streams: RandomStreams,
): Record<string, Float64Array | undefined> {
  const { forecastMean, analysisMean, forecastSpread, analysisSpread, forecastEnsemble, analysisEnsemble } = cycle;
  const probability = (mean: Float64Array, spread?: Float64Array, ensemble?: NdArray): number => {
    if (ensemble !== undefined) return crps(ensemble, truth);
    return spread === undefined ? Number.NaN : crpsGaussian(mean, spread, truth);
  };
  return {
    rmse: Float64Array.of(rmse(forecastMean, truth), rmse(analysisMean, truth)),
    crps:
      analysisSpread === undefined
        ? undefined
        : Float64Array.of(
            probability(forecastMean, forecastSpread, forecastEnsemble),
            probability(analysisMean, analysisSpread, analysisEnsemble),
          ),
    ranks: analysisEnsemble && ranks(analysisEnsemble, truth, streams, cycle.index),
  };
}

function ranks(ensemble: NdArray, truth: Float64Array, streams: RandomStreams, cycle: number): Float64Array {
  const histogram = new RankHistogram(ensemble.shape[0]!);
  const ties = streams.stream("rank", cycle);
  histogram.add(ensemble, truth, () => ties.uniform());
  return histogram.counts;
}
