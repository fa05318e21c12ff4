// Localised filters: infinite radii are no localisation, distant observations don't matter, places are found.
import { afterAll, describe, expect, it } from "vitest";
import { stopWorkers, workerStatistics } from "../../src/engine/execute/index.ts";
import { collectRun, localizer, modelDomain } from "../../src/methods/common/index.ts";
import { eakf, enkf, ensrf, etkf, letkf } from "../../src/methods/filters/index.ts";
import type { Method, Problem } from "../../src/methods/method.ts";
import {
  type Covariance,
  denseCovariance,
  diagonalCovariance,
  scalarCovariance,
} from "../../src/problem/covariance/index.ts";
import { gridDomain, lineDomain, placesDomain, ringDomain, tapers } from "../../src/problem/localization/index.ts";
import { identityModel, lorenz96, type Model } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSeries } from "../../src/problem/observe/index.ts";
import {
  everyOperator,
  functionOperator,
  identityOperator,
  indicesOperator,
  matrixOperator,
  type Operator,
  powerOperator,
} from "../../src/problem/operators/index.ts";
import { distance } from "../problem/derivatives.ts";
import { definite, matrix } from "./problems.ts";

function ring(
  operator: Operator,
  error: Covariance,
  values: readonly ArrayLike<number>[],
  model: Model = lorenz96({ size: 12 }),
): Problem {
  const n = model.size;
  const network = observationNetwork({ dt: model.dt, steps: values.map((_, k) => 2 * k + 1), operator, error });
  return {
    model,
    observations: observationSeries(network, values),
    background: { mean: Float64Array.from({ length: n }, (_, i) => 2 + (i % 3)), covariance: scalarCovariance(n, 0.5) },
  };
}
const rows = (m: number, times = 3): number[][] =>
  Array.from({ length: times }, (_, k) => Array.from(matrix("seen", times, m, 3).data.slice(k * m, (k + 1) * m)));
const run = (method: Method, problem: Problem) => collectRun(method, problem, { seed: 6 });
const infinite = { radius: Number.POSITIVE_INFINITY };

describe("an infinite radius is no localisation", () => {
  it.each([
    ["independent", diagonalCovariance(Float64Array.from({ length: 12 }, (_, i) => 0.5 + 0.1 * i))],
    ["correlated", denseCovariance(definite("R", 12))],
  ] as const)("letkf = etkf with %s errors", async (_, error) => {
    const problem = ring(identityOperator(12), error, rows(12));
    const options = { members: 6, inflation: 1.05, rotate: true, relaxation: { rtps: 0.5 } };
    const [a, b] = [
      await run(letkf({ ...options, localization: infinite }), problem),
      await run(etkf(options), problem),
    ];
    expect(distance(a.cycles[2]!.analysisEnsemble!.data, b.cycles[2]!.analysisEnsemble!.data)).toBeLessThan(1e-10);
  });
  it.each(["gaspari-cohn", "soar", "box"] as const)("eakf with %s has the mean of ensrf", async (name) => {
    const problem = ring(identityOperator(12), scalarCovariance(12, 1), rows(12, 1));
    const a = await run(eakf({ members: 6, localization: { function: name, ...infinite } }), problem);
    const b = await run(ensrf({ members: 6 }), problem);
    expect(distance(a.analysisMean.data, b.analysisMean.data)).toBeLessThan(1e-11);
    expect(distance(a.cycles[0]!.analysisSpread!, b.cycles[0]!.analysisSpread!)).toBeLessThan(1e-11);
  });
});

it("enkf with an infinite radius is enkf", async () => {
  const problem = ring(identityOperator(12), denseCovariance(definite("R", 12)), rows(12, 1));
  const a = await run(enkf({ members: 6, localization: infinite }), problem);
  const b = await run(enkf({ members: 6 }), problem);
  expect(distance(a.cycles[0]!.analysisEnsemble!.data, b.cycles[0]!.analysisEnsemble!.data)).toBeLessThan(1e-10);
  expect(Math.abs(a.cycles[0]!.logEvidence! - b.cycles[0]!.logEvidence!)).toBeLessThan(1e-9);
});

it("enkf is the same with a sparse and with a full innovation covariance", async () => {
  const model = lorenz96({ size: 40 });
  const [few, full] = [
    scalarCovariance(40, 0.5),
    denseCovariance({ data: scalarCovariance(40, 0.5).dense(), shape: [40, 40] }),
  ];
  const local = enkf({ members: 6, localization: { radius: 1 } });
  const a = await run(local, ring(identityOperator(40), few, rows(40, 1), model));
  const b = await run(local, ring(identityOperator(40), full, rows(40, 1), model));
  expect(distance(a.analysisMean.data, b.analysisMean.data)).toBeLessThan(1e-12);
  expect(Math.abs(a.cycles[0]!.logEvidence! - b.cycles[0]!.logEvidence!)).toBeLessThan(1e-10);
});

describe.each([
  ["letkf", letkf],
  ["eakf", eakf],
  ["enkf", enkf],
] as const)("%s", (_, make) => {
  const local = make({ members: 5, localization: { function: "gaspari-cohn", radius: 1 } });
  it("leaves variables alone that no observation reaches", async () => {
    // Radius 1 reaches 3.64: from variable 0 to 9 … 11 and 1 … 3 of the ring.
    const { cycles } = await run(local, ring(indicesOperator(12, [0]), scalarCovariance(1, 1), [[5]]));
    const { forecastEnsemble: f, analysisEnsemble: a } = cycles[0]!;
    const moved = Array.from({ length: 12 }, (_, i) => Math.abs(a!.data[i]! - f!.data[i]!) > 1e-9);
    expect(moved).toEqual(Array.from({ length: 12 }, (_, i) => i <= 3 || i >= 9));
  });
  it("without some observations is that of the others alone", async () => {
    const values = Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? Number.NaN : i - 5));
    const seen = values.flatMap((value, i) => (Number.isNaN(value) ? [] : [i]));
    for (const [whole, part] of [
      [diagonalCovariance(values.map((_, i) => 1 + i)), diagonalCovariance(seen.map((i) => 1 + i))],
      [denseCovariance(definite("R", 12)), denseCovariance(definite("R", 12)).restrict(seen)],
    ] as const) {
      const a = await run(local, ring(identityOperator(12), whole, [values]));
      const b = await run(local, ring(indicesOperator(12, seen), part, [seen.map((i) => values[i]!)]));
      expect(distance(a.analysisMean.data, b.analysisMean.data)).toBeLessThan(1e-12);
      expect(distance(a.cycles[0]!.analysisSpread!, b.cycles[0]!.analysisSpread!)).toBeLessThan(1e-12);
    }
  });
  it("finds the same places for operators that pick, multiply or are nonlinear", async () => {
    const picks = [1, 4, 9];
    const H = new Float64Array(3 * 12);
    picks.forEach((i, j) => {
      H[j * 12 + i] = 1;
    });
    const error = scalarCovariance(3, 1);
    const a = await run(local, ring(indicesOperator(12, picks), error, rows(3)));
    const b = await run(local, ring(matrixOperator({ data: H, shape: [3, 12] }), error, rows(3)));
    expect(distance(a.analysisMean.data, b.analysisMean.data)).toBeLessThan(1e-12);
    const cube = powerOperator(12, 1);
    const c = await run(local, ring(cube, scalarCovariance(12, 1), rows(12)));
    const d = await run(local, ring(identityOperator(12), scalarCovariance(12, 1), rows(12)));
    expect(distance(c.analysisMean.data, d.analysisMean.data)).toBeLessThan(1e-12);
  });
  it("takes places of observations, which plain functions need", async () => {
    const operator = functionOperator({ name: "third", inShape: [12], outShape: [1], fn: (x) => [x[3]!] });
    await expect(run(local, ring(operator, scalarCovariance(1, 1), rows(1)))).rejects.toThrow(
      `can't tell where the observations of "third" are: give localization.observations`,
    );
    const placed = make({
      members: 5,
      localization: { function: "gaspari-cohn", radius: 1, observations: { data: Float64Array.of(3), shape: [1, 1] } },
    });
    const a = await run(placed, ring(operator, scalarCovariance(1, 1), rows(1)));
    const b = await run(local, ring(indicesOperator(12, [3]), scalarCovariance(1, 1), rows(1)));
    expect(distance(a.analysisMean.data, b.analysisMean.data)).toBeLessThan(1e-12);
  });
  it("refuses what doesn't fit", async () => {
    expect(() => make({ members: 5, localization: { radius: 0 } })).toThrow("localization.radius: expected a positive");
    const wrong = make({ members: 5, localization: { radius: 1, domain: lineDomain(11) } });
    const problem = ring(identityOperator(12), scalarCovariance(12, 1), rows(12));
    await expect(run(wrong, problem)).rejects.toThrow("expected places of 12 variables, as the model has, got 11");
    const short = make({
      members: 5,
      localization: { radius: 1, observations: { data: new Float64Array(11), shape: [11, 1] } },
    });
    await expect(run(short, problem)).rejects.toThrow("expected shape (12, 1), a place for each observation");
  });
});

it("domains are inferred from models", () => {
  expect(modelDomain(lorenz96({ size: 9 })).name).toBe("ring");
  expect(modelDomain(identityModel({ size: 9 })).name).toBe("line");
  const fields = modelDomain({ ...identityModel({ size: 24 }), shape: [2, 3, 4] });
  expect(fields.places.shape).toEqual([24, 2]);
  expect(Array.from(fields.places.data.slice(2 * 23))).toEqual([2, 3]);
});

it("variables of one place share an analysis", async () => {
  const model = identityModel({ size: 6 });
  const domain = placesDomain({ places: [[0], [1], [2], [0], [1], [2]] });
  const local = localizer("letkf", { radius: 1, domain }, model);
  const network = observationNetwork({
    dt: 1,
    steps: [1],
    operator: everyOperator(6, 3),
    error: scalarCovariance(2, 1),
  });
  const [observation] = observationSeries(network, [[1, 2]]);
  const all = await local.patches(observation!, new Float64Array(6));
  const patches = Array.from({ length: all.length }, (_, place) => structuredClone(all.at(place)!));
  expect(patches.map(({ variables }) => Array.from(variables))).toEqual([
    [0, 3],
    [1, 4],
    [2, 5],
  ]);
  // Both observations are at place 0.
  const gc = tapers["gaspari-cohn"];
  expect(patches.map((patch) => Array.from(patch.tapers))).toEqual(
    [0, 1, 2].map((d) => [gc.value(d, 1), gc.value(d, 1)]),
  );
});

it("a local filter follows a ring that a global one with few members loses", async () => {
  const model = lorenz96({ size: 40 });
  let x: Float64Array = Float64Array.from({ length: 40 }, (_, i) => 8 + Math.sin(i));
  x = await model.advance(200).apply(x);
  const truth = await model.trajectory(60).apply(x);
  const noise = matrix("noise", 60, 40).data;
  const steps = Array.from({ length: 60 }, (_, k) => k + 1);
  const network = observationNetwork({
    dt: 0.05,
    steps,
    operator: identityOperator(40),
    error: scalarCovariance(40, 1),
  });
  const problem: Problem = {
    model,
    observations: observationSeries(network, { data: truth.map((v, i) => v + noise[i]!), shape: [60, 40] }),
    background: { mean: x, covariance: scalarCovariance(40, 1) },
  };
  const last = async (method: Method): Promise<number> => {
    const { cycles } = await run(method, problem);
    const { analysisMean } = cycles[59]!;
    return Math.sqrt(analysisMean.reduce((sum, v, i) => sum + (v - truth[59 * 40 + i]!) ** 2 / 40, 0));
  };
  const options = { members: 6, inflation: 1.05 };
  const localization = { radius: 4, domain: ringDomain(40) };
  for (const make of [letkf, eakf]) expect(await last(make({ ...options, localization }))).toBeLessThan(0.5);
  expect(await last(etkf(options))).toBeGreaterThan(1);
});

describe.each(["independent", "correlated"] as const)("letkf with %s errors and threads", (kind) => {
  afterAll(stopWorkers);
  it("gives the same bytes for any number of them", async () => {
    const side = 32;
    const [n, m] = [side * side, side * side];
    const error = kind === "independent" ? scalarCovariance(m, 1) : tridiagonalCovariance(m);
    const network = observationNetwork({ dt: 1, steps: [1], operator: identityOperator(n), error });
    const problem: Problem = {
      model: identityModel({ size: n }),
      observations: observationSeries(network, [Float64Array.from({ length: m }, (_, i) => Math.sin(i))]),
      background: { mean: new Float64Array(n), covariance: scalarCovariance(n, 0.5) },
    };
    const domain = gridDomain({ shape: [side, side], periodic: [true, false] });
    const method = letkf({ members: 20, localization: { radius: kind === "independent" ? 3 : 2, domain } });
    const alone = await run(method, problem);
    const { done } = workerStatistics();
    // The first runs may be over before the workers have started.
    for (let round = 0; round < 100 && workerStatistics().done === done; round++) {
      for (const threads of [2, 3]) {
        const shared = await run(method, { ...problem, compute: { threads } });
        expect(shared.cycles[0]!.analysisEnsemble).toEqual(alone.cycles[0]!.analysisEnsemble);
      }
    }
    expect(workerStatistics().done).toBeGreaterThan(done);
  });
});

describe("interpolated transforms", () => {
  afterAll(stopWorkers);
  const [rows, columns, fields] = [24, 30, 2];
  const n = rows * columns * fields;
  const domain = gridDomain({ shape: [rows, columns], periodic: [true, false], fields });
  const picks = Array.from({ length: 90 }, (_, j) => (37 * j) % (rows * columns));
  const smooth = (phase: number): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => {
      const [y, x] = [Math.floor((i % (rows * columns)) / columns), i % columns];
      return (
        Math.sin(phase + (2 * Math.PI * y) / rows) * Math.cos(0.7 * phase + x / 9) +
        (i < rows * columns ? 0 : phase / 9)
      );
    });
  const members = 8;
  const E = { data: new Float64Array(members * n), shape: [members, n] };
  for (let k = 0; k < members; k++) E.data.set(smooth(1.9 * k), k * n);
  const problem: Problem = {
    model: identityModel({ size: n }),
    observations: observationSeries(
      observationNetwork({
        dt: 1,
        steps: [1],
        operator: indicesOperator(n, picks),
        error: scalarCovariance(picks.length, 0.3),
      }),
      [picks.map((i) => smooth(0.4)[i]!)],
    ),
    background: { mean: smooth(0), covariance: scalarCovariance(n, 1), ensemble: E },
  };
  const analysis = async (interpolation: number, radius: number, threads = 1): Promise<Float64Array> => {
    const method = letkf({ members, localization: { radius, domain, interpolation } });
    const { cycles } = await run(method, { ...problem, compute: { threads } });
    return cycles[0]!.analysisEnsemble!.data;
  };
  it("are exact where transforms are the same everywhere", async () => {
    const exact = await run(etkf({ members }), problem);
    for (const stride of [2, 3, 7, 100])
      expect(
        distance(await analysis(stride, Number.POSITIVE_INFINITY), exact.cycles[0]!.analysisEnsemble!.data),
      ).toBeLessThan(1e-10);
  });
  it("come near to those of every point, the nearer the smaller the stride", async () => {
    const exact = await analysis(1, 8);
    const moved = distance(exact, E.data);
    const errors = await Promise.all(
      [2, 4, 8].map(async (stride) => distance(await analysis(stride, 8), exact) / moved),
    );
    expect(errors[0]).toBeGreaterThan(1e-6);
    expect(errors[0]).toBeLessThan(0.02);
    for (const k of [0, 1]) expect(errors[k]! * 2).toBeLessThan(errors[k + 1]!);
  });
  it("leave variables alone that no node's observations reach, and are the same for any number of threads", async () => {
    const alone = await analysis(2, 2);
    expect(await analysis(2, 2, 3)).toEqual(alone);
    const far = await run(letkf({ members, localization: { radius: 0.2, domain, interpolation: 3 } }), {
      ...problem,
      observations: observationSeries(
        observationNetwork({ dt: 1, steps: [1], operator: indicesOperator(n, [0]), error: scalarCovariance(1, 1) }),
        [[9]],
      ),
    });
    const after = far.cycles[0]!.analysisEnsemble!.data;
    const moved = Array.from({ length: columns }, (_, x) => Math.abs(after[x]! - E.data[x]!) > 1e-12);
    expect(moved).toEqual(Array.from({ length: columns }, (_, x) => x < 3));
  });
  it("need a grid, and a whole number of its points", async () => {
    const places = placesDomain({ places: { data: new Float64Array(n), shape: [n, 1] } });
    const method = letkf({ members, localization: { radius: 1, domain: places, interpolation: 2 } });
    await expect(run(method, problem)).rejects.toThrow("localization.interpolation: needs variables on a ring, a line");
    expect(() => letkf({ members, localization: { radius: 1, interpolation: 0.5 } })).toThrow(
      "localization.interpolation: expected a number of grid points from 1 on, got 0.5",
    );
  });
});

/** Errors that are correlated with those of the next observation. */
function tridiagonalCovariance(m: number): Covariance {
  const data = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    data[i * m + i] = 1;
    if (i > 0) data[i * m + i - 1] = data[(i - 1) * m + i] = 0.3;
  }
  return denseCovariance({ data, shape: [m, m] });
}
