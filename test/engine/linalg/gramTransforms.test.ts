import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GramTransforms, gramStride, gramTransforms, symmetricEigen } from "../../../src/engine/linalg/index.ts";
import { inverseRootPoles } from "../../../src/engine/linalg/inverseRootPoles.ts";
import { useKernels } from "../../../src/engine/linalg/wasm/index.ts";
import { randomMatrix } from "./helpers.ts";

interface Shape {
  readonly n: number;
  readonly k: number;
  readonly counts: readonly number[];
  readonly vectors: readonly number[];
  readonly size: number;
}

/** Rows of which every place takes some, in an order of its own. */
function batchOf({ n, k, counts, vectors, size }: Shape): GramTransforms {
  const stride = gramStride(n);
  const m = 1 + Math.max(...counts);
  const padded = (name: string, count: number, factor: number): Float64Array => {
    const out = new Float64Array(count * stride);
    const data = randomMatrix(name, Math.max(count, 1), n);
    for (let i = 0; i < count; i++) for (let j = 0; j < n; j++) out[i * stride + j] = factor * data[i * n + j]!;
    return out;
  };
  const sums = (list: readonly number[]): Int32Array => {
    const out = new Int32Array(list.length + 1);
    list.forEach((count, i) => {
      out[i + 1] = out[i]! + count;
    });
    return out;
  };
  const starts = sums(counts);
  const total = starts.at(-1)!;
  return {
    n,
    k,
    rows: padded("rows", m, size),
    targets: randomMatrix("targets", m, 1).map((d) => size * d),
    starts,
    indices: Int32Array.from({ length: total }, (_, j) => (7 * j + 3) % m),
    weights: randomMatrix("weights", total + 1, 1)
      .slice(0, total)
      .map((w) => Math.min(1, Math.abs(w))),
    vectorStarts: sums(vectors),
    vectors: padded("vectors", sums(vectors).at(-1)!, 1),
  };
}

/** The definition, by eigenvectors of C in full. */
function byDefinition(batch: GramTransforms): Float64Array {
  const { n, k, rows, targets, starts, indices, weights, vectorStarts, vectors } = batch;
  const stride = gramStride(n);
  const out = vectors.slice();
  for (let place = 0; place + 1 < starts.length; place++) {
    if (starts[place] === starts[place + 1]) continue;
    const C = new Float64Array(n * n);
    const b = new Float64Array(n);
    for (let i = 0; i < n; i++) C[i * n + i] = 1;
    for (let j = starts[place]!; j < starts[place + 1]!; j++)
      for (let i = 0; i < n; i++) {
        const y = rows.subarray(indices[j]! * stride, indices[j]! * stride + n);
        b[i]! += weights[j]! * targets[indices[j]!]! * y[i]!;
        for (let l = 0; l < n; l++) C[i * n + l]! += (weights[j]! * y[i]! * y[l]!) / k;
      }
    const { values, vectors: V } = symmetricEigen(C, n);
    const project = (x: Float64Array): number[] =>
      Array.from({ length: n }, (_, j) => x.reduce((sum, value, i) => sum + V[i * n + j]! * value, 0));
    const pb = project(b);
    for (let v = vectorStarts[place]!; v < vectorStarts[place + 1]!; v++) {
      const px = project(vectors.slice(v * stride, v * stride + n));
      const shift = px.reduce((sum, value, j) => sum + (value * pb[j]!) / (values[j]! * k), 0);
      for (let i = 0; i < n; i++)
        out[v * stride + i] = px.reduce(
          (sum, value, j) => sum + (V[i * n + j]! * value) / Math.sqrt(values[j]!),
          shift,
        );
    }
  }
  return out;
}

function largestError(found: Float64Array, expected: Float64Array): number {
  const size = Math.max(1, ...expected.map(Math.abs));
  return Math.max(0, ...found.map((value, i) => Math.abs(value - expected[i]!))) / size;
}

const shapes = fc.record({
  n: fc.integer({ min: 1, max: 45 }),
  k: fc.integer({ min: 1, max: 40 }),
  counts: fc.array(fc.integer({ min: 0, max: 150 }), { minLength: 1, maxLength: 4 }),
  most: fc.integer({ min: 0, max: 20 }),
  size: fc.constantFrom(0.1, 1, 10),
});

describe.each([
  ["by kernels", true],
  ["in plain JavaScript", false],
] as const)("transforms %s", (_, kernels) => {
  const apply = (batch: GramTransforms): number => {
    const before = useKernels(kernels);
    try {
      return gramTransforms(batch);
    } finally {
      useKernels(before);
    }
  };
  it("are those of the definition", () => {
    fc.assert(
      fc.property(shapes, ({ n, k, counts, most, size }) => {
        const batch = batchOf({ n, k, counts, vectors: counts.map((_, p) => (most + 5 * p) % 21), size });
        const expected = byDefinition(batch);
        expect(apply(batch)).toBe(-1);
        expect(largestError(batch.vectors, expected)).toBeLessThan(1e-11);
      }),
      { numRuns: 60, seed: 5 },
    );
  });
  it.each([1, 1e2, 1e4, 1e6])("hold for rows of size %s, beyond the poles' condition numbers too", (size) => {
    for (const own of [2, 12]) {
      const batch = batchOf({ n: 24, k: 23, counts: [60, 5], vectors: [own, own], size });
      const expected = byDefinition(batch);
      expect(apply(batch)).toBe(-1);
      expect(largestError(batch.vectors, expected)).toBeLessThan(1e-15 * (1e3 + size ** 2 * 60));
    }
  });
  it.each([2, 9])("name a place whose matrix isn't finite, with %s vectors", (own) => {
    const batch = batchOf({ n: 6, k: 5, counts: [3, 0, 4], vectors: [own, own, own], size: 1 });
    batch.rows[batch.indices[4]! * gramStride(6) + 2] = Number.NaN;
    const before = batch.vectors.slice(0, own * gramStride(6));
    const found = apply(batch);
    expect(found).toBe(batch.indices.slice(0, 3).includes(batch.indices[4]!) ? 0 : 2);
    if (found === 2) expect(batch.vectors.slice(0, own * gramStride(6))).not.toEqual(before);
  });
});

it("poles give the inverse root to rounding for all condition numbers of a level", () => {
  for (let level = 1; level <= 16; level++) {
    const { shifts, weights } = inverseRootPoles(4 ** level);
    expect(shifts.length % 2).toBe(0);
    for (let i = 0; i <= 200; i++) {
      const x = 4 ** ((level * i) / 200);
      const sum = shifts.reduce((part, shift, j) => part + weights[j]! / (x + shift), 0);
      expect(Math.abs(sum * Math.sqrt(x) - 1)).toBeLessThan(level <= 12 ? 5e-15 : 2e-14);
    }
  }
});
