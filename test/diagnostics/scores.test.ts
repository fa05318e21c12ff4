import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crps, crpsGaussian, ensembleSpread, rmse, standardDeviations } from "../../src/diagnostics/index.ts";
import { ArgumentError, ShapeError } from "../../src/engine/errors/index.ts";
import { normalOf } from "./random.ts";

const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const list = fc.array(number, { minLength: 1, maxLength: 12 });

describe("rmse", () => {
  it("is the root of the mean square", () => {
    expect(rmse([1, 2, 3], [1, 4, 7])).toBe(Math.sqrt(20 / 3));
    expect(rmse(2, 5)).toBe(3);
  });

  it("leaves out unknown truth and lets a missing estimate show", () => {
    expect(rmse([1, 2, 9], [1, 4, Number.NaN])).toBe(Math.SQRT2);
    expect(rmse([1, Number.NaN], [1, 4])).toBeNaN();
    expect(rmse([1], [Number.NaN])).toBeNaN();
  });

  it("names what doesn't fit", () => {
    expect(() => rmse([1, 2], [1])).toThrow(ShapeError);
    expect(() => rmse([1, 2], [1])).toThrow("truth: expected 2 numbers, got 1");
  });
});

describe("spread", () => {
  const E = [
    [1, 10],
    [3, 10],
    [5, 16],
  ];

  it("divides by members - 1", () => {
    expect(standardDeviations(E)).toEqual({ data: Float64Array.of(2, Math.sqrt(12)), shape: [2] });
    expect(ensembleSpread(E)).toBeCloseTo(Math.sqrt((4 + 12) / 2), 15);
    expect(standardDeviations([1, 3, 5]).data).toEqual(Float64Array.of(2));
  });

  it("does not feel a large mean", () => {
    expect(standardDeviations([1e9 + 1, 1e9 + 3, 1e9 + 5]).data[0]).toBe(2);
  });

  it("passes NaN on and refuses single members", () => {
    expect([
      ...standardDeviations([
        [1, 2],
        [Number.NaN, 4],
      ]).data,
    ]).toEqual([Number.NaN, Math.SQRT2]);
    expect(() => standardDeviations([[1, 2]])).toThrow("E: expected at least 2 members, got 1");
    expect(() => ensembleSpread({ data: new Float64Array(8), shape: [2, 2, 2] })).toThrow(ShapeError);
  });

  it("scales with the anomalies", () => {
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 2, maxLength: 10 }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (E, a) => {
          expect(ensembleSpread(E.map((x) => a * x + 7))).toBeCloseTo(a * ensembleSpread(E), 6);
        },
      ),
    );
  });
});

describe("crps", () => {
  it.each([
    [-2, 1.3125],
    [-1.5, 0.8125],
    [0, 0.5625],
    [1, 0.5625],
    [1.5, 0.8125],
    [2, 1.3125],
  ])("of (-1.5, -1, 1, 1.5) at %d is %d", (truth, expected) => {
    expect(crps([-1.5, -1, 1, 1.5], truth)).toBe(expected);
    expect(crps([1, -1.5, 1.5, -1], truth)).toBe(expected);
  });

  it("averages over variables and leaves out unknown ones", () => {
    const E = [
      [-1.5, 0, 0],
      [-1, 0, 0],
      [1, 0, Number.NaN],
      [1.5, 0, 0],
    ];
    expect(crps(E, [2, 3, Number.NaN])).toBe((1.3125 + 3) / 2);
    expect(crps(E, [2, 3, 0])).toBeNaN();
    expect(crps(E, [Number.NaN, Number.NaN, Number.NaN])).toBeNaN();
    expect(() => crps(E, [1, 2])).toThrow("truth: expected 3 numbers, got 2");
  });

  it("equals E|X - y| - E|X - X'|/2", () => {
    fc.assert(
      fc.property(list, number, (members, truth) => {
        const N = members.length;
        let far = 0;
        let apart = 0;
        for (const x of members) {
          far += Math.abs(x - truth) / N;
          for (const other of members) apart += Math.abs(x - other) / (2 * N * N);
        }
        expect(crps(members, truth)).toBeCloseTo(far - apart, 8);
      }),
    );
  });

  it("is the absolute error of one member", () => {
    fc.assert(
      fc.property(number, number, (x, y) => {
        expect(crps([x], y)).toBe(Math.abs(x - y));
      }),
    );
  });
});

describe("crpsGaussian", () => {
  it("has its closed form's values", () => {
    expect(crpsGaussian(0, 1, 0)).toBeCloseTo((Math.SQRT2 - 1) / Math.sqrt(Math.PI), 15);
    // z = 1: (2Φ(1) − 1) + 2φ(1) − 1/√π
    expect(crpsGaussian(0, 1, 1)).toBeCloseTo(0.682689492137086 + 2 * 0.241970724519143 - 0.564189583547756, 13);
    expect(crpsGaussian([3, 3], [2, 2], [5, 1])).toBeCloseTo(2 * crpsGaussian(0, 1, 1), 14);
  });

  it("is the absolute error without spread and finite far away", () => {
    expect(crpsGaussian(1, 0, 4)).toBe(3);
    expect(crpsGaussian(0, 1e-3, 1e3)).toBeCloseTo(1e3 - 1e-3 / Math.sqrt(Math.PI), 12);
    expect(crpsGaussian(0, 1, 40.5) - crpsGaussian(0, 1, 39.5)).toBeCloseTo(1, 12);
    expect(() => crpsGaussian(0, -1, 0)).toThrow(ArgumentError);
    expect(crpsGaussian([0, 1], [1, 0], [Number.NaN, 3])).toBe(2);
  });

  it("is what the ensemble's score tends to", () => {
    const normal = normalOf(5);
    const members = Float64Array.from({ length: 200_000 }, () => 2 + 3 * normal());
    expect(Math.abs(crps(members, 4) / crpsGaussian(2, 3, 4) - 1)).toBeLessThan(0.01);
  });
});
