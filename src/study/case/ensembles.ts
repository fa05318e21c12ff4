import type { EnsembleConfig } from "../../methods/common/ensemble.schema.ts";
import type {
  CovarianceChoice,
  PlaceLocalizationOptions,
  Relaxation,
  SerialLocalizationOptions,
} from "../../methods/common/index.ts";
import type {
  LocalizationConfig,
  PlaceLocalizationConfig,
  SerialLocalizationConfig,
} from "../../methods/common/localization.schema.ts";
import type { CovarianceConfig } from "../../problem/covariance/covariance.schema.ts";
import { makeDomain } from "./domains.ts";

/** Options of an ensemble filter from its keys in a case: the same, without those that are left out. */
export async function ensembleOptions<Config extends Pick<EnsembleConfig, "relaxation" | "additiveInflation">>(
  { relaxation, additiveInflation, ...rest }: Config,
  covariance: (config: CovarianceConfig, key: string) => Promise<CovarianceChoice>,
  place = "",
): Promise<
  Omit<Config, "relaxation" | "additiveInflation"> & {
    readonly relaxation?: Relaxation;
    readonly additiveInflation?: CovarianceChoice;
  }
> {
  const added = additiveInflation && (await covariance(additiveInflation, `${place}additiveInflation`));
  return { ...rest, ...(relaxation && { relaxation }), ...(added && { additiveInflation: added }) };
}

/**
 * A localisation for a state of n variables.
 * @throws CaseError for a grid that doesn't fit the state
 */
export function makeLocalization(
  config: LocalizationConfig & Partial<SerialLocalizationConfig> & Partial<PlaceLocalizationConfig>,
  n: number,
): SerialLocalizationOptions & PlaceLocalizationOptions {
  const { function: name, radius, domain, samplingErrorCorrection, interpolation = 1 } = config;
  return {
    function: name,
    radius,
    ...(domain && { domain: makeDomain(domain, n, "method.localization.domain") }),
    ...(samplingErrorCorrection && { samplingErrorCorrection }),
    ...(interpolation > 1 && { interpolation }),
  };
}
