import type { Awaitable } from "../../problem/operators/index.ts";
import { ensembleMean } from "./ensemble.ts";
import type { EnsembleUpdate } from "./ensemble-filter.ts";
import type { Localizer } from "./localized.ts";
import { seenReaches } from "./seen.ts";
import type { SerialReach } from "./serial.ts";
import type { AnalysisInput, EnsembleAnalysis } from "./whitened.ts";

/** What a serial update is given beside the ensemble. */
export interface SerialUpdateInput extends AnalysisInput {
  readonly reach?: readonly SerialReach[];
  readonly correction?: (correlation: number) => number;
}

/** The update of a serial filter, with what each observation that was seen touches, and with a correction of regressions. */
export function serialUpdate(
  analyse: (input: SerialUpdateInput) => EnsembleAnalysis,
  correction?: (correlation: number) => number,
): (context: unknown, local: Localizer | undefined) => (update: EnsembleUpdate) => Awaitable<EnsembleAnalysis> {
  return (_, local) => {
    const corrected = correction && { correction };
    if (local === undefined) return (update) => analyse({ ...update, ...corrected });
    return async (update) => {
      const { E, observation, indices } = update;
      const all = await local.reaches(observation, ensembleMean(E));
      return analyse({ ...update, ...corrected, reach: seenReaches(all, indices) });
    };
  };
}
