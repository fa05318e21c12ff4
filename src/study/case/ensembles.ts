import { CaseError } from "../../engine/errors/index.ts";
import { sizeOf } from "../../engine/tensor/index.ts";
import type { EnsembleConfig } from "../../methods/common/ensemble.schema.ts";
import type { CovarianceChoice, Relaxation, SerialLocalizationOptions } from "../../methods/common/index.ts";
import type {
  DomainConfig,
  LocalizationConfig,
  SerialLocalizationConfig,
} from "../../methods/common/localization.schema.ts";
import type { CovarianceConfig } from "../../problem/covariance/covariance.schema.ts";
import { type Domain, gridDomain, lineDomain, ringDomain } from "../../problem/localization/index.ts";

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
  { function: name, radius, domain, samplingErrorCorrection }: LocalizationConfig & Partial<SerialLocalizationConfig>,
  n: number,
): SerialLocalizationOptions {
  return {
    function: name,
    radius,
    ...(domain && { domain: makeDomain(domain, n) }),
    ...(samplingErrorCorrection && { samplingErrorCorrection }),
  };
}

function makeDomain(config: DomainConfig, n: number): Domain {
  if (config.name === "ring") return ringDomain(n);
  if (config.name === "line") return lineDomain(n);
  const { shape, periodic } = config;
  const fields = n / sizeOf(shape);
  if (!Number.isInteger(fields))
    throw new CaseError(
      "method.localization.domain.shape",
      `expected a grid whose points divide the ${n} variables of the state, got ${shape.join(" x ")}`,
    );
  if (typeof periodic !== "boolean" && periodic.length !== shape.length)
    throw new CaseError(
      "method.localization.domain.periodic",
      `expected one for all axes or ${shape.length} of them, got ${periodic.length}`,
    );
  return gridDomain({ shape, periodic, fields });
}
