import type { Awaitable } from "../../problem/operators/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";
import { type EnsembleUpdate, ensembleFilter, type UpdatedEnsemble } from "./ensemble-filter.ts";
import type { EnsembleSettings } from "./ensemble-options.ts";
import { checkLocalization, type LocalizationOptions, type Localizer, localizer } from "./localized.ts";
import { sequential } from "./sequential.ts";

export interface EnsembleMethodOptions {
  readonly name: string;
  readonly settings: EnsembleSettings;
  /** What the method has beyond the settings that all ensemble filters share. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly localization?: LocalizationOptions | undefined;
  /** Makes the update of a run; with a localisation it gets a localizer. */
  update(
    context: RunContext,
    localizer: Localizer | undefined,
    problem: Problem,
  ): (update: EnsembleUpdate) => Awaitable<UpdatedEnsemble>;
}

/** An ensemble filter with its parts, from which smoothers are made. */
export interface EnsembleMethod extends Method {
  readonly parts: EnsembleMethodOptions;
}

/** An ensemble filter as a method: its update in the loop that all of them share. */
export function ensembleMethod(options: EnsembleMethodOptions): EnsembleMethod {
  const { name, settings, localization, update } = options;
  checkLocalization(localization);
  return Object.freeze({
    name,
    options: { ...settings, ...(localization && { localization }), ...options.options },
    parts: options,
    async *run(problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> {
      const local = localization && localizer(name, localization, problem.model);
      const analyse = update(context, local, problem);
      yield* sequential(problem, context, ensembleFilter(problem, context, { settings, analyse, localizer: local }));
    },
  });
}
