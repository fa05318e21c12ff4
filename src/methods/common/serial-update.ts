import type { Awaitable } from "../../problem/operators/index.ts";
import { ensembleMean } from "./ensemble.ts";
import type { EnsembleUpdate } from "./ensemble-filter.ts";
import type { Localizer } from "./localized.ts";
import { seenReaches } from "./seen.ts";
import type { SerialReach } from "./serial.ts";
import type { AnalysisInput, EnsembleAnalysis } from "./whitened.ts";

/** The update of a serial filter, with what each observation that was seen touches. */
export function serialUpdate(
  analyse: (input: AnalysisInput & { readonly reach?: readonly SerialReach[] }) => EnsembleAnalysis,
): (context: unknown, local: Localizer | undefined) => (update: EnsembleUpdate) => Awaitable<EnsembleAnalysis> {
  return (_, local) => {
    if (local === undefined) return analyse;
    return async (update) => {
      const { E, observation, indices } = update;
      const all = await local.reaches(observation, ensembleMean(E));
      return analyse({ ...update, reach: seenReaches(all, indices) });
    };
  };
}
