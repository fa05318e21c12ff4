import { describe, expect, it } from "vitest";
import { largestLyapunovExponent } from "../../src/diagnostics/index.ts";
import { functionModel, linearModel, lorenz63, lorenz96 } from "../../src/problem/models/index.ts";

describe("largestLyapunovExponent", () => {
  it("is the logarithm of the largest eigenvalue of a linear map, per unit of time", async () => {
    const matrix = [
      [1.1, 0.5],
      [0, 0.7],
    ];
    const { mean, halfWidth } = await largestLyapunovExponent(linearModel({ matrix, dt: 0.5 }), {
      start: Float64Array.of(0, 0),
      steps: 400,
      spinUp: 400,
    });
    expect(mean).toBeCloseTo(Math.log(1.1) / 0.5, 12);
    expect(halfWidth).toBeLessThan(1e-12);
  });

  it("is the published one of Lorenz 63 (0.906) and Lorenz 96 (1.68)", async () => {
    const l63 = await largestLyapunovExponent(lorenz63(), { start: Float64Array.of(1, 2, 20), steps: 50_000 });
    expect(Math.abs(l63.mean - 0.9056)).toBeLessThan(0.04);
    expect(Math.abs(l63.mean - 0.9056)).toBeLessThan(2 * l63.halfWidth);
    const start = Float64Array.from({ length: 40 }, (_, i) => 8 + Math.sin(i * i));
    const l96 = await largestLyapunovExponent(lorenz96(), { start, steps: 40_000 });
    expect(Math.abs(l96.mean - 1.68)).toBeLessThan(0.04);
  });

  it("is not positive where nothing is chaotic", async () => {
    const { mean } = await largestLyapunovExponent(lorenz63({ rho: 20 }), { start: Float64Array.of(1, 2, 20) });
    expect(mean).toBeLessThan(0);
  });

  it("refuses models without a tangent and counts that are none", async () => {
    const plain = functionModel({ name: "plain", shape: [1], dt: 1, step: (x) => x });
    const start = Float64Array.of(1);
    await expect(largestLyapunovExponent(plain, { start })).rejects.toMatchObject({ code: "capability/missing" });
    await expect(largestLyapunovExponent(lorenz63(), { start, steps: 0 })).rejects.toThrow(/lyapunov.steps/);
  });

  it("says when the perturbation dies out", async () => {
    const zero = linearModel({ matrix: [[0]], dt: 1 });
    await expect(largestLyapunovExponent(zero, { start: Float64Array.of(1) })).rejects.toThrow(/finite growth, got 0/);
  });
});
