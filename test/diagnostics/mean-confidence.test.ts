import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meanConfidence } from "../../src/diagnostics/index.ts";
import { normalOf } from "./random.ts";

/** A stationary AR(1) series of unit noise: variance 1/(1 − φ²), autocorrelation time (1 + φ)/(1 − φ), mean 0. */
function autoregressive(phi: number, size: number, normal: () => number): Float64Array {
  const out = new Float64Array(size);
  let x = normal() / Math.sqrt(1 - phi * phi);
  for (let i = 0; i < size; i++) {
    out[i] = x;
    x = phi * x + normal();
  }
  return out;
}

describe("meanConfidence", () => {
  it.each([-0.5, 0, 0.5, 0.9])("knows the autocorrelation time of AR(1) with coefficient %d", (phi) => {
    const result = meanConfidence(autoregressive(phi, 100_000, normalOf(11)));
    const time = (1 + phi) / (1 - phi);
    expect(result.autocorrelationTime / time).toBeGreaterThan(0.85);
    expect(result.autocorrelationTime / time).toBeLessThan(1.15);
    expect(result.effectiveSize).toBeCloseTo(100_000 / result.autocorrelationTime, 6);
    // The noise has variance 1, so that the mean's standard deviation is 1/((1 − φ)√K).
    const exact = 1.96 / ((1 - phi) * Math.sqrt(100_000));
    expect(Math.abs(result.halfWidth / exact - 1)).toBeLessThan(0.1);
  });

  it("covers the mean in 95 % of AR(1) series", () => {
    const normal = normalOf(12);
    let covered = 0;
    for (let k = 0; k < 500; k++) {
      const { mean, halfWidth } = meanConfidence(autoregressive(0.8, 2000, normal));
      if (Math.abs(mean) <= halfWidth) covered++;
    }
    expect(covered).toBeGreaterThan(460);
    expect(covered).toBeLessThan(491);
  });

  it("coarsens series with a very long memory", () => {
    const phi = 0.998;
    const result = meanConfidence(autoregressive(phi, 400_000, normalOf(13)));
    expect(result.autocorrelationTime / ((1 + phi) / (1 - phi))).toBeGreaterThan(0.75);
    expect(result.autocorrelationTime / ((1 + phi) / (1 - phi))).toBeLessThan(1.25);
  });

  it("has Student's interval for a few independent values", () => {
    expect(meanConfidence([1, 1, 1, 1])).toEqual({ mean: 1, halfWidth: 0, effectiveSize: 4, autocorrelationTime: 1 });
    expect(meanConfidence(new Float64Array(1000).fill(0.1)).halfWidth).toBe(0);
    expect(meanConfidence([3])).toMatchObject({ mean: 3, halfWidth: Number.NaN });
    expect(meanConfidence([])).toMatchObject({ mean: Number.NaN, halfWidth: Number.NaN });
    expect(meanConfidence([Number.NaN, 2, 4, Number.POSITIVE_INFINITY]).mean).toBe(3);
    expect(meanConfidence([Number.NaN, 2, 4]).halfWidth).toBeGreaterThan(0);
  });

  it("follows shifts and scales", () => {
    const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 3, maxLength: 40 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.5, max: 4, noNaN: true }), (series, a) => {
        const before = meanConfidence(series);
        const after = meanConfidence(series.map((x) => a * x - 3));
        expect(after.mean).toBeCloseTo(a * before.mean - 3, 9);
        if (before.halfWidth > 1e-6) expect(after.halfWidth / before.halfWidth).toBeCloseTo(a, 4);
      }),
    );
  });
});
