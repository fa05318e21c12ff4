import { describe, expect, it } from "vitest";
import { evaluateGraph, type Tensor, trace } from "../../src/engine/graph/index.ts";
import { randomStreams } from "../../src/engine/random/index.ts";
import {
  type Covariance,
  denseCovariance,
  diagonalCovariance,
  scalarCovariance,
  sparseCovariance,
} from "../../src/problem/covariance/index.ts";
import { distance } from "./derivatives.ts";

const n = 6;
/** A ring of short correlations: sparse and definite. */
const ring = (i: number, j: number): number => {
  const gap = Math.min((i - j + n) % n, (j - i + n) % n);
  return [2, 0.7, 0.1, 0][gap]!;
};
const full = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => ring(i, j)));
const triplets = full.flatMap((row, i) => row.flatMap((value, j) => (value === 0 ? [] : [{ i, j, value }])));
const coo = {
  size: n,
  rows: triplets.map((entry) => entry.i),
  columns: triplets.map((entry) => entry.j),
  values: triplets.map((entry) => entry.value),
};
const csr = { size: n, rowStart: [0, 5, 10, 15, 20, 25, 30], columns: coo.columns, values: coo.values };
/** Rank 2. */
const low = full.map((_, i) => full.map((_, j) => Math.cos(i) * Math.cos(j) + Math.sin(2 * i) * Math.sin(2 * j)));

const definite: [string, Covariance][] = [
  ["scalar", scalarCovariance(n, 2.5)],
  ["diagonal", diagonalCovariance([1, 2, 3, 0.5, 0.25, 4])],
  ["dense", denseCovariance(full)],
  ["sparse, as triplets", sparseCovariance(coo)],
  ["sparse, by rows", sparseCovariance(csr)],
  ["dense, allowed to be singular", denseCovariance(full, { singular: true })],
  ["dense, scaled", denseCovariance(full).scaled(3)],
  ["sparse, scaled", sparseCovariance(coo).scaled(3)],
  [
    "dense, restricted",
    denseCovariance([...full, [0, 0, 0, 0, 0, 0]].map((row, i) => [...row, i === 6 ? 1 : 0])).restrict([
      5, 0, 1, 2, 3, 4,
    ]),
  ],
  [
    "sparse, restricted",
    sparseCovariance({
      size: 7,
      rows: [...coo.rows, 6],
      columns: [...coo.columns, 6],
      values: [...coo.values, 1],
    }).restrict([5, 0, 1, 2, 6, 4]),
  ],
];
const singular: [string, Covariance][] = [
  ["scalar 0", scalarCovariance(n, 0)],
  ["diagonal with a 0", diagonalCovariance([1, 0, 3, 0.5, 0, 4])],
  ["dense of rank 2", denseCovariance(low, { singular: true })],
  ["sparse times 0", sparseCovariance(coo).scaled(0)],
  ["dense times 0", denseCovariance(full).scaled(0)],
  ["restricted to some of rank 2", denseCovariance(low, { singular: true }).restrict([0, 2, 3, 4, 5, 1])],
];
const v = randomStreams(3).stream("v").normals(n);

const run = (f: (v: Tensor) => Tensor, x: Float64Array): Float64Array =>
  evaluateGraph(
    trace((input) => f(input), [[x.length]]),
    [x],
  )[0]!.data;

describe.each([...definite, ...singular])("%s", (_, C) => {
  it("is symmetric and says what its diagonal and its matrix are", () => {
    const dense = C.dense();
    expect(dense.length).toBe(n * n);
    const product = new Float64Array(n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        expect(dense[i * n + j]).toBe(dense[j * n + i]);
        product[i]! += dense[i * n + j]! * v[j]!;
      }
    expect(distance(C.apply(v), product)).toBeLessThan(1e-14);
    expect(Array.from(C.diagonal())).toEqual(Array.from({ length: n }, (_, i) => dense[i * n + i]));
  });
  it("is its square root times its transpose", () => {
    expect(distance(C.applySqrt(C.applySqrtTransposed(v)), C.apply(v))).toBeLessThan(1e-13);
  });
  it("has draws with this covariance", () => {
    const stream = randomStreams(5).stream("draw");
    const draws = 20_000;
    const sums = new Float64Array(n * n);
    for (let k = 0; k < draws; k++) {
      const x = C.sample(stream);
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sums[i * n + j]! += (x[i]! * x[j]!) / draws;
    }
    const size = Math.max(...C.diagonal());
    expect(distance(sums, C.dense())).toBeLessThanOrEqual(size * 0.045);
    // A variance of zero is zero in every draw.
    const x = C.sample(stream);
    C.diagonal().forEach((variance, i) => {
      if (variance === 0) expect(Math.abs(x[i]!)).toBe(0);
    });
  });
  it("has a square root in graphs", () => {
    const w = v.subarray(0, C.sqrtSize);
    expect(distance(run(C.tracedSqrt, w), C.applySqrt(w))).toBeLessThan(1e-14);
  });
  it("restricts to some components", () => {
    const part = C.restrict([4, 1]);
    const dense = C.dense();
    expect(part.size).toBe(2);
    expect(Array.from(part.dense())).toEqual([4, 1].flatMap((i) => [4, 1].map((j) => dense[i * n + j])));
  });
  it("scales", () => {
    expect(
      distance(
        C.scaled(0.25).apply(v),
        C.apply(v).map((x) => x / 4),
      ),
    ).toBeLessThan(1e-14);
    expect(
      distance(
        C.scaled(0.25).applySqrt(v),
        C.applySqrt(v).map((x) => x / 2),
      ),
    ).toBeLessThan(1e-14);
  });
});

describe.each(definite)("%s", (_, C) => {
  it("solves", () => {
    expect(distance(C.apply(C.solve(v)), v)).toBeLessThan(1e-13);
  });
  it("whitens: the length of W v is vᵀ C⁻¹ v", () => {
    const w = C.whiten(v);
    const solved = C.solve(v);
    const [a, b] = [w.reduce((sum, x) => sum + x * x, 0), v.reduce((sum, x, i) => sum + x * solved[i]!, 0)];
    expect(Math.abs(a - b)).toBeLessThan(1e-12 * b);
    expect(distance(run(C.tracedWhiten, v), w)).toBeLessThan(1e-13);
  });
  it("has a determinant", () => {
    const lu = C.dense();
    let log = 0;
    for (let k = 0; k < n; k++) {
      log += Math.log(lu[k * n + k]!);
      for (let i = k + 1; i < n; i++)
        for (let j = n - 1; j >= k; j--) lu[i * n + j]! -= (lu[i * n + k]! / lu[k * n + k]!) * lu[k * n + j]!;
    }
    expect(Math.abs(C.logDeterminant() - log)).toBeLessThan(1e-12);
  });
});

describe.each(singular)("%s", (_, C) => {
  it("has no inverse and says so", () => {
    expect(() => C.solve(v)).toThrow("covariance: expected a positive definite covariance, got a singular one");
    expect(() => C.whiten(v)).toThrow("singular");
    expect(() => run(C.tracedWhiten, v)).toThrow("singular");
    expect(C.logDeterminant()).toBe(Number.NEGATIVE_INFINITY);
  });
});

it("keeps the envelope of a permuted ring narrow", () => {
  const size = 200;
  const label = randomStreams(1).stream("labels").permutation(size);
  const rows: number[] = [];
  const columns: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < size; i++)
    for (const [gap, value] of [
      [0, 2],
      [1, 0.7],
      [size - 1, 0.7],
    ] as const) {
      rows.push(label[i]!);
      columns.push(label[(i + gap) % size]!);
      values.push(value);
    }
  const C = sparseCovariance({ size, rows, columns, values });
  let factors = 0;
  // Non-zeros of L: reached by its products with the unit vectors.
  for (let j = 0; j < size; j++) {
    const unit = new Float64Array(size);
    unit[j] = 1;
    factors += C.applySqrt(unit).filter((x) => x !== 0).length;
  }
  expect(factors).toBeLessThan(4 * size);
});

it("takes the mean of elements that differ by rounding", () => {
  expect(
    Array.from(
      denseCovariance([
        [1, 0.5],
        [0.50000001, 1],
      ]).dense(),
    ),
  ).toEqual([1, 0.500000005, 0.500000005, 1]);
});

describe("refusals", () => {
  const B = { place: "B" };
  it.each<[string, () => unknown, string]>([
    [
      "an asymmetric matrix",
      () =>
        denseCovariance(
          [
            [1, 0.5],
            [0, 1],
          ],
          B,
        ),
      "B: expected a symmetric matrix, got 0.5 at (0, 1) and 0 at (1, 0)",
    ],
    [
      "an asymmetric sparse one",
      () => sparseCovariance({ size: 2, rows: [0, 0, 1], columns: [0, 1, 1], values: [1, 0.5, 1] }, B),
      "B: expected a symmetric matrix, got 0.5 at (0, 1) and 0 at (1, 0)",
    ],
    [
      "NaN in a matrix",
      () =>
        denseCovariance(
          [
            [1, Number.NaN],
            [0, 1],
          ],
          B,
        ),
      "B: expected finite numbers, got NaN at (0, 1)",
    ],
    ["a matrix that isn't square", () => denseCovariance([[1, 0]], B), "B: expected a square matrix, got shape (1, 2)"],
    ["a list", () => denseCovariance([1, 2], B), "B: expected a square matrix, got shape (2)"],
    [
      "an indefinite matrix",
      () =>
        denseCovariance(
          [
            [1, 2],
            [2, 1],
          ],
          B,
        ),
      "B: expected a positive definite matrix, got smallest eigenvalue -",
    ],
    [
      "an indefinite matrix where singular ones go",
      () =>
        denseCovariance(
          [
            [1, 2],
            [2, 1],
          ],
          { ...B, singular: true },
        ),
      "B: expected a positive semi-definite matrix, got smallest eigenvalue -",
    ],
    [
      "a singular matrix",
      () => denseCovariance(low, B),
      "B: expected a positive definite matrix, got smallest eigenvalue",
    ],
    [
      "an indefinite sparse one",
      () => sparseCovariance({ size: 2, rows: [0, 0, 1, 1], columns: [0, 1, 0, 1], values: [1, 2, 2, 1] }, B),
      "B: expected a positive definite matrix, got pivot -3 in row",
    ],
    ["a negative variance", () => scalarCovariance(2, -1, B), "B: expected a variance of at least 0, got -1"],
    [
      "a variance of 0 where it must be positive",
      () => scalarCovariance(2, 0, { place: "R", singular: false }),
      "R: expected a positive variance, got 0",
    ],
    [
      "an infinite variance",
      () => scalarCovariance(2, Number.POSITIVE_INFINITY, B),
      "B: expected a finite variance, got Infinity",
    ],
    [
      "a negative variance in a list",
      () => diagonalCovariance([1, -2], B),
      "B[1]: expected a variance of at least 0, got -2",
    ],
    ["NaN in a list", () => diagonalCovariance([1, Number.NaN], B), "B[1]: expected a finite variance, got NaN"],
    ["no component", () => scalarCovariance(0, 1, B), "B: expected a size of at least 1, got 0"],
    [
      "a column outside",
      () => sparseCovariance({ size: 2, rows: [0], columns: [2], values: [1] }, B),
      "B: expected indices from 0 to 1, got 2 in entry 0",
    ],
    [
      "lists of different lengths",
      () => sparseCovariance({ size: 2, rows: [0], columns: [0, 1], values: [1, 1] }, B),
      "B: expected as many rows and columns as values, got 1, 2 and 2",
    ],
    [
      "row starts that are too few",
      () => sparseCovariance({ size: 2, rowStart: [0, 2], columns: [0, 1], values: [1, 1] }, B),
      "B: expected 3 row starts from 0 to 2, got 2 from 0 to 2",
    ],
    [
      "a vector of another length",
      () => denseCovariance(full).apply(Float64Array.of(1)),
      "v: expected 6 numbers, got 1",
    ],
    [
      "a component outside",
      () => scalarCovariance(2, 1).restrict([2]),
      "indices[0]: expected an integer from 0 to 1, got 2",
    ],
    ["a negative factor", () => scalarCovariance(2, 1).scaled(-1), "factor: expected a number of at least 0, got -1"],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});
