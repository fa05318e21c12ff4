import { describe, expect, it } from "vitest";
import {
  chi2Interval,
  chiSquareCdf,
  chiSquareQuantile,
  chiSquareTail,
  InnovationChi2,
  innovationChi2,
  RankHistogram,
  rankFlatness,
} from "../../src/diagnostics/index.ts";
import { ArgumentError, NumericalError, ShapeError } from "../../src/engine/errors/index.ts";
import { normalOf, uniformOf } from "./random.ts";

describe("chi-square distribution", () => {
  it("has the values of the tables", () => {
    expect(chiSquareCdf(2, 2)).toBeCloseTo(1 - Math.exp(-1), 14);
    expect(chiSquareTail(3.841458820694124, 1)).toBeCloseTo(0.05, 13);
    expect(chiSquareQuantile(0.95, 1)).toBeCloseTo(3.841458820694124, 10);
    expect(chiSquareQuantile(0.975, 40)).toBeCloseTo(59.34170714, 7);
    expect(chiSquareQuantile(0.025, 40)).toBeCloseTo(24.43303917, 7);
    expect(chiSquareTail(700, 2)).toBeCloseTo(Math.exp(-350), 160);
    expect(chiSquareTail(700, 2) / Math.exp(-350)).toBeCloseTo(1, 11);
  });

  it("holds for millions of degrees of freedom", () => {
    const [low, high] = chi2Interval(4e6);
    expect(low).toBeCloseTo(1 - 1.96 * Math.sqrt(2 / 4e6), 5);
    expect(high).toBeCloseTo(1 + 1.96 * Math.sqrt(2 / 4e6), 5);
    expect(() => chiSquareQuantile(1, 3)).toThrow(ArgumentError);
    expect(() => chiSquareCdf(1, 0)).toThrow(ArgumentError);
  });
});

describe("RankHistogram", () => {
  it("counts ranks", () => {
    const histogram = new RankHistogram(3);
    const E = [
      [1, 1, 1, 1],
      [2, 2, 2, 2],
      [3, 3, 3, 3],
    ];
    histogram.add(E, [0, 1.5, 2.5, 9], () => expect.unreachable());
    expect([...histogram.counts]).toEqual([1, 1, 1, 1]);
    expect(histogram.flatness()).toEqual({ chi2: 0, degrees: 3, pValue: 1 });
    histogram.add(E, [0, 0, 0, Number.NaN], () => 0);
    expect([...histogram.counts]).toEqual([4, 1, 1, 1]);
    expect(histogram.skipped).toBe(1);
    expect([...new RankHistogram(3, histogram.counts).counts]).toEqual([4, 1, 1, 1]);
  });

  it("breaks ties evenly", () => {
    const histogram = new RankHistogram(3);
    const uniform = uniformOf(1);
    for (let k = 0; k < 40_000; k++) histogram.add([5, 5, 5], 5, uniform);
    for (const count of histogram.counts) expect(Math.abs(count - 10_000)).toBeLessThan(350);
  });

  it("is flat for draws of one distribution and not for an overconfident ensemble", () => {
    const [normal, uniform] = [normalOf(3), uniformOf(4)];
    const reliable = new RankHistogram(9);
    const narrow = new RankHistogram(9);
    for (let k = 0; k < 2000; k++) {
      const members = Array.from({ length: 9 }, normal);
      const truth = normal();
      reliable.add(members, truth, uniform);
      narrow.add(
        members.map((x) => 0.8 * x),
        truth,
        uniform,
      );
    }
    expect(reliable.flatness().pValue).toBeGreaterThan(0.01);
    expect(narrow.flatness().pValue).toBeLessThan(1e-6);
  });

  it("refuses what doesn't fit", () => {
    expect(() => new RankHistogram(0)).toThrow(ArgumentError);
    expect(() => new RankHistogram(3, [1, 2])).toThrow(ShapeError);
    expect(() => new RankHistogram(3).add([1, 2], 0, Math.random)).toThrow("E: expected 3 members, got 2");
    expect(() => rankFlatness([1])).toThrow(ShapeError);
    expect(rankFlatness([0, 0]).pValue).toBeNaN();
    expect(rankFlatness([30, 10]).chi2).toBe(10);
  });
});

describe("innovationChi2", () => {
  it("is dᵀ S⁻¹ d / m", () => {
    // S⁻¹ = [[2, −1], [−1, 2]] / 3
    expect(
      innovationChi2(
        [1, 2],
        [
          [2, 1],
          [1, 2],
        ],
      ).chi2,
    ).toBeCloseTo((2 - 4 + 8) / 3 / 2, 15);
    expect(innovationChi2([2, 6], [4, 9])).toEqual({ chi2: 2.5, count: 2 });
    expect(
      innovationChi2(
        [1, Number.NaN, 2],
        [
          [2, 9, 1],
          [9, 1, 9],
          [1, 9, 2],
        ],
      ),
    ).toEqual({ chi2: expect.closeTo(1, 14), count: 2 });
    expect(innovationChi2([Number.NaN], [1])).toEqual({ chi2: Number.NaN, count: 0 });
  });

  it("refuses indefinite matrices and wrong shapes", () => {
    expect(() =>
      innovationChi2(
        [1, 2],
        [
          [1, 2],
          [2, 1],
        ],
      ),
    ).toThrow(NumericalError);
    expect(() => innovationChi2([1, 2], [1, -1])).toThrow(
      "S: expected a positive definite matrix, got pivot -1 in row 1",
    );
    expect(() => innovationChi2([1, 2], [1])).toThrow(ShapeError);
  });

  it("accumulates to a mean inside its interval for draws of S", () => {
    const normal = normalOf(8);
    const right = new InnovationChi2();
    const wrong = new InnovationChi2();
    for (let k = 0; k < 4000; k++) {
      const [a, b] = [normal(), normal()];
      const dy = [2 * a, a + Math.sqrt(3) * b];
      right.add(
        innovationChi2(dy, [
          [4, 2],
          [2, 4],
        ]),
      );
      wrong.add(innovationChi2(dy, [4, 3]));
      right.add(innovationChi2([Number.NaN], [1]));
    }
    const summary = right.summary();
    expect(summary).toMatchObject({ observations: 8000, cycles: 4000 });
    expect(summary.mean).toBeGreaterThan(summary.expected[0]);
    expect(summary.mean).toBeLessThan(summary.expected[1]);
    expect(wrong.summary().mean).toBeGreaterThan(wrong.summary().expected[1]);
    expect(new InnovationChi2().summary().mean).toBeNaN();
  });
});
