import { ArgumentError } from "../../engine/errors/index.ts";
import { type AdaptiveInflationOptions, adaptiveInflationOptions } from "./adaptive-inflation.ts";
import { checkCount, checkPositive } from "./check-problem.ts";
import type { CovarianceChoice } from "./covariance-choice.ts";
import { checkOnFailure, type OnFailure } from "./failure.ts";
import type { LocalizationOptions } from "./localized.ts";
import { checkRelaxation, type Relaxation } from "./relaxation.ts";

/** What all ensemble filters take. The order is: update, relaxation, inflation, additive inflation, rotation. */
export interface EnsembleOptions {
  /** Ensemble size, at least 2. */
  readonly members: number;
  /** Factor on the anomalies after an analysis, a standard-deviation factor; 1 by default. */
  readonly inflation?: number;
  /** Turn the anomalies by a random matrix that keeps mean and covariance; false by default. */
  readonly rotate?: boolean;
  /** Relaxation of the analysed anomalies to the forecast ones; none by default. */
  readonly relaxation?: Relaxation;
  /** Learn a forecast inflation for each variable from the innovations, besides `inflation`; false by default. */
  readonly adaptiveInflation?: boolean | AdaptiveInflationOptions;
  /**
   * Covariance of draws that are added to the members after an analysis, centred. Unlike model error it doesn't grow with the
   * interval, and has no part in a truth. None by default.
   */
  readonly additiveInflation?: CovarianceChoice;
  /** Model error by draws for each member and step (`draws`, the default), or `square-root`: deterministically, in the ensemble's span. */
  readonly modelErrors?: ModelErrorTreatment;
  /** What to do when a member blows up, the ensemble collapses or an analysis fails; `stop` by default. */
  readonly onFailure?: OnFailure;
}

/** How model error gets into an ensemble. */
export type ModelErrorTreatment = "draws" | "square-root";

/** Options of a filter that is local unless told otherwise. */
export interface LocalEnsembleOptions extends EnsembleOptions {
  /** How far observations reach; `{ function: "gaspari-cohn", radius: 4 }` by default. An infinite radius: everywhere. */
  readonly localization?: LocalizationOptions;
}

/** How far observations reach in filters that have an analysis of its own at every place. */
export interface PlaceLocalizationOptions extends LocalizationOptions {
  /**
   * Transforms are computed at every so many grid points along each axis, and interpolated between them; 1, at all, by default.
   * @see [Yang2009]
   */
  readonly interpolation?: number;
}

/** Options of a filter that has an analysis of its own at every place. */
export interface PlaceEnsembleOptions extends LocalEnsembleOptions {
  readonly localization?: PlaceLocalizationOptions;
}

/** How far observations reach in filters that take them one after another. */
export interface SerialLocalizationOptions extends LocalizationOptions {
  /**
   * Weaken every regression by what the size of the ensemble makes of its sample correlation; false by default. From 4 members on.
   * @see [Anderson2012]
   */
  readonly samplingErrorCorrection?: boolean;
}

/** Options of a local filter that takes observations one after another. */
export interface SerialEnsembleOptions extends LocalEnsembleOptions {
  readonly localization?: SerialLocalizationOptions;
}

/** The localisation of local filters that are not told otherwise. */
export const standardLocalization: LocalizationOptions = Object.freeze({ function: "gaspari-cohn", radius: 4 });

/** {@link EnsembleOptions}, checked, with defaults. */
export interface EnsembleSettings {
  readonly members: number;
  readonly inflation: number;
  readonly rotate: boolean;
  readonly relaxation?: Relaxation;
  readonly adaptiveInflation: false | Required<AdaptiveInflationOptions>;
  readonly additiveInflation?: CovarianceChoice;
  readonly modelErrors: ModelErrorTreatment;
  readonly onFailure: OnFailure;
}

/** @throws ArgumentError for fewer than 2 members, an inflation that isn't positive, a relaxation out of range */
export function ensembleSettings(options: EnsembleOptions): EnsembleSettings {
  const { members, inflation = 1, rotate = false, relaxation, modelErrors = "draws", onFailure = "stop" } = options;
  checkCount("members", members, 2);
  checkPositive("inflation", inflation);
  checkRelaxation(relaxation);
  checkOnFailure(onFailure);
  if (modelErrors !== "draws" && modelErrors !== "square-root")
    throw new ArgumentError("modelErrors", `expected draws or square-root, got ${modelErrors}`);
  const { adaptiveInflation = false, additiveInflation } = options;
  return Object.freeze({
    members,
    inflation,
    rotate,
    ...(relaxation && { relaxation }),
    adaptiveInflation: adaptiveInflation && adaptiveInflationOptions(adaptiveInflation),
    ...(additiveInflation && { additiveInflation }),
    modelErrors,
    onFailure,
  });
}
