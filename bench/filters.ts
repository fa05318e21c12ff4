/**
 * What do ensemble filters cost? Microseconds of a cycle on Lorenz 96, forecast included; the ETKF for states of 10³ to 10⁶
 * numbers beside the matrix products that it consists of; the LETKF on a grid of 256×256 points, by one thread and by two.
 * Medians, all in one process; with ONDA_PEERS a Python with NumPy (and JAX, if it has it) does the same on one thread.
 * `npm run bench -- filters` takes the names of parts: cycles, etkf, letkf.
 */
import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { stopWorkers, useWorkerScript } from "../src/engine/execute/index.ts";
import { gemm } from "../src/engine/linalg/index.ts";
import { randomStreams } from "../src/engine/random/index.ts";
import type { NdArray } from "../src/engine/tensor/index.ts";
import {
  collectRun,
  denkf,
  eakf,
  enkf,
  enkfN,
  ensrf,
  etkf,
  etkfAnalysis,
  gridDomain,
  identityModel,
  identityOperator,
  indicesOperator,
  letkf,
  lorenz96,
  type Method,
  type Model,
  observationNetwork,
  observationSeries,
  type Problem,
  particle,
  rankHistogram,
  scalarCovariance,
  simulateObservations,
  unscentedKalman,
} from "../src/index.ts";
import { ensembleMean, localizer } from "../src/methods/common/index.ts";
import { type LetkfAnalysisInput, letkfAnalysis, sharedLetkfAnalysis } from "../src/methods/filters/letkf.ts";
import { largestDifference } from "./timing.ts";

useWorkerScript(new URL("../../dist/engine/execute/parallel/worker.js", import.meta.url));

const words = process.argv.slice(2);
const wanted = (part: string): boolean => words.length === 0 || words.includes(part);
const digits = (value: number): number => Number(value.toPrecision(3));
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;
const normals = (purpose: string, count: number): Float64Array =>
  randomStreams(1).stream(purpose, count, 0).normals(count);

async function timed(run: () => unknown, rounds: number): Promise<number> {
  const samples: number[] = [];
  await run();
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    await run();
    samples.push(performance.now() - begin);
  }
  return median(samples);
}

async function lorenzProblem(count: number): Promise<Problem> {
  const model: Model = lorenz96();
  const network = observationNetwork({
    dt: model.dt,
    steps: Array.from({ length: count }, (_, k) => k + 1),
    operator: identityOperator(40),
    error: scalarCovariance(40, 1),
  });
  let x = await model.advance(1000).apply(Float64Array.from({ length: 40 }, (_, i) => 8 + Math.sin(i)));
  const start = x;
  const truth = new Float64Array(count * 40);
  for (let k = 0; k < count; k++) {
    x = await model.advance(1).apply(x);
    truth.set(x, 40 * k);
  }
  const observations = await simulateObservations(network, { data: truth, shape: [count, 40] }, randomStreams(1));
  return { model, observations, background: { mean: start, covariance: scalarCovariance(40, 0.1) } };
}

/** Microseconds of a cycle: long runs less short ones. */
async function cycles(): Promise<void> {
  const [few, many] = [await lorenzProblem(100), await lorenzProblem(1100)];
  const local = { function: "gaspari-cohn", radius: 4 } as const;
  const methods: readonly (readonly [string, Method])[] = [
    ["etkf N=24", etkf({ members: 24, inflation: 1.02, rotate: true })],
    ["enkf N=40", enkf({ members: 40, inflation: 1.06 })],
    ["denkf N=40", denkf({ members: 40, inflation: 1.02 })],
    ["ensrf N=24", ensrf({ members: 24, inflation: 1.02, rotate: true })],
    ["enkf-n N=24", enkfN({ members: 24, rotate: true })],
    ["letkf N=7 radius 4", letkf({ members: 7, inflation: 1.04, rotate: true, localization: local })],
    ["eakf N=10 radius 4", eakf({ members: 10, inflation: 1.04, localization: local })],
    ["rank-histogram N=20 radius 4", rankHistogram({ members: 20, inflation: 1.04, localization: local })],
    ["unscented-kalman", unscentedKalman()],
    ["particle N=500", particle({ particles: 500, jitter: 1 })],
  ];
  const rows = [];
  for (const [name, method] of methods) {
    const run = (problem: Problem) => () => collectRun(method, problem, { seed: 3 });
    const [short, long] = [await timed(run(few), 5), await timed(run(many), 5)];
    rows.push({ method: name, "µs a cycle": digits(long - short) });
  }
  console.table(rows);
}

/** An analysis of N = 64 members, a tenth of the state observed, and Y Yᵀ and T X alone. */
async function large(): Promise<void> {
  const N = 64;
  const rows = [];
  for (const n of [1e3, 1e4, 1e5, 1e6]) {
    const m = n / 10;
    const E = { data: normals("E", N * n), shape: [N, n] };
    const HE: NdArray = { data: normals("HE", N * m), shape: [N, m] };
    const y = normals("y", m);
    const R = scalarCovariance(m, 1);
    const T = normals("T", N * N);
    globalThis.gc?.();
    const before = process.resourceUsage().maxRSS;
    const rounds = n >= 1e6 ? 3 : 9;
    const products = await timed(() => {
      gemm(N, n, N, T, E.data);
      gemm(N, N, m, HE.data, HE.data, { transB: true });
    }, rounds);
    const analysis = await timed(() => etkfAnalysis({ E, HE, y, R }), rounds);
    rows.push({
      n,
      "analysis ms": digits(analysis),
      "its products ms": digits(products),
      ratio: digits(analysis / products),
      "µs per 1000 of n": digits((1000 * analysis) / (n / 1000)),
      "peak MB above": digits((process.resourceUsage().maxRSS - before) / 1024),
      "ensemble MB": digits((8 * N * n) / 2 ** 20),
    });
  }
  console.table(rows);
}

/** |a − b| / |b − c|. */
function relative(a: Float64Array, b: Float64Array, c: Float64Array): number {
  let [error, size] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    error += (a[i]! - b[i]!) ** 2;
    size += (b[i]! - c[i]!) ** 2;
  }
  return Math.sqrt(error / size);
}

async function grid(): Promise<void> {
  const [side, N, m] = [256, 40, 6500];
  const n = side * side;
  const model = identityModel({ size: n });
  const stream = randomStreams(2).stream("places", 0, 0);
  const picks = [...new Set(Array.from({ length: 3 * m }, () => Math.floor(stream.uniform() * n)))];
  const operator = indicesOperator(
    n,
    picks.slice(0, m).sort((a, b) => a - b),
  );
  const error = scalarCovariance(m, 1);
  const network = observationNetwork({ dt: 1, steps: [1], operator, error });
  const E: NdArray = { data: normals("E", N * n), shape: [N, n] };
  const HE = await operator.applyBatch(E);
  const y = normals("y", m);
  const [observation] = observationSeries(network, [y]);
  const local = localizer("letkf", { radius: 8, domain: gridDomain({ shape: [side, side], periodic: true }) }, model);
  const patches = await local.patches(observation!, ensembleMean(E));
  const input: LetkfAnalysisInput = { E, HE, y, R: error, patches };
  const domain = gridDomain({ shape: [side, side], periodic: true });
  const background = { mean: new Float64Array(n), covariance: scalarCovariance(n, 1), ensemble: E };
  const problem = { model, observations: observationSeries(network, [y]), background };
  const oneCycle = async (interpolation: number): Promise<Float64Array> => {
    const method = letkf({ members: N, localization: { radius: 8, domain, interpolation } });
    return (await collectRun(method, problem)).cycles[0]!.analysisEnsemble!.data;
  };
  globalThis.gc?.();
  const before = process.resourceUsage().maxRSS;
  letkfAnalysis(input);
  const peak = (process.resourceUsage().maxRSS - before) / 1024;
  const one = await timed(() => letkfAnalysis(input), 5);
  const two = await timed(() => sharedLetkfAnalysis(input, 2), 5);
  const exact = await oneCycle(1);
  const quick = await oneCycle(4);
  const coarse = await timed(() => oneCycle(4), 3);
  const whole = await timed(() => oneCycle(1), 3);
  const [alone, shared] = [letkfAnalysis(input), await sharedLetkfAnalysis(input, 2)];
  let reached = 0;
  const search = await timed(() => {
    reached = 0;
    for (let place = 0; place < patches.length; place++) reached += patches.at(place)!.observations.length;
  }, 3);
  console.table([
    { "": "1 thread", s: digits(one / 1000) },
    { "": "2 threads", s: digits(two / 1000) },
    { "": "of it the search", s: digits(search / 1000) },
    { "": "a whole cycle, 1 thread", s: digits(whole / 1000) },
    { "": "with transforms at every 4th point, interpolated", s: digits(coarse / 1000) },
  ]);
  console.log(
    JSON.stringify({
      "observations a place": digits(reached / n),
      ratio: digits(one / two),
      "peak MB above the ensemble": digits(peak),
      "ensemble MB": (8 * N * n) / 2 ** 20,
      "interpolated increments differ by": digits(relative(quick, exact, E.data)),
      difference: largestDifference(shared.ensemble.data, alone.ensemble.data),
    }),
  );
}

if (wanted("cycles")) await cycles();
if (wanted("etkf")) await large();
if (wanted("letkf")) await grid();
stopWorkers();
const peers = process.env.ONDA_PEERS;
if (peers !== undefined)
  spawnSync(peers, [fileURLToPath(new URL("../../bench/peers/filters.py", import.meta.url)), ...words], {
    stdio: "inherit",
    env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
  });
