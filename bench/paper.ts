/**
 * Whole problems beside PyTorch and JAX (ONDA_PEERS names a Python that has them): ensemble filters of Lorenz 63 and 96, 4D-Var of
 * Lorenz 63 by 200 iterations of Adam, the gradient of a 4D-Var of shallow water. All on one thread, in turn, medians.
 */
import { spawnSync } from "node:child_process";
import { scan } from "../src/engine/graph/index.ts";
import {
  adam,
  collectRun,
  compile,
  enkf,
  identityOperator,
  lorenz63,
  lorenz96,
  type Model,
  observationNetwork,
  observationSeries,
  type Problem,
  scalarCovariance,
  trace,
  valueAndGrad,
} from "../src/index.ts";
import { windowCosts } from "../src/methods/variational/index.ts";
import { gridSize, initialWater, shallowWaterStep } from "./shallow-water.ts";

const words = process.argv.slice(2);
const wanted = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;

/** Median seconds of a run when warm, and of the first one, compilation included. */
async function seconds(run: () => unknown, rounds = 9): Promise<{ warm: number; first: number }> {
  const samples: number[] = [];
  for (let i = 0; i <= rounds; i++) {
    const begin = performance.now();
    await run();
    samples.push((performance.now() - begin) / 1000);
  }
  return { first: samples[0]!, warm: median(samples.slice(2)) };
}

function twin(model: Model, x0: Float64Array, gap: number, cycles: number, variance: number): Problem {
  const network = observationNetwork({
    dt: model.dt,
    steps: Array.from({ length: cycles }, (_, k) => (k + 1) * gap),
    operator: identityOperator(model.size),
    error: scalarCovariance(model.size, variance),
  });
  // Every observation is the start, as in the peers: what is timed is the work, not the skill.
  const y = Array.from({ length: cycles }, () => [...x0]);
  return {
    model,
    observations: observationSeries(network, y),
    background: { mean: x0, covariance: scalarCovariance(model.size, 1) },
  };
}

const x63 = Float64Array.of(1.509, -1.531, 25.46);
const x96 = Float64Array.from({ length: 40 }, (_, i) => 3 + Math.sin(i));
const ours: Record<string, { warm: number; first: number }> = {};
for (const [name, problem] of [
  ["l63 enkf", twin(lorenz63(), x63, 25, 100, 2)],
  ["l96 enkf", twin(lorenz96({ dt: 0.01 }), x96, 5, 100, 1)],
] as const)
  if (wanted(name)) ours[name] = await seconds(() => collectRun(enkf({ members: 100 }), problem));
if (wanted("l63 4dvar")) {
  const problem = twin(lorenz63(), Float64Array.of(1, -1, 24), 10, 10, 1);
  const minimizer = adam({ iterations: 200, learningRate: 0.05 });
  const costs = windowCosts("4dvar");
  ours["l63 4dvar"] = await seconds(() => {
    const cost = costs.cost({ ...problem, background: { ...problem.background, mean: Float64Array.of(2, -1, 24) } });
    return minimizer.minimize(cost, cost.start());
  });
}
if (wanted("water gradient")) {
  const shape = [3, gridSize, gridSize];
  const graph = trace(
    (x) => {
      const { ys } = scan(
        ([s]) => {
          const { carry } = scan(([a]) => ({ carry: [shallowWaterStep(a!, 1e-3, 0.05)] }), [s!], [], { length: 20 });
          const h = carry[0]!.at(2).slice([0, 0], [undefined, undefined], [1, 4]);
          return { carry, ys: [h.sub(1).square().sum()] };
        },
        [x!],
        [],
        { length: 5 },
      );
      return ys[0]!.sum();
    },
    [shape],
  );
  const executable = compile(valueAndGrad(graph, [0]));
  const start = initialWater();
  const out = [new Float64Array(1), new Float64Array(start.length)];
  ours["water gradient"] = await seconds(() => executable.runSync([{ data: start, shape }], { out }), 25);
}

type Peers = Record<string, { loop?: number; torch?: number; jax?: number }>;
function peers(): Peers {
  const python = process.env.ONDA_PEERS;
  if (python === undefined) {
    console.log("peers skipped: set ONDA_PEERS to a Python with torch and jax, or npm run bench:peers");
    return {};
  }
  const { stdout, stderr, status } = spawnSync(python, ["bench/peers/paper.py", ...words], { encoding: "utf8" });
  if (status === 0) return JSON.parse(stdout.trim().split("\n").at(-1)!);
  console.log(`peers skipped: ${stderr.trim().split("\n").at(-1)}`);
  return {};
}

const theirs = peers();
const ratio = (them: number | undefined, us: number): number | undefined =>
  them === undefined ? undefined : Number((them / us).toPrecision(3));
console.log("seconds, and how many times longer the others take");
console.table(
  Object.entries(ours).map(([name, { warm, first }]) => {
    const { loop, torch, jax } = theirs[name] ?? {};
    return {
      problem: name,
      onda: Number(warm.toPrecision(3)),
      "first run": Number(first.toPrecision(3)),
      "as TorchDA": loop,
      "×": ratio(loop, warm),
      "PyTorch, vectorised": torch,
      "× ": ratio(torch, warm),
      "JAX, jit": jax,
      "×  ": ratio(jax, warm),
    };
  }),
);
