import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/engine/errors/index.ts";
import { randomStreams } from "../../../src/engine/random/index.ts";

const draws = 400_000;
const streams = randomStreams(20240229);

/** The normal distribution function to 1.5e-7 (Abramowitz and Stegun 7.1.26). */
function normalDistribution(x: number): number {
  const t = 1 / (1 + 0.3275911 * (Math.abs(x) / Math.SQRT2));
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp((-x * x) / 2);
  return x < 0 ? (1 - erf) / 2 : (1 + erf) / 2;
}

/** Kolmogorov-Smirnov distance, times √n; above 2.7 with a probability of 1e-6. */
function distance(sample: Float64Array, distribution: (x: number) => number): number {
  const n = sample.length;
  const worst = sample
    .toSorted()
    .reduce((d, x, i) => Math.max(d, Math.abs(distribution(x) - i / n), Math.abs(distribution(x) - (i + 1) / n)), 0);
  return worst * Math.sqrt(n);
}

const moment = (sample: Float64Array, power: number): number =>
  sample.reduce((sum, x) => sum + x ** power, 0) / sample.length;

describe("randomStreams", () => {
  it("keeps its numbers from release to release", () => {
    const stream = streams.stream("observation", 3, 7);
    expect([stream.normal(), stream.normal()]).toEqual([-0.3471697847135569, -0.6985062800249466]);
    expect(stream.uniform()).toBe(0.6603524840342266);
    expect([stream.integer(1000), stream.integer(2 ** 53)]).toEqual([843, 4915058107810217]);
    expect([...stream.permutation(6)]).toEqual([5, 2, 1, 3, 4, 0]);
    expect([
      ...randomStreams(2 ** 53 - 1)
        .stream("initial")
        .normals(3),
    ]).toEqual([1.0797619135394712, -0.9327734305501098, -0.5999524141262473]);
  });

  it("gives each key its stream, whatever was drawn before", () => {
    const first = streams.stream("model", 1, 2).normals(5);
    streams.stream("model", 1, 2).permutation(100);
    streams.stream("other").uniform();
    expect(streams.stream("model", 1, 2).normals(5)).toEqual(first);
    expect(streams.stream("model").normals(2)).toEqual(streams.stream("model", 0, 0).normals(2));
  });

  it("tells all parts of the key apart, each bit of the seed included", () => {
    const seen = new Set<number>();
    const seeds = Array.from({ length: 53 }, (_, bit) => 2 ** bit);
    for (const seed of seeds) seen.add(randomStreams(seed).stream("a").uniform());
    for (const purpose of ["b", "ab", "ba", "aa", "", "\u0000", "\u0000\u0000"])
      seen.add(randomStreams(1).stream(purpose).uniform());
    for (let i = 1; i <= 100; i++) {
      seen.add(randomStreams(1).stream("a", i).uniform());
      seen.add(randomStreams(1).stream("a", 0, i).uniform());
    }
    seen.add(
      randomStreams(1)
        .stream("a", 2 ** 32 - 1, 2 ** 32 - 1)
        .uniform(),
    );
    expect(seen.size).toBe(53 + 7 + 200 + 1);
  });

  it("has uncorrelated, evenly spread neighbours", () => {
    const side = 300;
    const values = Float64Array.from({ length: side * side }, (_, i) =>
      streams.stream("neighbours", Math.floor(i / side), i % side).uniform(),
    );
    expect(distance(values, (x) => x)).toBeLessThan(2.7);
    for (const lag of [1, 2, side, side + 1, side - 1]) {
      const pairs = values.length - lag;
      let sum = 0;
      for (let i = 0; i < pairs; i++) sum += (values[i]! - 0.5) * (values[i + lag]! - 0.5);
      // The sum of products has the standard deviation √pairs / 12; five of them.
      expect(Math.abs(sum)).toBeLessThan((5 * Math.sqrt(pairs)) / 12);
    }
  });

  it("refuses seeds and keys out of range", () => {
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) expect(() => randomStreams(seed)).toThrow(ArgumentError);
    expect(() => randomStreams(-1)).toThrow("seed: expected an integer from 0 to 2^53 - 1, got -1");
    expect(() => streams.stream("a", -1)).toThrow(/^cycle: /);
    expect(() => streams.stream("a", 0, 1.5)).toThrow(/^member: /);
  });
});

describe("a stream", () => {
  it("draws normal numbers", () => {
    const sample = streams.stream("normal").normals(draws);
    expect(distance(sample, normalDistribution)).toBeLessThan(2.7);
    // Five standard deviations of each sample moment: Var(x)=1, Var(x²)=2, Var(x³)=15, Var(x⁴)=96.
    const five = 5 / Math.sqrt(draws);
    expect(Math.abs(moment(sample, 1))).toBeLessThan(five);
    expect(Math.abs(moment(sample, 2) - 1)).toBeLessThan(five * Math.sqrt(2));
    expect(Math.abs(moment(sample, 3))).toBeLessThan(five * Math.sqrt(15));
    expect(Math.abs(moment(sample, 4) - 3)).toBeLessThan(five * Math.sqrt(96));
    const lagged = sample.subarray(1).reduce((sum, x, i) => sum + x * sample[i]!, 0) / draws;
    expect(Math.abs(lagged)).toBeLessThan(five);
  });

  it("draws the tail beyond the ziggurat's last edge with its share", () => {
    const sample = streams.stream("tail").normals(4_000_000);
    for (const [edge, probability] of [
      [3, 2.699796e-3],
      [3.6541528853610088, 2.580325e-4],
      [4.2, 2.66915e-5],
    ] as const) {
      const expected = probability * sample.length;
      const found = sample.reduce((count, x) => count + (Math.abs(x) > edge ? 1 : 0), 0);
      expect(Math.abs(found - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  });

  it("draws uniform numbers in [0, 1)", () => {
    const stream = streams.stream("uniform");
    const sample = Float64Array.from({ length: draws }, () => stream.uniform());
    expect(distance(sample, (x) => x)).toBeLessThan(2.7);
    expect(sample.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(sample.every((x) => Number.isInteger(x * 2 ** 53))).toBe(true);
  });

  it("draws integers evenly", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (below, seed) => {
        const stream = randomStreams(seed).stream("integer");
        const counts = new Float64Array(below);
        for (let i = 0; i < 100 * below; i++) counts[stream.integer(below)]!++;
        const chiSquare = counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
        // Mean below − 1, standard deviation √(2(below − 1)); seven of them.
        expect(chiSquare).toBeLessThanOrEqual(below - 1 + 7 * Math.sqrt(2 * (below - 1)));
      }),
      { seed: 1 },
    );
    expect(() => streams.stream("a").integer(0)).toThrow(ArgumentError);
    expect(streams.stream("a").integer(1)).toBe(0);
  });

  it("draws permutations, each as likely", () => {
    const stream = streams.stream("permutation");
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const key = stream.permutation(4).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000));
    expect(stream.permutation(0).length).toBe(0);
    expect([...stream.permutation(50)].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(() => stream.permutation(-1)).toThrow(ArgumentError);
  });
});
