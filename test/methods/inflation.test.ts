// Inflation that is learnt, against Bayes' rule by quadrature, and inflation that is added.
import { describe, expect, it } from "vitest";
import { randomStreams } from "../../src/engine/random/index.ts";
import { inflateAdditively } from "../../src/methods/common/additive-inflation.ts";
import { adaptInflation, collectRun, ensembleMean, rootProduct } from "../../src/methods/common/index.ts";
import { inflationPosterior, inverseGammaInflation } from "../../src/methods/common/inflation-posterior.ts";
import { etkf, letkf } from "../../src/methods/filters/index.ts";
import { enks, esMda } from "../../src/methods/smoothers/index.ts";
import { denseCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import { distance } from "../problem/derivatives.ts";
import { definite, linearProblem, matrix } from "./problems.ts";

/** ∫ f over a fine grid of ln λ, times powers of λ: moments of a density that is only known up to a factor. */
function moments(logDensity: (lambda: number) => number): { mean: number; variance: number; mode: number } {
  let [mass, first, second, mode, best] = [0, 0, 0, 0, Number.NEGATIVE_INFINITY];
  for (let t = -6; t < 9; t += 2e-5) {
    const lambda = Math.exp(t);
    const log = logDensity(lambda);
    if (log > best) [mode, best] = [lambda, log];
    const weight = Math.exp(log) * lambda;
    mass += weight;
    first += weight * lambda;
    second += weight * lambda * lambda;
  }
  const mean = first / mass;
  return { mean, variance: second / mass - mean * mean, mode };
}

describe("inverse gamma priors of inflation", () => {
  it.each([
    [1, 0.6],
    [1.7, 0.3],
    [0.8, 0.1],
  ])("with mode %d and deviation %d have them", (mode, sd) => {
    const prior = inverseGammaInflation(mode, sd);
    const found = moments(prior.logDensity);
    expect(Math.abs(found.mode - mode)).toBeLessThan(1e-4);
    expect(Math.abs(Math.sqrt(found.variance) / sd - 1)).toBeLessThan(1e-3);
    for (const lambda of [0.6, 1.3, 2.2]) {
      const step = 1e-5;
      const difference = (prior.logDensity(lambda + step) - prior.logDensity(lambda - step)) / (2 * step);
      expect(Math.abs(prior.slope(lambda) - difference)).toBeLessThan(1e-6 * Math.abs(difference) + 1e-7);
    }
  });
  it("come back from their own fall beside the mode", () => {
    for (const [mode, sd] of [
      [1, 0.6],
      [1.4, 0.2],
    ] as const) {
      const prior = inverseGammaInflation(mode, sd);
      const fall = prior.logDensity(mode) - prior.logDensity(mode + sd);
      expect(Math.abs(prior.deviation(mode, fall) - sd)).toBeLessThan(1e-12);
    }
  });
  it("give the most probable factor after an observation, and its deviation by the ratio of densities", () => {
    for (const [d, gamma] of [
      [0.2, 1],
      [3, 1],
      [4, 0.5],
    ] as const) {
      const one = { distance: d * d, variance: 1.3, error: 0.7, gamma, lost: 0.1 };
      const theta2 = (lambda: number): number => ((1 + gamma * (Math.sqrt(lambda) - 1)) ** 2 - 0.1) * 1.3 + 0.7;
      // Shape and rate from mode and variance by bisection, written as in the textbook.
      let [low, high] = [2 + 1e-9, 1e6];
      const varianceAt = (shape: number): number => ((shape + 1) * 1.1) ** 2 / ((shape - 1) ** 2 * (shape - 2));
      for (let i = 0; i < 200; i++) {
        const middle = (low + high) / 2;
        if (varianceAt(middle) > 0.36) low = middle;
        else high = middle;
      }
      const log = (lambda: number): number =>
        -(low + 1) * Math.log(lambda) -
        ((low + 1) * 1.1) / lambda -
        (d * d) / (2 * theta2(lambda)) -
        0.5 * Math.log(theta2(lambda));
      const bounds = { lowest: 0.2, highest: 100 };
      const after = inflationPosterior(one, inverseGammaInflation(1.1, 0.6), 1.1, 0.6, bounds);
      const exact = moments((lambda) => (theta2(lambda) > 0 ? log(lambda) : Number.NEGATIVE_INFINITY));
      expect(Math.abs(after.mode - exact.mode)).toBeLessThan(1e-4);
      // The inverse gamma density through both points: its moments by quadrature.
      const fall = log(after.mode) - log(after.mode + 0.6);
      if (after.deviation < 0.6) {
        const again = inverseGammaInflation(after.mode, after.deviation);
        expect(Math.abs(again.logDensity(after.mode) - again.logDensity(after.mode + 0.6) - fall)).toBeLessThan(1e-9);
        // Near enough to the posterior's own.
        expect(Math.abs(after.deviation / Math.sqrt(exact.variance) - 1)).toBeLessThan(0.3);
      }
    }
  });
});

it("adaptive inflation of kind gharamti is Bayes' rule for one variable, observed itself", () => {
  const E = { data: Float64Array.of(-1, 0, 1), shape: [3, 1] };
  const options = { kind: "gharamti", deviation: 0.6, leastDeviation: 0.1, lowest: 0.5, highest: 100, damping: 1 };
  const state = { mean: Float64Array.of(1), deviation: Float64Array.of(0.6) };
  const prior = inverseGammaInflation(1, 0.6);
  for (const d of [0.1, 2, 5]) {
    const input = { E, HE: E, y: Float64Array.of(d), R: scalarCovariance(1, 1) };
    const { mean } = adaptInflation(input, state, { ...options, kind: "gharamti" });
    const exact = moments((lambda) => {
      const theta2 = lambda - 1 / 3 + 1;
      return prior.logDensity(lambda) - (d * d) / (2 * theta2) - 0.5 * Math.log(theta2);
    });
    expect(Math.abs(mean[0]! - exact.mode)).toBeLessThan(1e-4);
    const gaussian = adaptInflation(input, state, { ...options, kind: "anderson" });
    expect(Math.abs(gaussian.mean[0]! - mean[0]!)).toBeGreaterThan(1e-3);
  }
});

describe("additive inflation", () => {
  const A = definite("added", 4);
  it("keeps the mean and adds its covariance on average", () => {
    const E = matrix("E", 6, 4);
    const total = new Float64Array(16);
    const runs = 10_000;
    for (let cycle = 0; cycle < runs; cycle++) {
      const after = inflateAdditively(E, denseCovariance(A), randomStreams(3), cycle);
      expect(distance(ensembleMean(after), ensembleMean(E))).toBeLessThan(1e-13);
      const added = { data: after.data.map((value, i) => value - E.data[i]!), shape: [6, 4] };
      rootProduct(added).data.forEach((value, i) => {
        total[i]! += value / 5 / runs;
      });
    }
    expect(distance(total, A.data)).toBeLessThan(0.04);
  });
  it("acts after an analysis, not at times without observations, and resumes to the same bytes", async () => {
    const { problem } = linearProblem(1, true);
    const plain = await collectRun(etkf({ members: 8 }), problem, { seed: 2 });
    const method = etkf({ members: 8, additiveInflation: denseCovariance(A) });
    const run = await collectRun(method, problem, { seed: 2 });
    const first = run.cycles[0]!;
    expect(distance(first.analysisMean, plain.cycles[0]!.analysisMean)).toBeLessThan(1e-13);
    expect(first.analysisEnsemble!.data).toEqual(
      inflateAdditively(plain.cycles[0]!.analysisEnsemble!, denseCovariance(A), randomStreams(2), 0).data,
    );
    expect(run.cycles[2]!.analysisEnsemble).toBe(run.cycles[2]!.forecastEnsemble);
    const rest = await collectRun(method, problem, { seed: 2, resume: { after: 2, state: run.cycles[2]!.state! } });
    expect(rest.analysisMean.data).toEqual(run.analysisMean.data.slice(3 * 4));
  });
  it("of a multiple of the climatology, and of a wrong size", async () => {
    const { problem } = linearProblem();
    const climatology = async () => ({ mean: new Float64Array(4), covariance: denseCovariance(A) });
    const half = await collectRun(
      letkf({ members: 8, additiveInflation: { climatological: 0.5 } }),
      { ...problem, climatology },
      { seed: 1 },
    );
    const same = await collectRun(letkf({ members: 8, additiveInflation: denseCovariance(A).scaled(0.5) }), problem, {
      seed: 1,
    });
    expect(half.analysisMean).toEqual(same.analysisMean);
    await expect(collectRun(etkf({ members: 8, additiveInflation: scalarCovariance(3, 1) }), problem)).rejects.toThrow(
      "additiveInflation: covariance: expected size 4, as the model has, got 3",
    );
  });
  it("leaves smoothed members alone", async () => {
    const { problem } = linearProblem();
    const filter = etkf({ members: 8, additiveInflation: denseCovariance(A) });
    const alone = await collectRun(filter, problem, { seed: 4 });
    const smoothed = await collectRun(enks({ filter, lag: 2 }), problem, { seed: 4 });
    expect(smoothed.analysisMean).toEqual(alone.analysisMean);
    expect(esMda({ members: 4 }).options).not.toHaveProperty("additiveInflation");
  });
});
