import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError, ShapeError } from "../../../src/engine/errors/index.ts";
import { gemm, gram, matmul, matvec, matvecTransposed, transpose } from "../../../src/engine/linalg/index.ts";
import { expectClose, product, randomMatrix } from "./helpers.ts";

const extent = fc.integer({ min: 0, max: 13 });

describe("gemm", () => {
  it("equals the definition for all variants and sizes", () => {
    fc.assert(
      fc.property(extent, extent, extent, fc.boolean(), fc.boolean(), (m, n, k, transA, transB) => {
        const A = randomMatrix("A", m, k);
        const B = randomMatrix("B", k, n);
        const C = randomMatrix("C", m, n);
        const a = (i: number, p: number): number => (transA ? A[p * m + i]! : A[i * k + p]!);
        const b = (p: number, j: number): number => (transB ? B[j * k + p]! : B[p * n + j]!);
        const AB = product(m, n, k, a, b);
        expectClose(gemm(m, n, k, A, B, { transA, transB }), AB, 1e-13);
        const out = C.slice();
        expect(gemm(m, n, k, A, B, { transA, transB, alpha: -0.5, beta: 2, out })).toBe(out);
        expectClose(
          out,
          AB.map((x, i) => -0.5 * x + 2 * C[i]!),
          1e-13,
        );
      }),
      { numRuns: 300 },
    );
  });

  it("sums long products in blocks", () => {
    const [m, n, k] = [5, 7, 1000];
    const A = randomMatrix("A", m, k);
    const B = randomMatrix("B", k, n);
    const AB = product(
      m,
      n,
      k,
      (i, p) => A[i * k + p]!,
      (p, j) => B[p * n + j]!,
    );
    expectClose(matmul(A, B, m, k, n), AB, 1e-11);
    expectClose(gemm(m, n, k, transpose(A, m, k), B, { transA: true }), AB, 1e-11);
  });

  it("doesn't read the output when beta is 0", () => {
    const out = new Float64Array(1).fill(Number.NaN);
    expect(gemm(1, 1, 1, Float64Array.of(2), Float64Array.of(3), { out })[0]).toBe(6);
  });

  it("lets NaN through", () => {
    const A = Float64Array.of(0, Number.NaN);
    expect(matmul(A, Float64Array.of(1, 0), 1, 2, 1)[0]).toBeNaN();
  });

  it("refuses short arrays and bad dimensions", () => {
    const A = new Float64Array(3);
    expect(() => matmul(A, A, 2, 2, 1)).toThrow(ShapeError);
    expect(() => matmul(A, A, 2, 2, 1)).toThrow("A: expected 4 numbers for a 2 × 2 matrix, got 3");
    expect(() => matmul(A, A, 1, 1, 1, new Float64Array(0))).toThrow(/^out: /);
    expect(() => gram(A, 0.5, 1)).toThrow(ArgumentError);
  });
});

describe("gram, matvec, transpose", () => {
  it("equal the definition", () => {
    fc.assert(
      fc.property(extent, fc.integer({ min: 0, max: 40 }), (m, n) => {
        const A = randomMatrix("A", m, n);
        const x = randomMatrix("x", n, 1);
        const y = randomMatrix("y", m, 1);
        const T = transpose(A, m, n);
        const G = gram(A, m, n);
        const entry = (i: number, j: number): number => A[i * n + j]!;
        const flipped = (j: number, i: number): number => T[j * m + i]!;
        expectClose(G, product(n, n, m, flipped, entry), 1e-13);
        expect(G).toEqual(transpose(G, n, n));
        expectClose(
          matvec(A, x, m, n),
          product(m, 1, n, entry, (j) => x[j]!),
          1e-13,
        );
        expectClose(
          matvecTransposed(A, y, m, n),
          product(
            n,
            1,
            m,
            (j, i) => entry(i, j),
            (i) => y[i]!,
          ),
          1e-13,
        );
      }),
    );
  });
});
