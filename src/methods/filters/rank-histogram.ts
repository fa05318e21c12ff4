import {
  type EnsembleAnalysis,
  type EnsembleMethod,
  ensembleMethod,
  ensembleSettings,
  normalQuantile,
  type SerialEnsembleOptions,
  type SerialLocalizationOptions,
  samplingErrorCorrection,
  serialAnalysis,
  serialUpdate,
  standardLocalization,
} from "../common/index.ts";
import type { SerialAnalysisInput } from "./eakf.ts";

/**
 * The rank histogram filter: as the ensemble adjustment filter, but what is observed of the members is updated without supposing it
 * Gaussian. Its forecast density has an N + 1st between neighbouring members and in either, Gaussian, tail.
 * O(N) for each pair of an observation and what it reaches, O(N log N) for each observation.
 * @throws ArgumentError for options out of range
 * @see [Anderson2010]
 */
export function rankHistogram(options: SerialEnsembleOptions): EnsembleMethod {
  const localization: SerialLocalizationOptions = options.localization ?? standardLocalization;
  const settings = ensembleSettings(options);
  const correct = localization.samplingErrorCorrection ? samplingErrorCorrection(settings.members) : undefined;
  return ensembleMethod({
    name: "rank-histogram",
    settings,
    localization,
    update: serialUpdate(rankHistogramAnalysis, correct),
  });
}

/**
 * One serial analysis. χ² and log evidence are those of the Gaussian with the members' mean and variance.
 * @see [Anderson2010]
 */
export function rankHistogramAnalysis({
  reach,
  order,
  correction,
  ...input
}: SerialAnalysisInput): Required<EnsembleAnalysis> {
  return serialAnalysis(input, {
    increments: rankChanges,
    ...(reach && { reach }),
    ...(order && { order }),
    ...(correction && { correction }),
  });
}

/**
 * Changes of the observed members z for an observation y of unit error variance: the k-th of them goes to where k/(N + 1) of the
 * posterior mass lies. The likelihood is the mean of those at both ends between two members, in a tail that of the outermost one.
 */
export function rankChanges(z: Float64Array, y: number): Float64Array {
  const N = z.length;
  const order = Array.from(z, (_, k) => k).sort((i, j) => z[i]! - z[j]!);
  const x = Float64Array.from(order, (k) => z[k]!);
  const best = x.reduce((least, value) => Math.min(least, (y - value) ** 2), Number.POSITIVE_INFINITY);
  const likelihood = x.map((value) => Math.exp(-0.5 * ((y - value) ** 2 - best)));
  // Masses of the N + 1 bins, tails included, and their sums up to each member.
  const mass = Float64Array.from({ length: N + 1 }, (_, bin) =>
    bin === 0 ? likelihood[0]! : bin === N ? likelihood[N - 1]! : (likelihood[bin - 1]! + likelihood[bin]!) / 2,
  );
  const total = mass.reduce((sum, value) => sum + value, 0);
  const mean = x.reduce((sum, value) => sum + value / N, 0);
  const deviation = Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (N - 1));
  // Where a Gaussian of this deviation has an N + 1st of its mass beyond the outermost member.
  const edge = deviation * normalQuantile(1 / (N + 1));
  const out = new Float64Array(N);
  let bin = 0;
  let below = 0;
  for (let k = 0; k < N; k++) {
    const wanted = ((k + 1) / (N + 1)) * total;
    while (bin < N && below + mass[bin]! < wanted) below += mass[bin++]!;
    const part = (wanted - below) / mass[bin]!;
    let place: number;
    if (bin === 0) place = x[0]! - edge + deviation * normalQuantile(part / (N + 1));
    else if (bin === N) place = x[N - 1]! + edge - deviation * normalQuantile((1 - part) / (N + 1));
    else place = x[bin - 1]! + part * (x[bin]! - x[bin - 1]!);
    out[order[k]!] = place - x[k]!;
  }
  return out;
}
