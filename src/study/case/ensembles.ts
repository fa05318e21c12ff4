import type { LocalizationOptions, Relaxation } from "../../methods/common/index.ts";
import type { LocalizationConfig } from "../../methods/common/localization.schema.ts";
import { makeDomain } from "./domains.ts";

/** Options of an ensemble filter from its keys in a case: the same, without those that are left out. */
export function ensembleOptions<Config extends { readonly relaxation?: Relaxation | undefined }>({
  relaxation,
  ...rest
}: Config): Omit<Config, "relaxation"> & { readonly relaxation?: Relaxation } {
  return { ...rest, ...(relaxation && { relaxation }) };
}

/**
 * A localisation for a state of n variables.
 * @throws CaseError for a grid that doesn't fit the state
 */
export function makeLocalization(
  { function: name, radius, domain }: LocalizationConfig,
  n: number,
): LocalizationOptions {
  return { function: name, radius, ...(domain && { domain: makeDomain(domain, n, "method.localization.domain") }) };
}
