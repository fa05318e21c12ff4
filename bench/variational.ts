/**
 * Variational assimilation: 3D-Var with a network as H, B on large grids, 4D-Var of shallow water, memory of long windows.
 * ONDA_PEERS names a Python with torch and numpy for the ways of PyTorch: Adam on the inverse of a dense B, gradients by its tape.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeNpy } from "../src/engine/tensor/index.ts";
import {
  adam,
  blockCovariance,
  diffusionCovariance,
  gaussNewton,
  indicesOperator,
  lbfgs,
  type Minimizer,
  type NdArray,
  randomStreams,
  scalarCovariance,
  spectralCovariance,
  sumCovariance,
  type Tensor,
  tensor,
  tracedModel,
  tracedOperator,
} from "../src/index.ts";
import { type WindowProblem, windowCosts } from "../src/methods/variational/index.ts";
import { gridSize, initialWater, shallowWaterStep } from "./shallow-water.ts";

const words = process.argv.slice(2);
const wanted = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));
const python = process.env.ONDA_PEERS;
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;
const streams = randomStreams(1);

/** Runs the peer's part `what` on .npy files; the last line it prints is JSON. */
function peer(what: string, arrays: Readonly<Record<string, NdArray>>): Record<string, number> | undefined {
  if (python === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "onda-bench-"));
  try {
    for (const [name, array] of Object.entries(arrays)) writeFileSync(join(folder, `${name}.npy`), writeNpy(array));
    const { stdout, stderr, status } = spawnSync(python, ["bench/peers/variational.py", what, folder], {
      encoding: "utf8",
    });
    if (status !== 0) {
      console.log(`peer skipped: ${stderr.trim().split("\n").at(-1)}`);
      return undefined;
    }
    return JSON.parse(stdout.trim().split("\n").at(-1)!);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seconds until the cost comes within `share` of the lowest of all runs, compilation included where `fresh`. */
function descents(problem: WindowProblem, minimizers: Readonly<Record<string, Minimizer>>, share: number) {
  const runs = Object.entries(minimizers).map(([name, minimizer]) => {
    const begin = performance.now();
    const cost = windowCosts("3dvar").cost(problem);
    cost.evaluate(cost.start());
    const compiled = performance.now();
    const path: { seconds: number; value: number }[] = [];
    const { iterations, value, status } = minimizer.minimize(cost, cost.start(), {
      onIteration: ({ value }) => {
        path.push({ seconds: (performance.now() - compiled) / 1000, value });
      },
    });
    return { name, path, iterations, value, status, compile: (compiled - begin) / 1000 };
  });
  const best = Math.min(...runs.map(({ value }) => value));
  return runs.map(({ name, path, iterations, status, value, compile }) => ({
    name,
    compile,
    seconds: path.find((entry) => entry.value <= best * (1 + share))?.seconds,
    steps: path.findIndex((entry) => entry.value <= best * (1 + share)),
    whole: path.at(-1)!.seconds,
    iterations,
    status,
    value,
    best,
  }));
}

if (wanted("3dvar")) {
  const n = 64;
  const points = n * n;
  const channels = 16;
  const weight = (name: string, shape: number[]): NdArray => {
    const fan = shape.slice(1).reduce((product, extent) => product * extent, 1);
    const data = streams.stream(name).normals(shape.reduce((product, extent) => product * extent, 1));
    return { data: data.map((value) => value / Math.sqrt(fan)), shape };
  };
  const weights = [
    weight("w0", [channels, 1, 3, 3]),
    weight("w1", [channels, channels, 3, 3]),
    weight("w2", [1, channels, 3, 3]),
  ];
  const H = tracedOperator({
    name: "cnn",
    inShape: [points],
    outShape: [points],
    fn(x: Tensor) {
      let y = x.reshape([1, 1, n, n]);
      weights.forEach((w, k) => {
        y = y.conv(tensor(w), { padding: 1 });
        if (k < 2) y = y.tanh();
      });
      return y.reshape([points]);
    },
  });
  const grid = { shape: [n, n], periodic: true };
  const B = sumCovariance([
    spectralCovariance({ ...grid, kind: "gaussian", length: 3, variance: 0.98 }),
    scalarCovariance(points, 0.02),
  ]);
  const R = scalarCovariance(points, 0.01);
  const truth = B.sample(streams.stream("truth"));
  const seen = H.apply(truth);
  const noise = R.sample(streams.stream("noise"));
  const y = (seen as Float64Array).map((value, i) => value + noise[i]!);
  const mean = new Float64Array(points);
  const problem: WindowProblem = {
    background: { mean, covariance: B },
    observations: [{ step: 0, values: y, operator: H, error: R }],
  };
  const rows = descents(
    problem,
    {
      "L-BFGS on v": lbfgs({ iterations: 400, tolerance: 1e-6 }),
      "Gauss-Newton": gaussNewton({ iterations: 8, tolerance: 1e-6 }),
      "Adam on v": adam({ iterations: 400, learningRate: 0.05 }),
    },
    1e-4,
  );
  console.log("3D-Var, 64×64, CNN of 16 channels as H, Gaussian B: seconds until J is within 1e-4 of the optimum");
  console.table(
    rows.map(({ name, seconds, steps, compile, status, value }) => ({
      name,
      seconds,
      steps,
      compile,
      status,
      J: value,
    })),
  );
  const dense: NdArray = { data: B.dense(), shape: [points, points] };
  const theirs = peer("3dvar", {
    B: dense,
    y: { data: y, shape: [points] },
    target: { data: Float64Array.of(2 * rows[0]!.best * (1 + 1e-4)), shape: [1] },
    ...Object.fromEntries(weights.map((w, k) => [`w${k}`, w])),
  });
  const ours = Math.min(...rows.flatMap(({ seconds }) => seconds ?? []));
  if (theirs !== undefined)
    console.log(
      "Adam on the dense inverse in PyTorch:",
      theirs,
      `ratio ${((theirs.seconds ?? Number.NaN) / ours).toFixed(1)}`,
    );
}

if (wanted("covariance")) {
  const rows = [];
  for (const n of [1024, 4096, 16384, 65536, 262144, 1048576]) {
    const side = Math.sqrt(n);
    const row: Record<string, number> = { n };
    for (const [name, make] of [
      ["spectral", () => spectralCovariance({ shape: [side, side], periodic: true, kind: "gaussian", length: 3 })],
      ["diffusion", () => diffusionCovariance({ shape: [side, side], periodic: true, length: 3 })],
    ] as const) {
      const begin = performance.now();
      const C = make();
      const built = performance.now();
      const v = streams.stream("v").normals(C.sqrtSize);
      const samples: number[] = [];
      for (let i = 0; i < (n > 2e5 ? 3 : 7); i++) {
        const start = performance.now();
        C.applySqrt(v);
        samples.push(performance.now() - start);
      }
      row[`${name} ms`] = Number(median(samples).toFixed(3));
      row[`${name} ns per point`] = Number(((median(samples) * 1e6) / n).toFixed(0));
      row[`${name} made in ms`] = Number((built - begin).toFixed(1));
    }
    rows.push(row);
  }
  console.log("B^(1/2) on square periodic grids");
  console.table(rows);
}

/** Shallow water 64×64×3 in a window of `count` observations of h at every fourth point, `gap` steps apart. */
function waterWindow(count: number, gap: number, checkpoint?: boolean): WindowProblem {
  const points = gridSize * gridSize;
  const model = tracedModel({
    name: "shallow-water",
    shape: [3, gridSize, gridSize],
    dt: 1e-3,
    step: (s) => shallowWaterStep(s, 1e-3, 0.05),
  });
  const places = Array.from({ length: points / 4 }, (_, k) => 2 * points + 4 * k);
  const operator = indicesOperator(3 * points, places);
  const error = scalarCovariance(places.length, 1e-3);
  const field = spectralCovariance({
    shape: [gridSize, gridSize],
    periodic: true,
    kind: "gaussian",
    length: 4,
    variance: 1e-2,
  });
  const truth = initialWater();
  const steps = Array.from({ length: count }, (_, k) => (k + 1) * gap);
  return {
    model,
    background: { mean: initialWater(0.4), covariance: blockCovariance([field, field, field]) },
    observations: steps.map((step, k) => {
      const seen = operator.apply(model.advance(step).apply(truth) as Float64Array) as Float64Array;
      const noise = error.sample(streams.stream("noise", k));
      return { step, values: seen.map((value, i) => value + noise[i]!), operator, error };
    }),
    ...(checkpoint !== undefined && { checkpoint }),
  };
}

if (wanted("4dvar")) {
  const problem = waterWindow(5, 20);
  const rows = [];
  for (const [name, minimizer] of [
    ["L-BFGS", lbfgs({ iterations: 200, tolerance: 1e-3 })],
    ["Gauss-Newton", gaussNewton({ iterations: 10, tolerance: 1e-3 })],
  ] as const) {
    const begin = performance.now();
    const cost = windowCosts("4dvar").cost(problem);
    cost.evaluate(cost.start());
    const compiled = performance.now();
    const result = minimizer.minimize(cost, cost.start());
    const done = performance.now();
    rows.push({
      minimiser: name,
      "compile s": (compiled - begin) / 1000,
      "seconds to 1e-3": (done - compiled) / 1000,
      iterations: result.iterations,
      evaluations: result.evaluations,
      "gradient fell by": result.gradientNorm / result.history[0]!.gradientNorm,
      status: result.status,
      aim: 0.6,
    });
  }
  const cost = windowCosts("4dvar").cost(problem);
  const z = cost.start();
  const samples: number[] = [];
  for (let i = 0; i < 30; i++) {
    const start = performance.now();
    cost.evaluate(z);
    samples.push(performance.now() - start);
  }
  console.log("4D-Var of shallow water 64×64×3, five observation times 20 steps apart");
  console.table(rows);
  const theirs = peer("4dvar", {});
  console.log(
    `value and gradient of 100 steps: ${median(samples.slice(5)).toFixed(1)} ms`,
    theirs === undefined
      ? ""
      : `(PyTorch ${theirs.milliseconds!.toFixed(1)} ms, ratio ${(theirs.milliseconds! / median(samples.slice(5))).toFixed(1)})`,
  );
}

if (words[0] === "memory-of") {
  // Of this process alone: what one evaluation of a window of 1000 steps takes above what was there before.
  const checkpoint = words[1] === "checkpoint";
  const problem = waterWindow(10, 100, checkpoint);
  globalThis.gc?.();
  const before = process.resourceUsage().maxRSS / 1024;
  const now = process.memoryUsage().rss / 2 ** 20;
  const cost = windowCosts("4dvar").cost(problem);
  const begin = performance.now();
  cost.evaluate(cost.start());
  const seconds = (performance.now() - begin) / 1000;
  cost.evaluate(cost.start());
  const peak = process.resourceUsage().maxRSS / 1024;
  const status = readFileSync("/proc/self/status", "utf8").match(/VmHWM:\s+(\d+)/)?.[1];
  console.log(
    JSON.stringify({ before: Math.max(before, now), peak: Math.max(peak, Number(status ?? 0) / 1024), seconds }),
  );
} else if (wanted("memory")) {
  const rows = ["plain", "checkpoint"].map((kind) => {
    const { stdout } = spawnSync(process.execPath, ["--expose-gc", process.argv[1]!, "memory-of", kind], {
      encoding: "utf8",
    });
    const { before, peak, seconds } = JSON.parse(stdout.trim().split("\n").at(-1)!);
    return { kind, "before MB": before, "above it MB": peak - before, "first evaluation s": seconds };
  });
  console.log("memory of a gradient over 1000 steps of shallow water 64×64×3 (one state has 98 kB)");
  console.table(rows);
}
