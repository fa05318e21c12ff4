/** Whole assimilations, memory and compile time: `npm run bench -- assimilation`. */
import {
  adam,
  collectRun,
  compile,
  enkf,
  identityOperator,
  lorenz63,
  lorenz96,
  type Method,
  type Model,
  observationNetwork,
  type Problem,
  randomStreams,
  scalarCovariance,
  simulateObservations,
  trace,
  valueAndGrad,
} from "../src/index.ts";
import { windowCosts } from "../src/methods/variational/index.ts";

const median = (list: number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;

async function problemOf(
  model: Model,
  start: Float64Array,
  every: number,
  count: number,
  variance: number,
): Promise<Problem> {
  const steps = Array.from({ length: count }, (_, k) => (k + 1) * every);
  const network = observationNetwork({
    dt: model.dt,
    steps,
    operator: identityOperator(model.size),
    error: scalarCovariance(model.size, variance),
  });
  const truth = new Float64Array(count * model.size);
  let x = start;
  for (let k = 0; k < count; k++) {
    x = await model.advance(every).apply(x);
    truth.set(x, k * model.size);
  }
  const observations = await simulateObservations(
    network,
    { data: truth, shape: [count, model.size] },
    randomStreams(1),
  );
  return { model, observations, background: { mean: start, covariance: scalarCovariance(model.size, variance) } };
}

async function time(
  name: string,
  problem: Problem,
  method: Method,
  aim: string,
): Promise<Record<string, string | number>> {
  const samples: number[] = [];
  for (let i = 0; i < 7; i++) {
    const start = performance.now();
    await collectRun(method, problem);
    samples.push(performance.now() - start);
  }
  return {
    case: name,
    "first run s": Number((samples[0]! / 1000).toFixed(4)),
    "median s": Number((median(samples.slice(1)) / 1000).toFixed(4)),
    aim,
  };
}

const x63 = Float64Array.of(1.509, -1.531, 25.46);
const x96 = Float64Array.from({ length: 40 }, (_, i) => 3 + Math.sin(i));
const rows = [
  await time(
    "Lorenz 63 EnKF, 100 members × 100 cycles × 25 steps",
    await problemOf(lorenz63(), x63, 25, 100, 2),
    enkf({ members: 100 }),
    "0.03",
  ),
  await time(
    "Lorenz 96 EnKF, 100 members × 100 cycles × 5 steps",
    await problemOf(lorenz96({ dt: 0.01 }), x96, 5, 100, 1),
    enkf({ members: 100 }),
    "0.1",
  ),
];
{
  const problem = await problemOf(lorenz63(), x63, 10, 10, 1);
  const costs = windowCosts("4dvar");
  const cost = costs.cost({ ...problem, background: { ...problem.background, mean: Float64Array.of(2, -1, 24) } });
  const minimizer = adam({ iterations: 200, learningRate: 0.05 });
  const samples: number[] = [];
  for (let i = 0; i < 9; i++) {
    const start = performance.now();
    minimizer.minimize(cost, cost.start());
    samples.push(performance.now() - start);
  }
  rows.push({
    case: "Lorenz 63 4D-Var, 10 observations 10 steps apart, 200 Adam iterations",
    "first run s": Number((samples[0]! / 1000).toFixed(4)),
    "median s": Number((median(samples.slice(1)) / 1000).toFixed(4)),
    aim: "0.01",
  });
}
console.table(rows);

const compileRows = [];
for (const blocks of [10, 100, 1000]) {
  const problem = await problemOf(lorenz96(), x96, 10, blocks, 1);
  const samples: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    const cost = windowCosts("4dvar").cost(problem);
    samples.push(performance.now() - start);
    if (i === 4) cost.evaluate(cost.start());
  }
  compileRows.push({
    case: `compile the gradient of a Lorenz 96 4D-Var of ${blocks * 10} steps`,
    "first ms": Number(samples[0]!.toFixed(0)),
    "median ms": Number(median(samples).toFixed(0)),
  });
}
console.table(compileRows);

const executable = compile(valueAndGrad(trace((x) => x.square().sum(), [[1000]])));
const input = new Float64Array(1000).fill(1);
const out = [new Float64Array(1), new Float64Array(1000)];
for (let i = 0; i < 1000; i++) executable.runSync([input], { out });
globalThis.gc?.();
const before = process.memoryUsage();
for (let i = 0; i < 10_000; i++) executable.runSync([input], { out });
globalThis.gc?.();
const after = process.memoryUsage();
const growth = {
  "heap growth over 10 000 calls, kB": Math.round((after.heapUsed - before.heapUsed) / 1024),
  "array buffers, kB": Math.round((after.arrayBuffers - before.arrayBuffers) / 1024),
  "gc was run": globalThis.gc !== undefined,
};
console.table([growth]);
console.log(JSON.stringify({ rows, compileRows, growth }));
