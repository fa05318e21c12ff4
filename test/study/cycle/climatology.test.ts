import { describe, expect, it } from "vitest";
import { functionModel, identityModel, linearModel, lorenz63, lorenz96 } from "../../../src/problem/models/index.ts";
import { modelClimatology } from "../../../src/study/cycle/index.ts";
import { distance } from "../../problem/derivatives.ts";

const unit = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => (i === 0 ? 1 : 0));

describe("climatology", () => {
  it("of Lorenz 96: the published spread, the symmetry of the ring", async () => {
    const { mean, covariance } = await modelClimatology(lorenz96(), { start: unit(40) });
    const diagonal = covariance.diagonal();
    const deviation = Math.sqrt(diagonal.reduce((sum, v) => sum + v, 0) / 40);
    expect(Math.abs(deviation - 3.64)).toBeLessThan(0.02);
    mean.forEach((value) => {
      expect(Math.abs(value - 2.34)).toBeLessThan(0.06);
    });
    diagonal.forEach((value) => {
      expect(Math.abs(value / deviation ** 2 - 1)).toBeLessThan(0.05);
    });
  });
  it("of Lorenz 63", async () => {
    const { mean, covariance } = await modelClimatology(lorenz63(), { start: Float64Array.of(1.509, -1.531, 25.46) });
    expect(Math.abs(mean[2]! - 23.55)).toBeLessThan(0.1);
    const trace = covariance.diagonal().reduce((sum, v) => sum + v, 0);
    expect(Math.abs(Math.sqrt(trace / 3) - 8.5)).toBeLessThan(0.15);
    const C = covariance.dense();
    expect(C[1]! / Math.sqrt(C[0]! * C[4]!)).toBeGreaterThan(0.85);
  });
  it("is the mean and covariance of the states, to rounding, whatever the blocks", async () => {
    const model = functionModel({ name: "ramp", shape: 2, dt: 1, step: (x) => [x[0]! + 1, x[1]! * -1] });
    const { mean, covariance } = await modelClimatology(model, {
      start: Float64Array.of(1e6, 3),
      steps: 1203,
      spinUp: 7,
    });
    expect(mean[0]).toBeCloseTo(1e6 + 7 + 602, 6);
    expect(mean[1]).toBeCloseTo(3 / 1203, 12);
    const C = covariance.dense();
    expect(C[0]! / ((1203 * 1204) / 12)).toBeCloseTo(1, 12);
    expect(C[3]!).toBeCloseTo((9 * 1203 - 1203 * (3 / 1203) ** 2) / 1202, 10);
  });
  it("is made once for a model and start", () => {
    const model = identityModel({ size: 2 });
    const options = { start: Float64Array.of(1, 2), steps: 10, spinUp: 0 };
    expect(modelClimatology(model, options)).toBe(modelClimatology(model, options));
    expect(modelClimatology(model, { ...options, start: Float64Array.of(1, 3) })).not.toBe(
      modelClimatology(model, options),
    );
  });
  it("of a model that stands still is its state with a covariance of 0", async () => {
    const { mean, covariance } = await modelClimatology(identityModel({ size: 2 }), {
      start: Float64Array.of(1, 2),
      steps: 10,
      spinUp: 0,
    });
    expect(distance(mean, [1, 2])).toBe(0);
    expect([...covariance.dense()]).toEqual([0, 0, 0, 0]);
  });
  it("says when the model blows up, or is too large", async () => {
    const growing = linearModel({ matrix: [[2]] });
    await expect(modelClimatology(growing, { start: Float64Array.of(1), steps: 2000, spinUp: 0 })).rejects.toThrow(
      'climatology: the free run of model "linear" blew up before time 1500',
    );
    await expect(modelClimatology(identityModel({ size: 5000 }), { start: new Float64Array(5000) })).rejects.toThrow(
      "climatology: expected a state of at most 4096 numbers",
    );
  });
});
