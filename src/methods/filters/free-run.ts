import { forecastState, innovationOf, savedArray, sequential } from "../common/index.ts";
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
          const { innovation } = await innovationOf(observation, mean);
          return { state: mean, result: { forecastMean: mean, analysisMean: mean, innovation } };
        },
      });
    },
  });
}
