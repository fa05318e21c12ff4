// Regression coefficients weakened for their sampling error: against sampling, quadrature and what is known at both ends.
import { describe, expect, it } from "vitest";
import { randomStreams } from "../../src/engine/random/index.ts";
import {
  anomalies,
  collectRun,
  correlationMoments,
  samplingErrorCorrection,
  samplingErrorFactor,
  serialAnalysis,
} from "../../src/methods/common/index.ts";
import { eakf, eakfAnalysis, rankHistogram } from "../../src/methods/filters/index.ts";
import { scalarCovariance } from "../../src/problem/covariance/index.ts";
import { distance } from "../problem/derivatives.ts";
import { linearProblem, matrix } from "./problems.ts";

describe("moments of the true correlation given the sample's", () => {
  it("are those of Fisher's density by a plain quadrature", () => {
    for (const [r, N] of [
      [0.3, 5],
      [0.9, 10],
      [-0.6, 20],
    ] as const) {
      const n = N - 1;
      let [mass, first, slope, square] = [0, 0, 0, 0];
      for (let a = -2000; a < 2000; a++) {
        const rho = (a + 0.5) / 2000;
        for (let k = -600; k < 600; k++) {
          const u = (k + 0.5) / 50;
          const density = (1 - rho * rho) ** (n / 2) / (Math.cosh(u) - rho * r) ** n;
          mass += density;
          first += rho * density;
          slope += rho * Math.exp(u) * density;
          square += (rho * Math.exp(u)) ** 2 * density;
        }
      }
      const found = correlationMoments(r, N);
      expect(Math.abs(found.correlation - first / mass)).toBeLessThan(1e-6);
      expect(Math.abs(found.slope - slope / mass)).toBeLessThan(1e-6);
      expect(Math.abs(found.slopeSquare - square / mass)).toBeLessThan(3e-5);
    }
  });
  it("are those of ensembles whose true correlations are uniform", () => {
    const N = 6;
    const stream = randomStreams(4).stream("pairs");
    let [count, first, slope, square] = [0, 0, 0, 0];
    for (let sample = 0; sample < 1_500_000; sample++) {
      const rho = 2 * stream.uniform() - 1;
      let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
      for (let k = 0; k < N; k++) {
        const a = stream.normal();
        const b = rho * a + Math.sqrt(1 - rho * rho) * stream.normal();
        x += a / N;
        y += b / N;
        xx += a * a;
        yy += b * b;
        xy += a * b;
      }
      const [sxx, syy] = [xx - N * x * x, yy - N * y * y];
      const r = (xy - N * x * y) / Math.sqrt(sxx * syy);
      if (Math.abs(r - 0.5) > 0.01) continue;
      const b = rho * Math.sqrt(syy / sxx);
      count++;
      first += rho;
      slope += b;
      square += b * b;
    }
    const found = correlationMoments(0.5, N);
    expect(count).toBeGreaterThan(10_000);
    expect(Math.abs(first / count - found.correlation)).toBeLessThan(0.01);
    expect(Math.abs(slope / count - found.slope)).toBeLessThan(0.02);
    expect(Math.abs(square / count - found.slopeSquare)).toBeLessThan(0.04);
  });
  it("of a sample correlation of 0 are 0, and turn with its sign", () => {
    expect(Math.abs(correlationMoments(0, 8).correlation)).toBeLessThan(1e-15);
    const [plus, minus] = [correlationMoments(0.4, 8), correlationMoments(-0.4, 8)];
    expect(Math.abs(plus.correlation + minus.correlation)).toBeLessThan(1e-14);
    expect(Math.abs(plus.slopeSquare - minus.slopeSquare)).toBeLessThan(1e-13);
  });
});

describe("the factor", () => {
  it("tends to 1 for many members and for a whole correlation, to 0 for none", () => {
    const lost = [10, 100, 1000, 10_000].map((N) => 1 - samplingErrorFactor(0.5, N));
    expect(lost[3]).toBeLessThan(1e-3);
    // As 1/N.
    for (const k of [1, 2]) expect(Math.abs(lost[k]! / lost[k + 1]! - 10)).toBeLessThan(1);
    const factor = samplingErrorCorrection(10);
    expect([factor(0), factor(1), factor(-1), factor(1 + 1e-15)]).toEqual([0, 1, 1, 1]);
    expect(1 - factor(0.9999)).toBeLessThan(1e-3);
  });
  it.each([4, 10, 40, 1000])("of %d members is interpolated to 1e-4, and grows with the correlation", (N) => {
    const factor = samplingErrorCorrection(N);
    let before = 0;
    for (const r of [0.003, 0.011, 0.052, 0.17, 0.333, 0.5, 0.71, 0.9, 0.99, 0.9997]) {
      expect(Math.abs(factor(r) - samplingErrorFactor(r, N)), `r = ${r}`).toBeLessThan(1e-4);
      expect(factor(-r)).toBe(factor(r));
      expect(factor(r)).toBeGreaterThan(before);
      before = factor(r);
    }
  });
});

describe("serial filters", () => {
  it("multiply each regression by the factor of its sample correlation", () => {
    const N = 7;
    const E = matrix("E", N, 3);
    const HE = { data: Float64Array.from({ length: N }, (_, k) => E.data[3 * k]!), shape: [N, 1] };
    const input = { E, HE, y: Float64Array.of(0.8), R: scalarCovariance(1, 0.5) };
    const [plain, corrected] = [
      eakfAnalysis(input).ensemble,
      eakfAnalysis({ ...input, correction: samplingErrorCorrection(N) }).ensemble,
    ];
    const X = anomalies(E).data;
    const dot = (i: number, j: number): number => {
      let total = 0;
      for (let k = 0; k < N; k++) total += X[3 * k + i]! * X[3 * k + j]!;
      return total;
    };
    for (let i = 0; i < 3; i++) {
      const r = dot(0, i) / Math.sqrt(dot(0, 0) * dot(i, i));
      for (let k = 0; k < N; k++) {
        const [change, wanted] = [
          corrected.data[3 * k + i]! - E.data[3 * k + i]!,
          plain.data[3 * k + i]! - E.data[3 * k + i]!,
        ];
        expect(Math.abs(change - samplingErrorCorrection(N)(r) * wanted)).toBeLessThan(1e-13);
      }
    }
    // What is observed itself is updated as without it.
    for (let k = 0; k < N; k++) expect(Math.abs(corrected.data[3 * k]! - plain.data[3 * k]!)).toBeLessThan(1e-13);
  });
  it("without variance in a variable leave it alone", () => {
    const E = { data: Float64Array.of(1, 5, 2, 5, 4, 5, 3, 5), shape: [4, 2] };
    const HE = { data: Float64Array.of(1, 2, 4, 3), shape: [4, 1] };
    const { ensemble } = serialAnalysis(
      { E, HE, y: Float64Array.of(2), R: scalarCovariance(1, 1) },
      { increments: (z) => z.map(() => 1), correction: samplingErrorCorrection(4) },
    );
    for (const k of [0, 1, 2, 3]) expect(ensemble.data[2 * k + 1]).toBe(5);
  });
  it("run with it, with tapers and without, with missing values", async () => {
    const { problem } = linearProblem(1, true);
    for (const make of [eakf, rankHistogram]) {
      const radius = { radius: Number.POSITIVE_INFINITY };
      const run = (samplingErrorCorrection: boolean) =>
        collectRun(make({ members: 8, localization: { ...radius, samplingErrorCorrection } }), problem, { seed: 3 });
      const [on, off] = [await run(true), await run(false)];
      expect(distance(on.analysisMean.data, off.analysisMean.data)).toBeGreaterThan(1e-3);
      expect(on.analysisMean.data.every(Number.isFinite)).toBe(true);
    }
  });
  it("needs 4 members", () => {
    expect(() => eakf({ members: 3, localization: { radius: 4, samplingErrorCorrection: true } })).toThrow(
      "members: expected an integer of at least 4, got 3",
    );
  });
});
