import { describe, expect, it } from "vitest";
import { randomStreams } from "../../src/engine/random/index.ts";
import { collectRun, drawsOf, effectiveSize, resample, rootProduct } from "../../src/methods/common/index.ts";
import { kalmanFilter, particle, particleWeights } from "../../src/methods/filters/index.ts";
import type { Problem } from "../../src/methods/method.ts";
import { scalarCovariance } from "../../src/problem/covariance/index.ts";
import { functionModel, identityModel } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSeries } from "../../src/problem/observe/index.ts";
import { identityOperator, powerOperator } from "../../src/problem/operators/index.ts";
import { distance } from "../problem/derivatives.ts";
import { definite, linearProblem, matrix } from "./problems.ts";

describe("resampling", () => {
  const weights = Float64Array.of(0.05, 0.4, 0, 0.3, 0.25);
  it.each(["systematic", "stratified", "residual"] as const)("%s chooses each w N times on average", (kind) => {
    const counts = new Float64Array(5);
    const runs = 4000;
    for (let run = 0; run < runs; run++) {
      const chosen = resample(weights, kind, randomStreams(1).stream("resampling", run));
      expect(chosen.length).toBe(5);
      for (const i of chosen) counts[i]! += 1 / runs;
    }
    expect(
      distance(
        counts,
        weights.map((w) => 5 * w),
      ),
    ).toBeLessThan(0.05);
    expect(counts[2]).toBe(0);
  });
  it.each(["systematic", "residual"] as const)("%s never gives less than the whole part", (kind) => {
    for (let run = 0; run < 200; run++) {
      const chosen = resample(weights, kind, randomStreams(2).stream("resampling", run));
      for (const [i, least] of [0, 2, 0, 1, 1].entries())
        expect(chosen.filter((j) => j === i).length).toBeGreaterThanOrEqual(least);
    }
  });
  it("of equal weights keeps everyone", () => {
    for (const kind of ["systematic", "stratified", "residual"] as const)
      expect(Array.from(resample(new Float64Array(7).fill(1 / 7), kind, randomStreams(3).stream("r")))).toEqual([
        0, 1, 2, 3, 4, 5, 6,
      ]);
  });
});

it("draws have the covariance of their rows, from either side", () => {
  for (const [k, n] of [
    [6, 3],
    [3, 6],
  ] as const) {
    const Z = matrix("rows", k, n);
    const D = drawsOf(Z, 40_000, randomStreams(4).stream("draws"));
    const P = rootProduct({ data: D.data.map((v) => v / Math.sqrt(40_000)), shape: D.shape });
    expect(distance(P.data, rootProduct(Z).data)).toBeLessThan(0.15);
  }
});

it("weights are likelihoods, their sum the evidence", () => {
  const HE = matrix("HE", 4, 2);
  const R = scalarCovariance(2, 0.5);
  const y = Float64Array.of(0.3, -0.2);
  const { weights, logEvidence } = particleWeights({ HE, y, R }, Float64Array.of(0.1, 0.2, 0.3, 0.4));
  const densities = [0, 1, 2, 3].map((k) => {
    const square = (HE.data[2 * k]! - 0.3) ** 2 + (HE.data[2 * k + 1]! + 0.2) ** 2;
    return ((k + 1) / 10) * (Math.exp(-square) / (Math.PI * 1));
  });
  const total = densities.reduce((sum, v) => sum + v, 0);
  expect(
    distance(
      weights,
      densities.map((v) => v / total),
    ),
  ).toBeLessThan(1e-14);
  expect(Math.abs(logEvidence - Math.log(total))).toBeLessThan(1e-13);
  expect(effectiveSize(Float64Array.of(0.5, 0.5, 0, 0))).toBe(2);
});

describe("the particle filter", () => {
  it("tends to the Kalman filter on a linear problem, as 1/√N", async () => {
    const { problem: strict } = linearProblem();
    // Larger errors, so that the observations, which don't come from the model, leave many particles alive.
    const observations = strict.observations.map((one) => ({ ...one, error: one.error.scaled(10) }));
    const problem = { ...strict, observations };
    const exact = await kalmanFilter(problem);
    const error = async (particles: number): Promise<number> => {
      let total = 0;
      for (let seed = 0; seed < 16; seed++) {
        const run = await collectRun(particle({ particles, jitter: 0 }), problem, { seed });
        run.analysisMean.data.forEach((value, i) => {
          total += (value - exact.analysisMean.data[i]!) ** 2 / 16 / 24;
        });
      }
      return Math.sqrt(total);
    };
    // 36 times the particles: a sixth of the error, within the scatter of 16 seeds.
    const [few, many] = [await error(400), await error(14_400)];
    expect(few / many).toBeGreaterThan(6 * 0.65);
    expect(few / many).toBeLessThan(6 * 1.5);
    const run = await collectRun(particle({ particles: 40_000, jitter: 0 }), problem, { seed: 5 });
    run.cycles.forEach(({ analysisSpread }, k) => {
      expect(distance(analysisSpread!, exact.cycles[k]!.analysisSpread!)).toBeLessThan(0.06);
    });
    expect(Math.abs(run.logEvidence - exact.logEvidence)).toBeLessThan(0.1);
  });
  it("finds both signs behind a square", async () => {
    const network = observationNetwork({
      dt: 1,
      steps: [0],
      operator: powerOperator(1, 2),
      error: scalarCovariance(1, 0.01),
    });
    const { cycles } = await collectRun(
      particle({ particles: 4000 }),
      {
        model: identityModel({ size: 1 }),
        observations: observationSeries(network, [[1]]),
        background: { mean: Float64Array.of(0), covariance: scalarCovariance(1, 1) },
      },
      { seed: 1 },
    );
    const E = cycles[0]!.analysisEnsemble!.data;
    const positive = E.filter((x) => x > 0).length / 4000;
    expect(positive).toBeGreaterThan(0.4);
    expect(positive).toBeLessThan(0.6);
    expect(cycles[0]!.analysisSpread![0]).toBeCloseTo(1, 1);
  });
  it("gives equal members and resumes to the same bytes", async () => {
    const { problem } = linearProblem();
    const method = particle({ particles: 200, resampling: "residual", threshold: 0.02 });
    const whole = await collectRun(method, problem, { seed: 9 });
    const rest = await collectRun(method, problem, { seed: 9, resume: { after: 2, state: whole.cycles[2]!.state! } });
    expect(rest.analysisMean.data).toEqual(whole.analysisMean.data.slice(3 * 4));
    expect(rest.cycles[1]!.analysisEnsemble).toEqual(whole.cycles[4]!.analysisEnsemble);
    // At times without resampling the weights differ, and the ensemble is a draw of them.
    expect(whole.cycles.some(({ state }) => state!.weights!.data.some((w) => w !== 1 / 200))).toBe(true);
  });
  it("jitters by Silverman's bandwidth, or that times a number", async () => {
    const network = observationNetwork({
      dt: 1,
      steps: [0],
      operator: identityOperator(2),
      error: scalarCovariance(2, 0.2),
    });
    const P = definite("jitter", 2);
    const problem: Problem = {
      model: identityModel({ size: 2 }),
      observations: observationSeries(network, [[0.5, 0.5]]),
      background: { mean: new Float64Array(2), covariance: scalarCovariance(2, P.data[0]!) },
    };
    const E = async (jitter: number | "auto") =>
      (await collectRun(particle({ particles: 2000, threshold: 1, jitter }), problem, { seed: 2 })).cycles[0]!;
    const [none, one, two] = [await E(0), await E("auto"), await E(2)];
    const moved = (a: typeof one): number =>
      Math.sqrt(
        a.analysisEnsemble!.data.reduce((sum, v, i) => sum + (v - none.analysisEnsemble!.data[i]!) ** 2 / 4000, 0),
      );
    const h = (4 / (4 * 2000)) ** (1 / 6);
    const spread = Math.hypot(...none.analysisSpread!) / Math.SQRT2;
    expect(Math.abs(moved(one) / (h * spread) - 1)).toBeLessThan(0.05);
    expect(Math.abs(moved(two) / moved(one) - 2)).toBeLessThan(1e-9);
    expect(one.analysisMean).toEqual(none.analysisMean);
  });
  it("spreads again when one particle holds all the weight", async () => {
    const network = observationNetwork({
      dt: 1,
      steps: [0],
      operator: identityOperator(1),
      error: scalarCovariance(1, 1e-12),
    });
    const { cycles } = await collectRun(particle({ particles: 50 }), {
      model: identityModel({ size: 1 }),
      observations: observationSeries(network, [[0.1]]),
      background: { mean: Float64Array.of(0), covariance: scalarCovariance(1, 1) },
    });
    expect(cycles[0]!.analysisSpread![0]).toBe(0);
    expect(new Set(cycles[0]!.analysisEnsemble!.data).size).toBe(50);
  });
});

describe("failures", () => {
  const lost = (values: number[][]): Problem => ({
    model: identityModel({ size: 1 }),
    observations: observationSeries(
      observationNetwork({
        dt: 1,
        steps: values.map((_, k) => k + 1),
        operator: identityOperator(1),
        error: scalarCovariance(1, 1),
      }),
      values,
    ),
    background: { mean: Float64Array.of(0), covariance: scalarCovariance(1, 1) },
  });
  it("all particles lost is an error, or a restart from the climatology", async () => {
    const failure = collectRun(particle({ particles: 10 }), lost([[0], [1e200]]));
    await expect(failure).rejects.toMatchObject({ code: "numerical/particles-lost", cycle: 1 });
    const { cycles } = await collectRun(particle({ particles: 500, onFailure: "restart" }), {
      ...lost([[0], [1e200], [7]]),
      climatology: async () => ({ mean: Float64Array.of(7), covariance: scalarCovariance(1, 4) }),
    });
    expect(cycles[1]!.analysisMean[0]).toBeCloseTo(7, 0);
    expect(cycles[1]!.analysisSpread![0]).toBeCloseTo(2, 0);
    expect(cycles[1]!.logEvidence).toBeUndefined();
    expect(cycles[2]!.analysisSpread![0]).toBeLessThan(1);
  });
  it("a particle that blows up is named, or replaced", async () => {
    const model = functionModel({ name: "fragile", shape: 1, dt: 1, step: (x) => (x[0]! > 1.5 ? [Number.NaN] : x) });
    const problem = { ...lost([[0.5]]), model };
    await expect(collectRun(particle({ particles: 40 }), problem)).rejects.toMatchObject({
      code: "numerical/blow-up",
      cycle: 0,
    });
    const { cycles } = await collectRun(particle({ particles: 40, onFailure: "drop-member" }), problem);
    expect(cycles[0]!.forecastEnsemble!.data.every(Number.isFinite)).toBe(true);
    expect(cycles[0]!.forecastEnsemble!.shape).toEqual([40, 1]);
  });
  it.each([
    [{ particles: 1 }, "particles: expected an integer of at least 2, got 1"],
    [{ particles: 5, threshold: 2 }, "threshold: expected a number from 0 to 1, got 2"],
    [{ particles: 5, jitter: -1 }, "jitter: expected auto or a number of at least 0, got -1"],
    [
      { particles: 5, resampling: JSON.parse('"multinomial"') },
      "resampling: expected systematic, stratified or residual",
    ],
    [
      { particles: 5, onFailure: JSON.parse('"ignore"') },
      "onFailure: expected stop, drop-member or restart, got ignore",
    ],
  ])("%j is refused", (options, message) => {
    expect(() => particle(options)).toThrow(message);
  });
});
