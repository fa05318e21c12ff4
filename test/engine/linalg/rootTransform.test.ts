import { afterEach, describe, expect, it } from "vitest";
import { onesPreservingOrthogonal, rootTransform, symmetricEigen } from "../../../src/engine/linalg/index.ts";
import { useKernels } from "../../../src/engine/linalg/wasm/index.ts";
import { randomStreams } from "../../../src/index.ts";
import { randomMatrix } from "./helpers.ts";

afterEach(() => useKernels(true));

const product = (A: Float64Array, B: Float64Array, n: number, m: number, k: number): Float64Array => {
  const C = new Float64Array(n * m);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) for (let l = 0; l < k; l++) C[i * m + j]! += A[i * k + l]! * B[l * m + j]!;
  return C;
};

const transposed = (A: Float64Array, n: number, m: number): Float64Array =>
  Float64Array.from({ length: n * m }, (_, at) => A[(at % n) * m + Math.floor(at / n)]!);

const farthest = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe.each([true, false])("a root transform, kernels %s", (kernels) => {
  it.each([
    [2, 1],
    [3, 7],
    [7, 3],
    [24, 40],
    [25, 40],
    [40, 200],
  ])("of %i × %i is that of the definition", (n, m) => {
    useKernels(kernels);
    const k = n - 1;
    const Y = randomMatrix("Y", n, m);
    const dy = randomMatrix("dy", m, 1);
    const { values, w, T, cost } = rootTransform(Y, dy, n, m, k);
    const G = product(Y, transposed(Y, n, m), n, n, m);
    const spectrum = symmetricEigen(G, n).values.map((value) => Math.max(0, value));
    expect(farthest(values, spectrum)).toBeLessThan(1e-12 * Math.max(1, spectrum.at(-1)!));
    for (let i = 0; i < n; i++) G[i * n + i]! += k;
    // T G T = (n − 1) I, and G w = Y dy.
    const unit = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? n - 1 : 0));
    expect(farthest(product(product(T, G, n, n, n), T, n, n, n), unit)).toBeLessThan(1e-11 * n);
    expect(farthest(T, transposed(T, n, n))).toBeLessThan(1e-13);
    expect(farthest(product(G, w, n, 1, n), product(Y, dy, n, 1, m))).toBeLessThan(1e-12 * spectrum.at(-1)!);
    const fitted = product(transposed(Y, n, m), w, m, 1, n);
    const sum = dy.reduce((total, d, i) => total + (d - fitted[i]!) ** 2, 0);
    const expected = w.reduce((total, value) => total + k * value ** 2, sum);
    expect(Math.abs(cost - expected)).toBeLessThan(1e-12 * Math.max(1, expected));
  });

  it("refuses what isn't finite", () => {
    useKernels(kernels);
    const Y = randomMatrix("Y", 6, 4);
    Y[5] = Number.NaN;
    expect(() => rootTransform(Y, randomMatrix("dy", 4, 1), 6, 4, 5)).toThrow(/expected finite anomalies/);
  });

  it("of an ensemble without any spread is the identity", () => {
    useKernels(kernels);
    const { w, T, cost } = rootTransform(new Float64Array(12), Float64Array.of(1, 2, 3), 4, 3, 3);
    const unit = Float64Array.from({ length: 16 }, (_, at) => (at % 5 === 0 ? 1 : 0));
    expect(farthest(T, unit)).toBeLessThan(1e-15);
    expect([...w]).toEqual([0, 0, 0, 0]);
    expect(cost).toBe(14);
  });
});

describe("a random orthogonal matrix that leaves ones alone", () => {
  const draw = (n: number, cycle = 0): Float64Array =>
    onesPreservingOrthogonal(
      n,
      randomStreams(3)
        .stream("rotation", cycle)
        .normals((n * (n - 1)) / 2),
    );

  it.each([1, 2, 3, 4, 7, 8, 24, 33])("of %i numbers", (n) => {
    const Q = draw(n);
    const unit = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
    expect(farthest(product(Q, transposed(Q, n, n), n, n, n), unit)).toBeLessThan(1e-14);
    const ones = new Float64Array(n).fill(1);
    expect(farthest(product(Q, ones, n, 1, n), ones)).toBeLessThan(1e-14);
    useKernels(false);
    expect(farthest(draw(n), Q)).toBeLessThan(1e-14);
  });

  it("is uniform: moments of traces are those of Haar's measure", () => {
    const n = 6;
    const count = 20_000;
    const moments = [0, 0, 0];
    for (let cycle = 0; cycle < count; cycle++) {
      const Q = draw(n, cycle);
      // The trace on the complement of ones; for O(5) E tr = 0, E tr² = 1, E tr⁴ = 3.
      let trace = -1;
      for (let i = 0; i < n; i++) trace += Q[i * n + i]!;
      [1, 2, 4].forEach((power, i) => {
        moments[i]! += trace ** power / count;
      });
    }
    // Five standard errors: sqrt(1/count), sqrt(2/count), sqrt(96/count).
    expect(Math.abs(moments[0]!)).toBeLessThan(5 * Math.sqrt(1 / count));
    expect(Math.abs(moments[1]! - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    expect(Math.abs(moments[2]! - 3)).toBeLessThan(5 * Math.sqrt(96 / count));
  });

  it("needs enough numbers", () => {
    expect(() => onesPreservingOrthogonal(4, new Float64Array(5))).toThrow(/normals/);
  });
});
