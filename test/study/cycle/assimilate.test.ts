import { describe, expect, it } from "vitest";
import { crps, rmse } from "../../../src/diagnostics/index.ts";
import type { NdArray } from "../../../src/engine/tensor/index.ts";
import { enkf, extendedKalman, freeRun, kalman } from "../../../src/methods/filters/index.ts";
import type { Cycle, Method } from "../../../src/methods/method.ts";
import { scalarCovariance } from "../../../src/problem/covariance/index.ts";
import { functionModel, linearModel, lorenz63 } from "../../../src/problem/models/index.ts";
import { observationNetwork, observationSteps } from "../../../src/problem/observe/index.ts";
import { everyOperator, identityOperator } from "../../../src/problem/operators/index.ts";
import { type AssimilateOptions, assimilate, twinExperiment } from "../../../src/study/cycle/index.ts";
import { distance } from "../../problem/derivatives.ts";

const model = lorenz63();
const background = { mean: Float64Array.of(1.509, -1.531, 25.46), covariance: scalarCovariance(3, 2) };
const network = (count: number, every = 25) =>
  observationNetwork({
    dt: model.dt,
    steps: observationSteps({ every, count }, model.dt),
    operator: identityOperator(3),
    error: scalarCovariance(3, 2),
  });
const row = ({ data, shape }: NdArray, k: number): Float64Array => data.subarray(k * shape[1]!, (k + 1) * shape[1]!);
const average = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;

async function setUp(count = 12, change: Partial<AssimilateOptions> = {}): Promise<AssimilateOptions> {
  const twin = await twinExperiment({ model, background, network: network(count), seed: 5 });
  return { model, background, ...twin, method: enkf({ members: 10, inflation: 1.02 }), seed: 5, ...change };
}

describe("a twin experiment", () => {
  it("is the true model's run from a draw of the background", async () => {
    const { truth, observations } = await twinExperiment({ model, background, network: network(4), seed: 5 });
    expect(distance(truth.initial, background.mean)).toBeGreaterThan(0.05);
    const path = await model.advance(75).apply(truth.initial);
    expect(distance(row(truth.states, 2), path)).toBeLessThan(1e-9);
    expect(observations.map(({ step }) => step)).toEqual([25, 50, 75, 100]);
    expect(distance(observations[2]!.values, row(truth.states, 2))).toBeGreaterThan(0.05);
  });
  it("depends on its seed alone, not on what is assimilated", async () => {
    const [a, b, c] = await Promise.all(
      [5, 5, 6].map((seed) => twinExperiment({ model, background, network: network(4), seed })),
    );
    expect(b!.truth).toEqual(a!.truth);
    expect(b!.observations.map((o) => o.values)).toEqual(a!.observations.map((o) => o.values));
    expect(distance(c!.truth.initial, a!.truth.initial)).toBeGreaterThan(0.01);
    // More observations later leave the earlier ones as they are.
    const longer = await twinExperiment({ model, background, network: network(6), seed: 5 });
    expect(longer.observations.slice(0, 4).map((o) => o.values)).toEqual(a!.observations.map((o) => o.values));
  });
  it("adds dt·Q at every step, and nothing before time 0", async () => {
    const still = linearModel({ matrix: [[1]], dt: 0.5 });
    const steps = Array.from({ length: 3000 }, (_, k) => 4 * k);
    const { truth } = await twinExperiment({
      model: still,
      background: { mean: Float64Array.of(7), covariance: scalarCovariance(1, 0) },
      modelError: scalarCovariance(1, 3),
      network: observationNetwork({ dt: 0.5, steps, operator: identityOperator(1), error: scalarCovariance(1, 1) }),
      seed: 1,
    });
    const { data } = truth.states;
    expect(data[0]).toBe(7);
    const jumps = Array.from({ length: 2999 }, (_, k) => (data[k + 1]! - data[k]!) ** 2);
    expect(Math.abs(average(jumps) - 6)).toBeLessThan(0.6);
  });
  it("says when the true model blows up", async () => {
    const wild = functionModel({
      name: "wild",
      shape: 3,
      dt: 0.01,
      step: (x, t) => x.map((v) => (t > 0.3 ? v / 0 : v)),
    });
    const failure = twinExperiment({ model: wild, background, network: network(3), seed: 1 });
    await expect(failure).rejects.toMatchObject({ code: "numerical/blow-up", cycle: 1 });
    await expect(failure).rejects.toThrow('truth: model "wild" blew up between times 0.25 and 0.5');
  });
});

it("refuses a background of another size for the truth", async () => {
  const small = { mean: [1, 2], covariance: scalarCovariance(2, 1) };
  await expect(twinExperiment({ model, background: small, network: network(1), seed: 1 })).rejects.toThrow(
    "background.mean: expected size 3, as the model has, got 2",
  );
});

describe("a collected run", () => {
  it("holds the scores by their definitions", async () => {
    const options = await setUp(12, { burnIn: { time: 1 } });
    const run = await assimilate(options).collect({ ensemble: true });
    const cycles: Cycle[] = [];
    for await (const cycle of assimilate(options)) cycles.push(cycle);
    const { summary } = run;
    // 0.25, 0.5, 0.75 and 1 are burn-in.
    expect(run.burnInCycles).toBe(4);
    const late = cycles.slice(4);
    const states = options.truth!.states;
    const truth = (cycle: Cycle): Float64Array => row(states, cycle.index);
    expect(summary).toMatchObject({ method: "enkf", seed: 5, cycles: 12, status: "done" });
    expect(summary.rmse!.analysis).toBeCloseTo(average(late.map((c) => rmse(c.analysisMean, truth(c)))), 12);
    expect(summary.rmse!.forecast).toBeCloseTo(average(late.map((c) => rmse(c.forecastMean, truth(c)))), 12);
    const spread = (s: Float64Array): number => Math.sqrt(average(Array.from(s, (v) => v * v)));
    expect(summary.spread!.analysis).toBeCloseTo(average(late.map((c) => spread(c.analysisSpread!))), 12);
    expect(summary.spread!.forecast).toBeCloseTo(average(late.map((c) => spread(c.forecastSpread!))), 12);
    expect(summary.crps!.analysis).toBeCloseTo(average(late.map((c) => crps(c.analysisEnsemble!, truth(c)))), 12);
    expect(summary.innovation!.chi2).toBeCloseTo(average(late.map((c) => c.chi2!.value)) / 3, 12);
    expect(summary.innovation!.mean).toBeCloseTo(average(late.flatMap((c) => [...c.innovation!])), 12);
    expect(summary.logEvidence).toBeCloseTo(
      cycles.reduce((sum, c) => sum + c.logEvidence!, 0),
      10,
    );
    expect(summary.rmseConfidence!.analysis).toBeGreaterThan(0);
    expect(summary.cost).toBeUndefined();
    expect(summary.seconds.total).toBeGreaterThanOrEqual(summary.seconds.forecast + summary.seconds.analysis);
    expect(run.rankHistogram!.length).toBe(11);
    expect(run.rankHistogram!.reduce((sum, v) => sum + v, 0)).toBe(8 * 3);
    expect(run.ensemble!.shape).toEqual([12, 10, 3]);
    expect(run.ensemble!.data.subarray(11 * 30)).toEqual(cycles[11]!.analysisEnsemble!.data);
    expect(run.analysisMean.shape).toEqual([12, 3]);
    expect(row(run.innovations!, 3)).toEqual(cycles[3]!.innovation);
    expect(run.truth).toEqual(states);
    expect(run.series.rmseAnalysis.length).toBe(12);
    expect(run.times[3]).toBe(1);
    expect(run.cost).toBeUndefined();
  });

  it("leaves out what it can't have", async () => {
    const { truth: _, ...options } = await setUp(3, { method: freeRun() });
    const { summary, analysisSpread, truth, rankHistogram } = await assimilate(options).collect();
    expect(Object.keys(summary).sort()).toEqual(["cycles", "innovation", "method", "seconds", "seed", "status"]);
    expect(summary.innovation!.chi2).toBeUndefined();
    expect([analysisSpread, truth, rankHistogram]).toEqual([undefined, undefined, undefined]);
  });

  it("counts burn-in in cycles too, and times that are products of a rounded step", async () => {
    const run = await assimilate(await setUp(5, { burnIn: { cycles: 2 } })).collect();
    expect(run.burnInCycles).toBe(2);
    const tenth = linearModel({ matrix: [[1]], dt: 0.1 });
    const twin = await twinExperiment({
      model: tenth,
      background: { mean: Float64Array.of(0), covariance: scalarCovariance(1, 1) },
      network: observationNetwork({
        dt: 0.1,
        steps: [3, 6],
        operator: identityOperator(1),
        error: scalarCovariance(1, 1),
      }),
      seed: 1,
    });
    const background1 = { mean: [0], covariance: scalarCovariance(1, 1) };
    const rounded = await assimilate({
      model: tenth,
      background: background1,
      ...twin,
      method: kalman(),
      seed: 1,
      burnIn: { time: 0.3 },
    }).collect();
    expect(rounded.burnInCycles).toBe(1);
  });

  it("fills observations of different lengths with NaN", async () => {
    const mixed = observationNetwork({
      dt: model.dt,
      steps: [10, 20],
      operator: [identityOperator(3), everyOperator(3, 2)],
      error: [scalarCovariance(3, 1), scalarCovariance(2, 1)],
    });
    const twin = await twinExperiment({ model, background, network: mixed, seed: 2 });
    const run = await assimilate({ model, background, ...twin, method: extendedKalman(), seed: 2 }).collect();
    expect(run.observations.shape).toEqual([2, 3]);
    expect(run.observations.data[5]).toBeNaN();
    expect(run.innovations!.data[4]).not.toBeNaN();
    // Gaussian scores where there are no members.
    expect(run.summary.crps!.analysis).toBeGreaterThan(0);
  });

  it("joins the means of every step", async () => {
    const run = await assimilate(await setUp(3, { everyStep: true })).collect();
    expect(run.trajectory!.shape).toEqual([75, 3]);
    expect(distance(row(run.trajectory!, 49), row(run.forecastMean, 1))).toBe(0);
  });

  it("gives the same bytes again, and the same truth and observations to every method", async () => {
    const options = await setUp(4);
    const [a, b] = [await assimilate(options).collect(), await assimilate(options).collect()];
    expect(b.analysisMean).toEqual(a.analysisMean);
    expect(b.series).toEqual(a.series);
  });

  it("scores windows", async () => {
    const options = await setUp(5, { burnIn: { cycles: 2 } });
    const truth = options.truth!;
    const shifted = (x: Float64Array, by: number): Float64Array => x.map((value) => value + by);
    // Windows of two observation times, errors known: control off by 1, analyses by 0.1 times their number.
    const method: Method = {
      name: "windows",
      options: {},
      async *run() {
        for (let k = 0; k < 5; k++) {
          const start = k === 0 ? truth.initial! : row(truth.states, k - 1);
          yield {
            index: k,
            step: 25 * (k + 1),
            time: 0.25 * (k + 1),
            forecastMean: row(truth.states, k),
            analysisMean: shifted(row(truth.states, k), 0.1 * (k + 1)),
            seconds: { forecast: 0, analysis: 0 },
            ...(k % 2 === 0 && {
              window: {
                index: k / 2,
                start: shifted(start, k + 1),
                startTime: 0.25 * k,
                startStep: 25 * k,
                history: [
                  [0, 10 * (k + 1), 0, 0, 5],
                  [3, k, 0, 0, 0.5],
                ] as const,
                converged: k !== 2,
                reason: "",
              },
            }),
          };
        }
      },
    };
    const { summary, cost } = await assimilate({ ...options, method }).collect();
    expect(summary.rmse!.windowStart).toBeCloseTo((3 + 5) / 2, 12);
    expect(summary.rmse!.windowEnd).toBeCloseTo((0.4 + 0.5) / 2, 12);
    expect(summary.cost).toEqual({ initial: 30, final: 2, iterations: 3, gradientNorm: 0.5, windows: 3, converged: 2 });
    expect(cost!.shape).toEqual([6, 6]);
    expect(Array.from(cost!.data.subarray(6, 12))).toEqual([0, 3, 0, 0, 0, 0.5]);
    const first = await assimilate({ ...options, method, burnIn: { cycles: 0 } }).collect();
    expect(first.summary.rmse!.windowStart).toBeCloseTo((1 + 3 + 5) / 3, 12);
  });
});

describe("a run that ends early", () => {
  it("is stopped by its signal between cycles, though it never waits", async () => {
    const controller = new AbortController();
    const options = await setUp(100_000, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 100);
    const run = await assimilate(options).collect({ partial: true });
    expect(run.summary).toMatchObject({ status: "stopped", reason: "enough" });
    expect(run.summary.cycles).toBeGreaterThan(0);
    expect(run.summary.cycles).toBeLessThan(100_000);
    expect(run.analysisMean.shape[0]).toBe(run.summary.cycles);
    await expect(assimilate(options).collect()).rejects.toThrow("enough");
  });
  it("keeps the finished cycles when the model blows up", async () => {
    const wild = functionModel({
      name: "wild",
      shape: 3,
      dt: 0.01,
      step: (x, t) => x.map((v) => (t > 0.6 ? v / 0 : v)),
    });
    const options = await setUp(5, { model: wild });
    const run = await assimilate(options).collect({ partial: true });
    expect(run.summary).toMatchObject({ status: "failed", cycles: 2 });
    expect(run.summary.reason).toMatch(/^cycle 2: model "wild" blew up between times 0.5 and 0.75/);
    expect(run.error).toMatchObject({ name: "NumericalError", cycle: 2, member: 0 });
    await expect(assimilate(options).collect()).rejects.toMatchObject({ cycle: 2, member: 0 });
  });
  it("goes on from what it gave", async () => {
    const options = await setUp(6);
    const whole = await assimilate(options).collect();
    const half = await assimilate({
      ...options,
      observations: options.observations.slice(0, 3),
      truth: { states: { data: options.truth!.states.data.slice(0, 9), shape: [3, 3] } },
    }).collect();
    const rest = await assimilate({ ...options, resume: half.resume }).collect();
    expect(rest.times).toEqual(whole.times.slice(3));
    expect(row(rest.analysisMean, 2)).toEqual(row(whole.analysisMean, 5));
    await expect(
      assimilate({
        ...options,
        method: kalman(),
        model: linearModel({
          matrix: [
            [1, 0, 0],
            [0, 1, 0],
            [0, 0, 1],
          ],
        }),
        resume: half.resume,
      }).collect(),
    ).rejects.toThrow("resume.state.mean: expected shape (3), got nothing");
  });
  it("may be left by the one who iterates", async () => {
    let seen = 0;
    for await (const cycle of assimilate(await setUp(6))) {
      seen++;
      if (cycle.index === 2) break;
    }
    expect(seen).toBe(3);
  });
});

describe("refusals", () => {
  it.each<[string, Partial<AssimilateOptions>, string]>([
    ["a negative burn-in", { burnIn: { time: -1 } }, "burnIn: expected a number of at least 0, got -1"],
    ["a seed that isn't one", { seed: -1 }, "seed: expected an integer from 0 to 2^53 - 1, got -1"],
    [
      "truth for other times",
      { truth: { states: { data: new Float64Array(3), shape: [1, 3] } } },
      "truth.states: expected shape (12, 3), got (1, 3)",
    ],
  ])("%s", async (_, change, message) => {
    const options = await setUp(12, change);
    expect(() => assimilate(options)).toThrow(message);
  });
});
