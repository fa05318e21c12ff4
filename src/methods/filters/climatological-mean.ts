import { climatologyOf, innovationOf, sequential } from "../common/index.ts";
import type { Climatology, Cycle, Method, Problem, RunContext } from "../method.ts";

/**
 * The climatological mean and standard deviations at all times: what every method must beat. Named `climatology` in a
 * case.
 */
export function climatologicalMean(): Method {
  return Object.freeze({
    name: "climatology",
    options: {},
    run: (problem: Problem, context: RunContext): AsyncGenerator<Cycle, void, undefined> => {
      const n = problem.model.size;
      let known: Climatology | undefined;
      const statistics = async (): Promise<Climatology> => {
        known ??= await climatologyOf("climatology", problem);
        return known;
      };
      return sequential<null>(problem, context, {
        start: () => null,
        restore: () => null,
        save: () => ({}),
        async forecast(_, { steps }) {
          if (!context.everyStep) return { state: null };
          const { mean } = await statistics();
          const data = Float64Array.from({ length: steps * n }, (_, at) => mean[at % n]!);
          return { state: null, trajectory: { data, shape: [steps, n] } };
        },
        async analyse(_, observation) {
          const { mean, covariance } = await statistics();
          const { innovation } = await innovationOf(observation, mean);
          const spread = covariance.diagonal().map(Math.sqrt);
          return {
            state: null,
            result: {
              forecastMean: mean,
              analysisMean: mean,
              forecastSpread: spread,
              analysisSpread: spread,
              innovation,
            },
          };
        },
      });
    },
  });
}
