import type { Awaitable } from "../../problem/operators/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";
import { type EnsembleUpdate, ensembleFilter } from "./ensemble-filter.ts";
import type { EnsembleSettings } from "./ensemble-options.ts";
import { sequential } from "./sequential.ts";
import type { EnsembleAnalysis } from "./whitened.ts";

export interface EnsembleMethodOptions {
  readonly name: string;
  readonly settings: EnsembleSettings;
  /** What the method has beyond the settings that all ensemble filters share. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Makes the update of a run. */
  update(problem: Problem, context: RunContext): (update: EnsembleUpdate) => Awaitable<EnsembleAnalysis>;
}

/** An ensemble filter as a method: its update in the loop that all of them share. */
export function ensembleMethod({ name, settings, options, update }: EnsembleMethodOptions): Method {
  return Object.freeze({
    name,
    options: { ...settings, ...options },
    run: (problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> =>
      sequential(problem, context, ensembleFilter(problem, context, { settings, analyse: update(problem, context) })),
  });
}
