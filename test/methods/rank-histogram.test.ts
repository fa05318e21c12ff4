import { describe, expect, it } from "vitest";
import { randomStreams } from "../../src/engine/random/index.ts";
import { collectRun, ensembleDeviations, ensembleMean, normalQuantile } from "../../src/methods/common/index.ts";
import { eakfAnalysis, rankHistogram, rankHistogramAnalysis } from "../../src/methods/filters/index.ts";
import { scalarCovariance } from "../../src/problem/covariance/index.ts";
import { distance } from "../problem/derivatives.ts";
import { linearProblem } from "./problems.ts";

it("quantiles of the normal distribution", () => {
  // Wichura's test values and tables.
  for (const [p, z] of [
    [0.25, -0.6744897501960817],
    [0.001, -3.090232306167813],
    [1e-20, -9.262340089798409],
    [0.975, 1.959963984540054],
    [1e-10, -6.361340902404056],
  ] as const)
    expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(2e-15 * Math.abs(z));
  expect(normalQuantile(0.5)).toBe(0);
  expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
});

const analyse = (z: Float64Array, y: number, variance: number): Float64Array => {
  const E = { data: z, shape: [z.length, 1] };
  return rankHistogramAnalysis({ E, HE: E, y: Float64Array.of(y), R: scalarCovariance(1, variance) }).ensemble.data;
};

describe("the rank histogram filter", () => {
  const z = randomStreams(3).stream("members").normals(12);
  it("leaves members alone when an observation says nothing", () => {
    expect(distance(analyse(z, 0.4, 1e14), z)).toBeLessThan(1e-6);
  });
  it("keeps the members' order", () => {
    const after = analyse(z, 0.4, 0.3);
    const ranks = (x: Float64Array): number[] => Array.from(x, (value) => x.filter((other) => other < value).length);
    expect(ranks(after)).toEqual(ranks(z));
    expect(distance(after, z)).toBeGreaterThan(0.1);
  });
  it("is the mean of likelihoods between two members and a Gaussian tail beyond", () => {
    // Two members at ±1, y = 0: all masses are alike, nothing moves. At y = 2 the masses are those of the definition.
    expect(distance(analyse(Float64Array.of(-1, 1), 0, 1), [-1, 1])).toBeLessThan(1e-14);
    const [l1, l2] = [Math.exp(-4.5), Math.exp(-0.5)];
    const masses = [l1, (l1 + l2) / 2, l2];
    const total = masses.reduce((sum, value) => sum + value, 0);
    const first = -1 + (2 * (total / 3 - masses[0]!)) / masses[1]!;
    const part = ((2 * total) / 3 - masses[0]! - masses[1]!) / masses[2]!;
    const deviation = Math.SQRT2;
    const second = 1 + deviation * (normalQuantile(1 / 3) - normalQuantile((1 - part) / 3));
    const after = analyse(Float64Array.of(-1, 1), 2, 1);
    expect(distance(after, [first, second])).toBeLessThan(1e-13);
  });
  it("tends to the Gaussian filter for many Gaussian members", () => {
    const error = (N: number): number => {
      const data = randomStreams(7).stream("many").normals(N);
      const E = { data, shape: [N, 1] };
      const [mean, sd] = [ensembleMean(E)[0]!, ensembleDeviations(E)[0]!];
      const after = { data: analyse(data, 0.7, 1), shape: [N, 1] };
      const gain = sd ** 2 / (sd ** 2 + 1);
      return Math.hypot(
        ensembleMean(after)[0]! - mean - gain * (0.7 - mean),
        ensembleDeviations(after)[0]! - Math.sqrt(gain),
      );
    };
    expect(error(10_000)).toBeLessThan(0.01);
    expect(error(10_000)).toBeLessThan(error(100));
  });
  it("tends to the exact posterior of a bimodal prior, quantile by quantile, which the Gaussian filter doesn't", () => {
    const bump = (x: number, mean: number, sd: number): number => Math.exp(-0.5 * ((x - mean) / sd) ** 2) / sd;
    const prior = (x: number): number => 0.3 * bump(x, -2, 0.5) + 0.7 * bump(x, 1.5, 0.4);
    const [y, variance] = [0.2, 1.5];
    const step = 2e-4;
    /** Quantiles k/(N + 1) of a density by quadrature. */
    const quantiles = (density: (x: number) => number, N: number): Float64Array => {
      const sums: number[] = [];
      let total = 0;
      for (let x = -7; x < 7; x += step) {
        total += density(x + step / 2) * step;
        sums.push(total);
      }
      let at = 0;
      return Float64Array.from({ length: N }, (_, k) => {
        const wanted = ((k + 1) / (N + 1)) * total;
        while (sums[at]! < wanted) at++;
        const below = at === 0 ? 0 : sums[at - 1]!;
        return -7 + step * (at + (wanted - below) / (sums[at]! - below));
      });
    };
    const posterior = (x: number): number => prior(x) * Math.exp((-0.5 * (y - x) ** 2) / variance);
    const error = (N: number, update = analyse): number => {
      const after = update(quantiles(prior, N), y, variance);
      const exact = quantiles(posterior, N);
      return Math.sqrt(after.reduce((sum, value, k) => sum + (value - exact[k]!) ** 2 / N, 0));
    };
    const gaussian = (data: Float64Array): Float64Array => {
      const E = { data, shape: [data.length, 1] };
      return eakfAnalysis({ E, HE: E, y: Float64Array.of(y), R: scalarCovariance(1, variance) }).ensemble.data;
    };
    const errors = [25, 100, 400, 1600].map((N) => error(N));
    // A member in the gap between the modes may be far off, a part 1/N of the error: at least as 1/√N.
    expect(errors[3]).toBeLessThan(0.01);
    expect(errors[0]! / errors[3]!).toBeGreaterThan(8);
    expect(error(1600, gaussian)).toBeGreaterThan(0.2);
  });
  it("keeps both branches of a bimodal ensemble, where the Gaussian filter doesn't", () => {
    const data = Float64Array.from({ length: 40 }, (_, k) => (k % 2 === 0 ? -3 : 3) + 0.02 * (k - 20));
    const E = { data, shape: [40, 1] };
    const input = { E, HE: E, y: Float64Array.of(3), R: scalarCovariance(1, 1) };
    const upper = (x: Float64Array): number => x.filter((value) => value > 2).length;
    expect(upper(rankHistogramAnalysis(input).ensemble.data)).toBeGreaterThan(35);
    const gaussian = eakfAnalysis(input).ensemble.data;
    expect(gaussian.filter((value) => value > 1 && value < 4.5).length).toBe(40);
  });
  it("runs without localisation, missing values included", async () => {
    const { problem } = linearProblem(1, true);
    const method = rankHistogram({ members: 12, localization: { radius: Number.POSITIVE_INFINITY } });
    const { cycles } = await collectRun(method, problem, { seed: 3 });
    expect(cycles.length).toBe(6);
    expect(cycles[2]!.analysisEnsemble).toBe(cycles[2]!.forecastEnsemble);
  });
});
