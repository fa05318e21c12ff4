import {
  type AnalysisInput,
  type EnsembleAnalysis,
  type EnsembleMethod,
  ensembleMethod,
  ensembleSettings,
  type SerialEnsembleOptions,
  type SerialLocalizationOptions,
  type SerialReach,
  samplingErrorCorrection,
  serialAnalysis,
  serialUpdate,
  standardLocalization,
} from "../common/index.ts";

/**
 * The ensemble adjustment Kalman filter: observations one after another; each shifts and contracts what is observed of the
 * members, and that is regressed on the variables within reach. O(N) for each pair of an observation and what it reaches.
 * @throws ArgumentError for options out of range
 * @see [Anderson2001] [Anderson2003]
 */
export function eakf(options: SerialEnsembleOptions): EnsembleMethod {
  const localization: SerialLocalizationOptions = options.localization ?? standardLocalization;
  const settings = ensembleSettings(options);
  const correct = localization.samplingErrorCorrection ? samplingErrorCorrection(settings.members) : undefined;
  return ensembleMethod({
    name: "eakf",
    settings,
    localization,
    update: serialUpdate(eakfAnalysis, correct),
  });
}

export interface SerialAnalysisInput extends AnalysisInput {
  /** What each observation touches, with tapers; everything when left out. */
  readonly reach?: readonly SerialReach[];
  /** In which order the (whitened) observations are taken; as they are when left out. */
  readonly order?: ArrayLike<number>;
  /** Factor on a regression coefficient for the sample correlation behind it; 1 when left out. */
  readonly correction?: (correlation: number) => number;
}

/**
 * One serial analysis. Without tapers mean and covariance are Kalman's on the sample covariance.
 * @see [Anderson2003]
 */
export function eakfAnalysis({ reach, order, correction, ...input }: SerialAnalysisInput): Required<EnsembleAnalysis> {
  return serialAnalysis(input, {
    increments: adjusted,
    ...(reach && { reach }),
    ...(order && { order }),
    ...(correction && { correction }),
  });
}

/** Changes that give the members of one observed quantity the mean and variance of the product of two Gaussians. */
function adjusted(z: Float64Array, y: number): Float64Array {
  const N = z.length;
  let mean = 0;
  for (const value of z) mean += value / N;
  let variance = 0;
  for (const value of z) variance += (value - mean) ** 2 / (N - 1);
  const shift = (variance * (y - mean)) / (variance + 1);
  const contraction = Math.sqrt(1 / (variance + 1));
  return z.map((value) => shift + (contraction - 1) * (value - mean));
}
