import { crps, crpsGaussian, RankHistogram, rmse } from "../../diagnostics/index.ts";
import type { RandomStreams } from "../../engine/random/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import type { Cycle } from "../../methods/method.ts";

/** The scores of one cycle against the truth: RMSE of forecast and analysis, CRPS of the analysis, counts of ranks. */
export function cycleScores(
  cycle: Cycle,
  truth: Float64Array,
  streams: RandomStreams,
): Record<string, Float64Array | undefined> {
  const { forecastMean, analysisMean, analysisSpread, analysisEnsemble, smootherMean, index } = cycle;
  const probability =
    analysisEnsemble === undefined
      ? analysisSpread && crpsGaussian(analysisMean, analysisSpread, truth)
      : crps(analysisEnsemble, truth);
  return {
    rmse: Float64Array.of(rmse(forecastMean, truth), rmse(analysisMean, truth)),
    rmseSmoother: smootherMean && Float64Array.of(rmse(smootherMean, truth)),
    crps: probability === undefined ? undefined : Float64Array.of(probability),
    ranks: analysisEnsemble && ranks(analysisEnsemble, truth, streams, index),
  };
}

function ranks(ensemble: NdArray, truth: Float64Array, streams: RandomStreams, cycle: number): Float64Array {
  const histogram = new RankHistogram(ensemble.shape[0]!);
  const ties = streams.stream("rank", cycle);
  histogram.add(ensemble, truth, () => ties.uniform());
  return histogram.counts;
}
