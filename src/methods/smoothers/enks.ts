import { ArgumentError } from "../../engine/errors/index.ts";
import type { NdArray } from "../../engine/tensor/index.ts";
import {
  checkCount,
  type EnsembleMethod,
  type EnsembleUpdate,
  ensembleDeviations,
  ensembleFilter,
  ensembleMean,
  rotated,
  sequential,
} from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";

export interface EnksOptions {
  /** The filter that goes along: an ensemble filter without localisation, `enkf`, `etkf`, `ensrf`, `denkf` or `enkfN`. */
  readonly filter: EnsembleMethod;
  /** How many later observation times a state learns from, at least 1. */
  readonly lag: number;
}

/**
 * The ensemble Kalman smoother with a fixed lag: what an analysis does to the members it does to those of the last times too. The filter isn't
 * changed. N · n · lag numbers are kept, an analysis is done for each of them. Inflation and relaxation act on the filter's members alone, rotation on
 * all. A cycle comes when the lag has passed.
 * @throws ArgumentError for another filter or a lag below 1
 * @see [EvensenVanLeeuwen2000]
 */
export function enks({ filter, lag }: EnksOptions): Method {
  checkCount("lag", lag, 1);
  const { parts } = filter ?? {};
  if (parts === undefined || parts.localization !== undefined)
    throw new ArgumentError(
      "filter",
      `expected an ensemble filter without localisation (enkf, etkf, ensrf, denkf or enkf-n), got ${filter?.name}${parts === undefined ? "" : " with one"}`,
    );
  const { settings } = parts;
  return Object.freeze({
    name: "enks",
    options: { lag, filter: { name: filter.name, ...filter.options } },
    async *run(problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> {
      const update = parts.update(context, undefined, problem);
      let past: Past[] = [];
      const analyse = async (input: EnsembleUpdate) => {
        // One after another, not as one long state: so the filter gives the same bytes as by itself, whatever is kept.
        const earlier: Past[] = [];
        for (const { cycle, E } of past) {
          const { ensemble } = await update({ ...input, E });
          const stream = context.streams.stream("rotation", input.cycle);
          earlier.push({ cycle, E: settings.rotate ? rotated(ensemble, stream) : ensemble });
        }
        past = earlier;
        return update(input);
      };
      for await (const cycle of sequential(problem, context, ensembleFilter(problem, context, { settings, analyse }))) {
        past.push({ cycle, E: cycle.analysisEnsemble! });
        if (past.length > lag) yield smoothedCycle(past.shift()!);
      }
      for (const one of past) yield smoothedCycle(one);
    },
  });
}

/** A cycle and what its members have become. */
interface Past {
  readonly cycle: Cycle;
  readonly E: NdArray;
}

function smoothedCycle({ cycle, E }: Past): Cycle {
  return { ...cycle, smootherMean: ensembleMean(E), smootherSpread: ensembleDeviations(E) };
}
