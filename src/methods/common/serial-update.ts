import type { Awaitable } from "../../problem/operators/index.ts";
import type { Problem } from "../method.ts";
import { ensembleMean } from "./ensemble.ts";
import type { EnsembleUpdate } from "./ensemble-filter.ts";
import { type LocalizationOptions, localizer } from "./localized.ts";
import { seenReaches } from "./seen.ts";
import type { SerialReach } from "./serial.ts";
import type { AnalysisInput, EnsembleAnalysis } from "./whitened.ts";

/** The update of a serial filter, with what each observation that was seen touches. */
export function serialUpdate(
  method: string,
  localization: LocalizationOptions | undefined,
  analyse: (input: AnalysisInput & { readonly reach?: readonly SerialReach[] }) => EnsembleAnalysis,
): (problem: Problem) => (update: EnsembleUpdate) => Awaitable<EnsembleAnalysis> {
  return ({ model }) => {
    if (localization === undefined) return analyse;
    const local = localizer(method, localization, model);
    return async (update) => {
      const { E, observation, indices } = update;
      const all = await local.reaches(observation, ensembleMean(E));
      return analyse({ ...update, reach: seenReaches(all, indices) });
    };
  };
}
