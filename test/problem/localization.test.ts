import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Domain,
  gridDomain,
  lineDomain,
  type Neighbours,
  neighbourSearch,
  placeOf,
  placesDomain,
  ringDomain,
  tapers,
} from "../../src/problem/localization/index.ts";
import { distance } from "./derivatives.ts";

const between = (domain: Domain, i: number, j: number): number =>
  domain.distance(placeOf(domain.places, i), placeOf(domain.places, j));

describe("tapers", () => {
  it("gaspari-cohn has the published values for radius 4", () => {
    const want = [
      1, 0.970338, 0.889626, 0.772158, 0.633564, 0.489349, 0.353419, 0.236616, 0.145263, 0.080289, 0.038607, 0.015154,
      0.004262, 0.000616,
    ];
    const values = want.map((_, d) => tapers["gaspari-cohn"].value(d, 4));
    expect(distance(values, want)).toBeLessThan(5e-7);
    const c = 1.82;
    expect(Math.abs(tapers["gaspari-cohn"].value(1.5 * c, 1) - 19 / 1152)).toBeLessThan(1e-15);
    expect(tapers["gaspari-cohn"].value(2 * c, 1)).toBe(0);
    expect(tapers["gaspari-cohn"].support(4)).toBeCloseTo(14.56, 12);
  });
  it("the others are what they are called", () => {
    expect(tapers.soar.value(2, 2)).toBeCloseTo(2 / Math.E, 15);
    expect(tapers.soar.value(tapers.soar.support(3), 3)).toBeLessThan(1e-3);
    expect([0, 2, 2.01].map((d) => tapers.box.value(d, 2))).toEqual([1, 1, 0]);
  });
  it.each(Object.values(tapers))("$name is 1 at 0, falls, and is 1 everywhere for an infinite radius", (taper) => {
    const values = Array.from({ length: 200 }, (_, i) => taper.value(i / 10, 3));
    expect(values[0]).toBe(1);
    for (let i = 1; i < 200; i++) expect(values[i]!).toBeLessThanOrEqual(values[i - 1]!);
    expect(taper.value(1e6, Number.POSITIVE_INFINITY)).toBe(1);
    expect(taper.support(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("domains", () => {
  it("measure on lines, rings and grids", () => {
    expect(between(lineDomain(40), 1, 39)).toBe(38);
    expect(between(ringDomain(40), 1, 39)).toBe(2);
    expect(between(ringDomain(40, 0.5), 0, 25)).toBe(7.5);
    const grid = gridDomain({ shape: [4, 6] });
    expect(between(grid, 0, 3 * 6 + 4)).toBe(5);
    const torus = gridDomain({ shape: [4, 6], periodic: true, spacing: [1, 2] });
    expect(between(torus, 0, 3 * 6 + 4)).toBeCloseTo(Math.hypot(1, 4), 14);
    const channel = gridDomain({ shape: [4, 6], periodic: [false, true] });
    expect(between(channel, 0, 3 * 6 + 4)).toBeCloseTo(Math.hypot(3, 2), 14);
    const two = gridDomain({ shape: [2, 3], fields: 2 });
    expect(two.places.shape).toEqual([12, 2]);
    expect(between(two, 4, 10)).toBe(0);
    const graph = placesDomain({ places: [[0], [1], [2]], distance: (a, b) => (a[0] === b[0] ? 0 : 7) });
    expect(between(graph, 0, 2)).toBe(7);
  });
  it("find neighbours as asking every place does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }).chain((axes) =>
          fc.record({
            periods: fc.array(fc.constantFrom(1, 2.5, Number.POSITIVE_INFINITY), { minLength: axes, maxLength: axes }),
            places: fc.array(fc.array(fc.integer({ min: -40, max: 40 }), { minLength: axes, maxLength: axes }), {
              minLength: 1,
              maxLength: 40,
            }),
            from: fc.array(fc.integer({ min: -60, max: 60 }), { minLength: axes, maxLength: axes }),
            reach: fc.constantFrom(0, 0.05, 0.1, 0.3, 0.7, 2, Number.POSITIVE_INFINITY),
          }),
        ),
        ({ periods, places, from, reach }) => {
          const domain = placesDomain({ places: places.map((place) => place.map((x) => x / 20)), periods });
          const brute: Domain = { name: "brute", places: domain.places, distance: domain.distance };
          const at = from.map((x) => x / 20);
          const [a, b] = [domain, brute].map((one) => neighbourSearch(one, one.places, reach)(at));
          const sorted = ({ indices, distances }: Neighbours) =>
            Array.from(indices, (index, i) => [index, distances[i]!] as const).sort(([i], [j]) => i - j);
          expect(sorted(a!)).toEqual(sorted(b!));
        },
      ),
      { numRuns: 300 },
    );
  });
  it("refuse what they can't be", () => {
    expect(() => gridDomain({ shape: [0] })).toThrow("shape: expected positive integers, got 0");
    expect(() => gridDomain({ shape: [] })).toThrow("shape: expected at least one axis");
    expect(() => gridDomain({ shape: [3, 3], periodic: [true] })).toThrow("periodic: expected one for all axes or 2");
    expect(() => lineDomain(3, -1)).toThrow("spacing: expected positive numbers, got -1");
    expect(() => placesDomain({ places: [1, 2] })).toThrow("places: expected coordinates of shape (places, axes)");
    expect(() => placesDomain({ places: [[1], [Number.NaN]] })).toThrow("places: expected finite coordinates, got NaN");
    expect(() => placesDomain({ places: [[1]], periods: [0] })).toThrow("periods: expected positive lengths, got 0");
    expect(() => placesDomain({ places: [[1]], periods: [1, 1] })).toThrow("periods: expected 1 lengths");
  });
});
