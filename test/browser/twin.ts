import {
  assimilate,
  enkf,
  identityOperator,
  lorenz63,
  observationNetwork,
  observationSteps,
  type Run,
  scalarCovariance,
  twinExperiment,
} from "../../src/index.ts";

/** Lorenz 63 observed 40 times, assimilated by 20 members. */
export async function twinRun(): Promise<Run> {
  const model = lorenz63();
  const background = { mean: [1.509, -1.531, 25.46], covariance: scalarCovariance(3, 2) };
  const network = observationNetwork({
    dt: model.dt,
    steps: observationSteps({ every: 25, count: 40 }, model.dt),
    operator: identityOperator(3),
    error: scalarCovariance(3, 2),
  });
  const seed = 11;
  const twin = await twinExperiment({ model, background, network, seed });
  const method = enkf({ members: 20, inflation: 1.04 });
  return assimilate({ model, background, ...twin, method, seed }).collect();
}

/** What comes out: analysed means of the first and of the last cycle, and averages. The same in Node and in a page. */
export const golden: {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly rmse: number;
  readonly crps: number;
  readonly logEvidence: number;
} = {
  first: [-2.661389760243661, -4.4645133736715685, 13.756748649804484],
  last: [4.675387606711901, -2.8897734859132616, 31.728899770786153],
  rmse: 0.652789200507996,
  crps: 0.40988981946328806,
  logEvidence: -250.1029973861077,
};

/** The numbers of a run that {@link golden} has, in its order. */
export function numbersOf({ summary, analysisMean }: Run): number[] {
  const { rmse, crps, logEvidence } = summary;
  return [
    ...analysisMean.data.slice(0, 3),
    ...analysisMean.data.slice(-3),
    rmse?.analysis ?? Number.NaN,
    crps?.analysis ?? Number.NaN,
    logEvidence ?? Number.NaN,
  ];
}

/** The largest relative distance of a run from {@link golden}. */
export function distance(run: Run): number {
  const { first, last, rmse, crps, logEvidence } = golden;
  const wanted = [...first, ...last, rmse, crps, logEvidence];
  return Math.max(...numbersOf(run).map((value, i) => Math.abs(value / wanted[i]! - 1)));
}
