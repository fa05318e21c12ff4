import { describe, expect, it } from "vitest";
import { randomStreams } from "../../src/engine/random/index.ts";
import type { NdArray } from "../../src/engine/tensor/index.ts";
import {
  anomalies,
  collectRun,
  ensembleDeviations,
  ensembleMean,
  innovationCovariance,
  rootAnalysis,
} from "../../src/methods/common/index.ts";
import { enkf, enkfAnalysis, ensembleKalmanFilter, kalmanFilter } from "../../src/methods/filters/index.ts";
import type { Problem } from "../../src/methods/method.ts";
import { denseCovariance, diagonalCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import { functionModel, identityModel, lorenz96 } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSeries } from "../../src/problem/observe/index.ts";
import { functionOperator, identityOperator } from "../../src/problem/operators/index.ts";
import { distance } from "../problem/derivatives.ts";
import { definite, linearProblem, matrix, product, transposed } from "./problems.ts";

const columns = (A: NdArray, picked: readonly number[]): NdArray => ({
  data: Float64Array.from(
    Array.from({ length: A.shape[0]! }, (_, i) => picked.map((j) => A.data[i * A.shape[1]! + j]!)).flat(),
  ),
  shape: [A.shape[0]!, picked.length],
});

describe("the analysis", () => {
  const [N, n, m] = [6, 4, 3];
  const E = matrix("E", N, n);
  const HE = product(E, transposed(matrix("H", m, n)));
  const y = Float64Array.of(0.5, -1, 2);
  const D = matrix("D", N, m);
  const R = denseCovariance(definite("R", m));

  it("with perturbations of mean zero moves the mean by Kalman's gain of the sample covariance", () => {
    const mean = ensembleMean(E);
    const scale = 1 / Math.sqrt(N - 1);
    const root = (A: NdArray): NdArray => ({ data: anomalies(A).data.map((v) => v * scale), shape: A.shape });
    const meanHE = ensembleMean(HE);
    const exact = rootAnalysis({ x: mean, Z: root(E), Y: root(HE), dy: y.map((v, i) => v - meanHE[i]!), R });
    const centred = anomalies(D);
    const analysis = enkfAnalysis({ E, HE, y, R, perturbations: centred });
    expect(distance(ensembleMean(analysis.ensemble), exact.mean)).toBeLessThan(1e-12);
    expect(Math.abs(analysis.chi2 - exact.chi2)).toBeLessThan(1e-12);
    expect(Math.abs(analysis.logEvidence - exact.logEvidence)).toBeLessThan(1e-12);
  });

  it("is the same in observation space and in ensemble space", () => {
    // The same observations, each three times with three times the variance: m = 9 > N = 6.
    const thrice = [0, 0, 0, 1, 1, 1, 2, 2, 2];
    const few = diagonalCovariance([0.5, 1, 2]);
    const many = diagonalCovariance(thrice.map((i) => 3 * [0.5, 1, 2][i]!));
    const a = enkfAnalysis({ E, HE, y, R: few, perturbations: D });
    const b = enkfAnalysis({
      E,
      HE: columns(HE, thrice),
      y: Float64Array.from(thrice, (i) => y[i]!),
      R: many,
      perturbations: columns(D, thrice),
    });
    expect(distance(a.ensemble.data, b.ensemble.data)).toBeLessThan(1e-12);
    // And the consistency of the innovation, against the definition.
    const Y = anomalies(columns(HE, thrice));
    const S = denseCovariance({
      data: product(transposed(Y), Y).data.map((v, at) => v / (N - 1) + many.dense()[at]!),
      shape: [9, 9],
    });
    const both = innovationCovariance(Y, many);
    const d = Float64Array.from(thrice, (i) => i + 0.5);
    expect(Math.abs(both.chi2(d) - S.whiten(d).reduce((sum, v) => sum + v * v, 0))).toBeLessThan(1e-12);
    expect(Math.abs(both.logDeterminant - S.logDeterminant())).toBeLessThan(1e-12);
  });

  it("without some observations is that of the others alone", async () => {
    const parts = linearProblem(0);
    const observation = parts.problem.observations[0]!;
    const some = {
      ...observation,
      values: Float64Array.of(observation.values[0]!, Number.NaN, observation.values[2]!),
    };
    const alone = observationNetwork({
      dt: 0.5,
      steps: [1],
      operator: {
        ...functionOperator({ name: "two", inShape: [4], outShape: [2], fn: () => [0, 0] }),
        applyBatch: async (X) => columns(await observation.operator.applyBatch(X), [0, 2]),
        apply: async (x) => {
          const all = await observation.operator.apply(x);
          return Float64Array.of(all[0]!, all[2]!);
        },
      },
      error: observation.error.restrict([0, 2]),
    });
    const values = [[observation.values[0]!, observation.values[2]!]];
    const run = (observations: Problem["observations"]) =>
      collectRun(enkf({ members: 5 }), { ...parts.problem, observations }, { seed: 4 });
    const [a, b] = [await run([some]), await run(observationSeries(alone, values))];
    expect(a.cycles[0]!.analysisEnsemble).toEqual(b.cycles[0]!.analysisEnsemble);
    expect(a.cycles[0]!.chi2).toEqual(b.cycles[0]!.chi2);
    expect(Array.from(a.cycles[0]!.innovation!, Number.isNaN)).toEqual([false, true, false]);
  });
});

describe("the ensemble Kalman filter", () => {
  it("tends to the Kalman filter as 1/√N", async () => {
    const { problem } = linearProblem();
    const exact = await kalmanFilter(problem);
    const error = async (members: number): Promise<number> => {
      let total = 0;
      const seeds = 24;
      for (let seed = 0; seed < seeds; seed++) {
        const run = await ensembleKalmanFilter(problem, { members, seed });
        run.analysisMean.data.forEach((value, i) => {
          total += (value - exact.analysisMean.data[i]!) ** 2 / seeds;
        });
      }
      return Math.sqrt(total);
    };
    const [few, many] = [await error(50), await error(3200)];
    // 64 times the members: an eighth of the error, within the scatter of 24 seeds.
    expect(few / many).toBeGreaterThan(8 * 0.7);
    expect(few / many).toBeLessThan(8 * 1.4);
    const run = await ensembleKalmanFilter(problem, { members: 20_000, seed: 1 });
    run.cycles.forEach(({ analysisSpread, chi2 }, k) => {
      const other = exact.cycles[k]!;
      expect(distance(analysisSpread!, other.analysisSpread!)).toBeLessThan(0.02);
      expect(Math.abs(chi2!.value / other.chi2!.value - 1)).toBeLessThan(0.15);
    });
    expect(Math.abs(run.logEvidence - exact.logEvidence)).toBeLessThan(0.3);
  });

  it("adds model error at every step, dt·Q of it", async () => {
    const network = observationNetwork({
      dt: 0.25,
      steps: [8],
      operator: identityOperator(2),
      error: scalarCovariance(2, 1),
    });
    const problem: Problem = {
      model: identityModel({ size: 2, dt: 0.25 }),
      observations: observationSeries(network, [[Number.NaN, Number.NaN]]),
      background: { mean: new Float64Array(2), covariance: scalarCovariance(2, 0) },
      modelError: diagonalCovariance([4, 0]),
    };
    const { cycles } = await ensembleKalmanFilter(problem, { members: 20_000 });
    // 8 steps of 0.25 · 4: a variance of 8; none where Q is 0.
    expect(Math.abs(cycles[0]!.forecastSpread![0]! ** 2 - 8)).toBeLessThan(0.25);
    expect(cycles[0]!.forecastSpread![1]).toBe(0);
  });

  it("inflates after the analysis, unless nothing was observed", async () => {
    const { problem } = linearProblem(0, true);
    const seen = problem.observations;
    const [plain, wide] = [
      await ensembleKalmanFilter({ ...problem, observations: seen.slice(0, 1) }, { members: 8 }),
      await ensembleKalmanFilter({ ...problem, observations: seen.slice(0, 1) }, { members: 8, inflation: 1.5 }),
    ];
    expect(distance(wide.analysisMean.data, plain.analysisMean.data)).toBeLessThan(1e-14);
    const ratio = wide.cycles[0]!.analysisSpread!.map((value, i) => value / plain.cycles[0]!.analysisSpread![i]!);
    expect(distance(ratio, [1.5, 1.5, 1.5, 1.5])).toBeLessThan(1e-13);
    const blind = await ensembleKalmanFilter(
      { ...problem, observations: seen.slice(2, 3) },
      { members: 8, inflation: 1.5 },
    );
    expect(blind.cycles[0]!.analysisEnsemble).toBe(blind.cycles[0]!.forecastEnsemble);
    expect(blind.cycles[0]!.chi2).toBeUndefined();
  });

  const ring: Problem = {
    model: lorenz96({ size: 8 }),
    observations: observationSeries(
      observationNetwork({ dt: 0.05, steps: [2, 3, 6], operator: identityOperator(8), error: scalarCovariance(8, 1) }),
      matrix("ring", 3, 8, 3),
    ),
    background: { mean: Float64Array.from({ length: 8 }, (_, i) => i % 3), covariance: scalarCovariance(8, 0.5) },
    modelError: scalarCovariance(8, 0.1),
  };

  it("gives the same bytes for the same seed, others for another, the same after a resume", async () => {
    const options = { members: 5, inflation: 1.1 };
    const a = await ensembleKalmanFilter(ring, { ...options, seed: 7 });
    const b = await ensembleKalmanFilter(ring, { ...options, seed: 7 });
    const c = await ensembleKalmanFilter(ring, { ...options, seed: 8 });
    expect(b.analysisMean).toEqual(a.analysisMean);
    expect(distance(c.analysisMean.data, a.analysisMean.data)).toBeGreaterThan(1e-3);
    const resume = { after: 0, state: a.cycles[0]!.state! };
    const rest = await collectRun(enkf(options), ring, { seed: 7, resume });
    expect(rest.cycles[1]!.analysisEnsemble).toEqual(a.cycles[2]!.analysisEnsemble);
  });

  it("says mean and spread of the ensembles it gives, and the means at every step", async () => {
    const plain = await ensembleKalmanFilter(ring, { members: 5, seed: 7 });
    const { cycles } = await ensembleKalmanFilter(ring, { members: 5, seed: 7, everyStep: true });
    cycles.forEach((cycle, k) => {
      expect(distance(ensembleMean(cycle.analysisEnsemble!), cycle.analysisMean)).toBe(0);
      expect(distance(ensembleDeviations(cycle.forecastEnsemble!), cycle.forecastSpread!)).toBe(0);
      expect(cycle.trajectory!.shape).toEqual(
        [
          [2, 8],
          [1, 8],
          [3, 8],
        ][k],
      );
      expect(distance(cycle.trajectory!.data.subarray(-8), cycle.forecastMean)).toBe(0);
      expect(distance(cycle.analysisMean, plain.cycles[k]!.analysisMean)).toBe(0);
    });
  });

  it("takes members that are given", async () => {
    const ensemble = matrix("members", 3, 8);
    const problem = { ...ring, background: { ...ring.background, ensemble } };
    const { cycles } = await collectRun(enkf({ members: 3 }), {
      ...problem,
      observations: [{ ...ring.observations[0]!, step: 0 }],
    });
    expect(cycles[0]!.forecastEnsemble).toEqual(ensemble);
    await expect(ensembleKalmanFilter(problem, { members: 4 })).rejects.toThrow(
      "background.ensemble: expected 4 members, got 3",
    );
  });

  it("centres and rescales its perturbations unless they are wanted raw", async () => {
    // With an identity model and one huge prior variance the analysis ensemble is y + perturbations.
    const problem: Problem = {
      model: identityModel({ size: 1 }),
      observations: observationSeries(
        observationNetwork({ dt: 1, steps: [0], operator: identityOperator(1), error: scalarCovariance(1, 4) }),
        [[10]],
      ),
      background: { mean: Float64Array.of(0), covariance: scalarCovariance(1, 1e12) },
    };
    const raw = await ensembleKalmanFilter(problem, { members: 6, seed: 3, perturbations: "raw" });
    const centred = await ensembleKalmanFilter(problem, { members: 6, seed: 3 });
    const draws = Float64Array.from(
      { length: 6 },
      (_, k) => 2 * randomStreams(3).stream("perturbation", 0, k).normal(),
    );
    const mean = draws.reduce((sum, v) => sum + v / 6, 0);
    expect(
      distance(
        raw.cycles[0]!.analysisEnsemble!.data,
        draws.map((v) => 10 + v),
      ),
    ).toBeLessThan(1e-4);
    const expected = draws.map((v) => 10 + (v - mean) * Math.sqrt(6 / 5));
    expect(distance(centred.cycles[0]!.analysisEnsemble!.data, expected)).toBeLessThan(1e-4);
  });

  it("works with plain functions alone", async () => {
    const model = functionModel({ name: "turn", shape: 2, dt: 1, step: async (x) => [x[1]!, -x[0]!] });
    const operator = functionOperator({
      name: "length",
      inShape: [2],
      outShape: [1],
      fn: (x) => [Math.hypot(x[0]!, x[1]!)],
    });
    const network = observationNetwork({ dt: 1, steps: [1, 3], operator, error: scalarCovariance(1, 0.01) });
    const { cycles } = await ensembleKalmanFilter(
      {
        model,
        observations: observationSeries(network, [[2], [2]]),
        background: { mean: Float64Array.of(1, 1), covariance: scalarCovariance(2, 0.2) },
      },
      { members: 100 },
    );
    expect(Math.abs(Math.hypot(...cycles[1]!.analysisMean) - 2)).toBeLessThan(0.3);
  });
});

describe("failures", () => {
  it.each([0, 1, 2.5, Number.NaN])("%d members are refused", (members) => {
    expect(() => enkf({ members })).toThrow(`members: expected an integer of at least 2, got ${members}`);
  });
  it.each([0, -1, Number.POSITIVE_INFINITY])("an inflation of %d is refused", (inflation) => {
    expect(() => enkf({ members: 3, inflation })).toThrow("inflation: expected a positive number");
  });
  it("other perturbations are refused", () => {
    expect(() => enkf({ members: 3, perturbations: JSON.parse('"none"') })).toThrow(
      "perturbations: expected centred or raw, got none",
    );
  });
  it("a member that blows up is named, with its cycle and time", async () => {
    const model = functionModel({
      name: "fragile",
      shape: 2,
      dt: 0.5,
      step: (x, t) => (t > 1 && x[0]! > 2.5 ? [1, Number.NaN] : x),
    });
    const network = observationNetwork({
      dt: 0.5,
      steps: [1, 4],
      operator: identityOperator(2),
      error: scalarCovariance(2, 1e9),
    });
    const failure = ensembleKalmanFilter(
      {
        model,
        observations: observationSeries(network, [
          [1, 1],
          [1, 1],
        ]),
        background: {
          mean: Float64Array.of(1, 1),
          covariance: scalarCovariance(2, 1),
          ensemble: { data: Float64Array.of(0, 1, 1, 1, 3, 1), shape: [3, 2] },
        },
      },
      { members: 3 },
    );
    await expect(failure).rejects.toMatchObject({
      name: "NumericalError",
      code: "numerical/blow-up",
      cycle: 1,
      member: 2,
    });
    await expect(failure).rejects.toThrow(
      'cycle 1: model "fragile" blew up between times 0.5 and 2: got NaN for variable 1 of member 2',
    );
  });
  it("an operator that gives NaN is named with the cycle", async () => {
    const operator = functionOperator({ name: "blind", inShape: [4], outShape: [1], fn: () => [Number.NaN] });
    const network = observationNetwork({ dt: 0.5, steps: [1], operator, error: scalarCovariance(1, 1) });
    const failure = ensembleKalmanFilter(
      { ...linearProblem(0).problem, observations: observationSeries(network, [[1]]) },
      { members: 3 },
    );
    await expect(failure).rejects.toMatchObject({ name: "NumericalError", cycle: 0 });
    await expect(failure).rejects.toThrow(
      'cycle 0: operator "blind": expected finite numbers, got NaN for observation 0',
    );
  });
});
