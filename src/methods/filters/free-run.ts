import { presentObservations } from "../../problem/observe/index.ts";
import { forecastState, savedArray, scatterInnovation, sequential } from "../common/index.ts";
import type { Cycle, Method, Problem, RunContext } from "../method.ts";

/** No assimilation: the model runs freely from the background mean; analysis = forecast. Named `none` in a case. */
export function freeRun(): Method {
  return Object.freeze({
    name: "none",
    options: {},
    run: (problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> => {
      const { model, background } = problem;
      return sequential<Float64Array>(problem, context, {
        start: () => background.mean.slice(),
        restore: (saved) => savedArray(saved, "mean", [model.size]).data,
        save: (mean) => ({ mean: { data: mean, shape: [model.size] } }),
        forecast: (mean, interval) => forecastState(model, mean, interval, context.everyStep),
        async analyse(mean, observation) {
          const seen = presentObservations(observation);
          const all = await observation.operator.apply(mean, observation.time);
          const dy = seen.values.map((value, i) => value - all[seen.indices[i]!]!);
          const innovation = scatterInnovation(observation, seen, dy);
          return { state: mean, result: { forecastMean: mean, analysisMean: mean, innovation } };
        },
      });
    },
  });
}
