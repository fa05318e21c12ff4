// What all ensemble filters can be told: model error without draws, inflation that is learnt, what to do about failures.
import { describe, expect, it } from "vitest";
import { randomStreams } from "../../src/engine/random/index.ts";
import {
  adaptInflation,
  anomalies,
  collectRun,
  ensembleMean,
  ensembleSettings,
  rootProduct,
  squareRootError,
} from "../../src/methods/common/index.ts";
import { denkf, enkf, etkf, kalmanFilter, letkf } from "../../src/methods/filters/index.ts";
import type { Problem } from "../../src/methods/method.ts";
import { denseCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import { functionModel, identityModel, lorenz96 } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSeries } from "../../src/problem/observe/index.ts";
import { identityOperator } from "../../src/problem/operators/index.ts";
import { distance } from "../problem/derivatives.ts";
import { definite, linearProblem, matrix, product, sum, transposed } from "./problems.ts";

const covarianceOf = (E: { data: Float64Array; shape: readonly number[] }) => {
  const X = anomalies(E);
  return rootProduct({ data: X.data.map((v) => v / Math.sqrt(E.shape[0]! - 1)), shape: X.shape });
};

describe("model error by square roots", () => {
  it("adds Q to the covariance where the ensemble spans the space", () => {
    const E = matrix("E", 9, 4);
    const Q = definite("Q", 4);
    const after = squareRootError(E, denseCovariance(Q));
    expect(distance(covarianceOf(after).data, sum(covarianceOf(E), Q).data)).toBeLessThan(1e-11);
    expect(distance(ensembleMean(after), ensembleMean(E))).toBeLessThan(1e-13);
  });
  it("adds its projection on the span of few members", () => {
    const E = matrix("E", 3, 6);
    const Q = definite("Q", 6);
    const after = squareRootError(E, denseCovariance(Q));
    // The projection by Gram-Schmidt on two anomalies.
    const X = anomalies(E).data;
    const basis: Float64Array[] = [];
    for (const k of [0, 1]) {
      const v = X.slice(6 * k, 6 * k + 6);
      for (const u of basis) {
        const dot = u.reduce((total, value, i) => total + value * v[i]!, 0);
        u.forEach((value, i) => {
          v[i]! -= dot * value;
        });
      }
      const norm = Math.hypot(...v);
      basis.push(v.map((value) => value / norm));
    }
    const U = { data: Float64Array.from([...basis[0]!, ...basis[1]!]), shape: [2, 6] };
    const projection = product(transposed(U), U);
    const wanted = sum(covarianceOf(E), product(projection, product(Q, projection)));
    expect(distance(covarianceOf(after).data, wanted.data)).toBeLessThan(1e-11);
  });
  it("makes an ETKF with enough members the Kalman filter, but for the first draw", async () => {
    const { problem } = linearProblem();
    // Members with exactly the background's mean and covariance.
    const N = 9;
    const X = anomalies(matrix("first", N, 4));
    const P = denseCovariance(covarianceOf(X));
    const data = new Float64Array(N * 4);
    for (let k = 0; k < N; k++) {
      const x = problem.background.covariance.applySqrt(P.whiten(X.data.slice(4 * k, 4 * k + 4)));
      for (let i = 0; i < 4; i++) data[4 * k + i] = problem.background.mean[i]! + x[i]!;
    }
    const exact = await kalmanFilter(problem);
    const run = await collectRun(etkf({ members: N, modelErrors: "square-root", rotate: true }), {
      ...problem,
      background: { ...problem.background, ensemble: { data, shape: [N, 4] } },
    });
    expect(distance(run.analysisMean.data, exact.analysisMean.data)).toBeLessThan(1e-10);
    run.cycles.forEach(({ analysisSpread }, k) => {
      expect(distance(analysisSpread!, exact.cycles[k]!.analysisSpread!)).toBeLessThan(1e-10);
    });
    expect(Math.abs(run.logEvidence - exact.logEvidence)).toBeLessThan(1e-9);
  });
});

describe("adaptive inflation", () => {
  const options = {
    kind: "anderson",
    deviation: 0.6,
    leastDeviation: 0.1,
    lowest: 0.5,
    highest: 100,
    damping: 1,
  } as const;
  it("is the most probable factor of one variable, observed itself", () => {
    const E = { data: Float64Array.of(-1, 0, 1), shape: [3, 1] };
    for (const d of [0.1, 2, 5]) {
      const y = Float64Array.of(d);
      const state = { mean: Float64Array.of(1), deviation: Float64Array.of(0.6) };
      const { mean, deviation } = adaptInflation({ E, HE: E, y, R: scalarCovariance(1, 1) }, state, options);
      // The density on a fine grid.
      let best = [0, Number.NEGATIVE_INFINITY];
      for (let l = 0.5; l < 20; l += 1e-4) {
        const value = -((l - 1) ** 2) / 0.72 - (d * d) / (2 * (l + 1)) - 0.5 * Math.log(l + 1);
        if (value > best[1]!) best = [l, value];
      }
      expect(Math.abs(mean[0]! - best[0]!)).toBeLessThan(2e-4);
      expect(deviation[0]).toBeLessThanOrEqual(0.6);
    }
  });
  it("leaves alone what isn't correlated and obeys its bounds", () => {
    const E = { data: Float64Array.of(-1, 1, 0, -2, 1, 1), shape: [3, 2] };
    const HE = { data: Float64Array.of(-1, 0, 1), shape: [3, 1] };
    const state = { mean: Float64Array.of(1, 1), deviation: Float64Array.of(0.6, 0.6) };
    const R = scalarCovariance(1, 1);
    const far = adaptInflation({ E, HE, y: Float64Array.of(1e3), R }, state, { ...options, highest: 3 });
    expect(far.mean).toEqual(Float64Array.of(3, 1));
    const near = adaptInflation({ E, HE, y: Float64Array.of(0), R }, state, { ...options, lowest: 0.95 });
    expect(near.mean[0]).toBe(0.95);
  });
  it("keeps a filter with a wrong model on track that loses it without, and resumes to the same bytes", async () => {
    const model = lorenz96();
    const streams = randomStreams(8);
    let x: Float64Array = Float64Array.from({ length: 40 }, (_, i) => 8 + Math.sin(i));
    x = await model.advance(200).apply(x);
    const times = 240;
    const truth = await model.trajectory(times).apply(x);
    const noise = streams.stream("observation").normals(40 * times);
    const network = observationNetwork({
      dt: 0.05,
      steps: Array.from({ length: times }, (_, k) => k + 1),
      operator: identityOperator(40),
      error: scalarCovariance(40, 1),
    });
    const problem: Problem = {
      model: lorenz96({ forcing: 9 }),
      observations: observationSeries(network, { data: truth.map((v, i) => v + noise[i]!), shape: [times, 40] }),
      background: { mean: x, covariance: scalarCovariance(40, 1) },
    };
    const score = (run: Awaited<ReturnType<typeof collectRun>>): number => {
      let total = 0;
      for (let i = 200 * 40; i < times * 40; i++) total += (run.analysisMean.data[i]! - truth[i]!) ** 2 / 1600;
      return Math.sqrt(total);
    };
    const plain = await collectRun(letkf({ members: 8 }), problem, { seed: 1 });
    const method = letkf({ members: 8, adaptiveInflation: true });
    const learnt = await collectRun(method, problem, { seed: 1 });
    expect(score(plain)).toBeGreaterThan(1);
    expect(score(learnt)).toBeLessThan(0.7);
    const rest = await collectRun(method, problem, {
      seed: 1,
      resume: { after: 99, state: learnt.cycles[99]!.state! },
    });
    expect(rest.analysisMean.data).toEqual(learnt.analysisMean.data.slice(100 * 40));
  });
});

describe("failures", () => {
  const values = [[1], [1], [1]];
  const problem = (step: (x: Float64Array, t: number) => number[]): Problem => ({
    model: functionModel({ name: "fragile", shape: 1, dt: 1, step }),
    observations: observationSeries(
      observationNetwork({ dt: 1, steps: [1, 2, 3], operator: identityOperator(1), error: scalarCovariance(1, 1) }),
      values,
    ),
    background: {
      mean: Float64Array.of(1),
      covariance: scalarCovariance(1, 1),
      ensemble: { data: Float64Array.of(0, 1, 2, 3), shape: [4, 1] },
    },
    climatology: async () => ({ mean: Float64Array.of(1), covariance: scalarCovariance(1, 9) }),
  });
  const fragile = problem((x, t) => (t === 1 && x[0]! > 1.5 ? [Number.NaN] : Array.from(x)));
  const collapsing = problem((x, t) => (t === 1 ? [1] : Array.from(x)));

  it.each([enkf, etkf, denkf, letkf])("a member that blows up stops %o, or is replaced", async (make) => {
    await expect(collectRun(make({ members: 4 }), fragile)).rejects.toMatchObject({
      code: "numerical/blow-up",
      cycle: 1,
    });
    for (const everyStep of [false, true]) {
      const { cycles } = await collectRun(make({ members: 4, onFailure: "drop-member" }), fragile, { everyStep });
      expect(cycles.length).toBe(3);
      const [before, after] = [cycles[0]!.analysisEnsemble!.data, cycles[1]!.forecastEnsemble!.data];
      before.forEach((value, k) => {
        if (value <= 1.5) expect(after[k]).toBe(value);
        else expect(after[k]).not.toBe(value);
      });
    }
    const again = await collectRun(make({ members: 4, onFailure: "restart" }), fragile);
    expect(again.cycles[1]!.forecastSpread![0]).toBeGreaterThan(1);
  });
  it("members can't be replaced from less than two", async () => {
    const all = problem((x, t) => (t === 1 && x[0]! > 0.1 ? [Number.NaN] : Array.from(x)));
    await expect(collectRun(etkf({ members: 4, onFailure: "drop-member" }), all)).rejects.toMatchObject({
      code: "numerical/blow-up",
    });
  });
  it("a collapsed ensemble stops, or restarts from the climatology", async () => {
    for (const onFailure of ["stop", "drop-member"] as const)
      await expect(collectRun(etkf({ members: 4, onFailure }), collapsing)).rejects.toMatchObject({
        code: "numerical/collapsed",
        cycle: 1,
      });
    await expect(collectRun(etkf({ members: 4 }), collapsing)).rejects.toThrow(
      "cycle 1: ensemble: expected members that differ",
    );
    const { cycles } = await collectRun(etkf({ members: 4, onFailure: "restart" }), collapsing);
    expect(cycles[1]!.forecastSpread![0]).toBe(0);
    expect(cycles[1]!.analysisSpread![0]).toBeGreaterThan(1);
    expect(cycles[1]!.logEvidence).toBeUndefined();
    expect(cycles[2]!.logEvidence).toBeDefined();
  });
  it("an indefinite innovation covariance stops, or restarts", async () => {
    // A box isn't a positive definite taper: three variables that vary as one, of which neighbours alone count.
    const same: Problem = {
      model: identityModel({ size: 3 }),
      observations: observationSeries(
        observationNetwork({ dt: 1, steps: [1], operator: identityOperator(3), error: scalarCovariance(3, 1e-6) }),
        [[1, 1, 1]],
      ),
      background: {
        mean: new Float64Array(3),
        covariance: scalarCovariance(3, 1),
        ensemble: { data: Float64Array.of(1, 1, 1, -1, -1, -1, 2, 2, 2), shape: [3, 3] },
      },
    };
    const localization = { function: "box", radius: 1 } as const;
    await expect(collectRun(enkf({ members: 3, localization }), same)).rejects.toMatchObject({
      code: "numerical/indefinite",
      cycle: 0,
    });
    const run = await collectRun(enkf({ members: 3, localization, onFailure: "restart" }), same);
    expect(run.cycles[0]!.analysisEnsemble!.data.every(Number.isFinite)).toBe(true);
  });
  it.each([
    [
      { members: 3, onFailure: JSON.parse('"carry-on"') },
      "onFailure: expected stop, drop-member or restart, got carry-on",
    ],
    [{ members: 3, modelErrors: JSON.parse('"none"') }, "modelErrors: expected draws or square-root, got none"],
    [{ members: 3, relaxation: { rtps: 2 } }, "relaxation.rtps: expected a part from 0 to 1, got 2"],
    [{ members: 3, relaxation: JSON.parse("{}") }, "relaxation: expected { rtps } or { rtpp }"],
    [
      { members: 3, adaptiveInflation: { damping: 2 } },
      "adaptiveInflation.damping: expected a part from 0 to 1, got 2",
    ],
    [
      { members: 3, adaptiveInflation: { lowest: 2, highest: 1 } },
      "adaptiveInflation.highest: expected at least lowest, 2",
    ],
    [
      { members: 3, adaptiveInflation: { deviation: 0 } },
      "adaptiveInflation.deviation: expected a positive number, got 0",
    ],
  ])("%j is refused", (options, message) => {
    expect(() => ensembleSettings(options)).toThrow(message);
  });
});
