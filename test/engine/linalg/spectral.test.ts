import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { NumericalError } from "../../../src/engine/errors/index.ts";
import {
  gemm,
  gram,
  isSymmetric,
  matmul,
  qr,
  svd,
  symmetricEigen,
  symmetricInverseSqrt,
  symmetricSqrt,
} from "../../../src/engine/linalg/index.ts";
import { diagonal, expectClose, identity, randomMatrix, randomSymmetric } from "./helpers.ts";

/** Q·diag(values)·Qᵀ for a random orthogonal Q. */
function withSpectrum(values: readonly number[]): Float64Array {
  const n = values.length;
  const { Q } = qr(randomMatrix("spectrum", n, n), n, n);
  const scaled = Q.map((x, at) => x * values[at % n]!);
  const A = gemm(n, n, n, scaled, Q, { transB: true });
  return A.map((x, at) => (x + A[(at % n) * n + Math.floor(at / n)]!) / 2);
}

function checkEigen(A: Float64Array, n: number): void {
  const norm = A.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
  const { values, vectors } = symmetricEigen(A, n);
  expectClose(gram(vectors, n, n), identity(n), 1e-14 * (n + 2));
  const scaled = vectors.map((x, at) => x * values[at % n]!);
  expectClose(gemm(n, n, n, scaled, vectors, { transB: true }), A, 1e-14 * norm * (n + 2));
  expect(values).toEqual(values.toSorted());
}

describe("symmetricEigen", () => {
  it.each([1, 2, 3, 4, 7, 10, 20, 41, 100])("A = VΛVᵀ, VᵀV = I, n = %i", (n) => {
    const A = randomSymmetric("A", n).map((x, at) => (at % (n + 1) === 0 ? x - n : x));
    checkEigen(A, n);
    const oracle = new EigenvalueDecomposition(Matrix.from1DArray(n, n, A), { assumeSymmetric: true });
    expectClose(
      symmetricEigen(A, n).values,
      oracle.realEigenvalues.sort((a, b) => a - b),
      1e-12 * n,
    );
  });

  it("handles zero, diagonal, repeated, graded, tiny and huge matrices", () => {
    checkEigen(new Float64Array(25), 5);
    checkEigen(diagonal([3, -1, 2, 0]), 4);
    checkEigen(new Float64Array(36).fill(1), 6);
    checkEigen(withSpectrum([1, 1, 1, 1, 2, 2, 2, 5]), 8);
    checkEigen(withSpectrum([1, 1e-4, 1e-8, 1e-12, 1e-16, 0]), 6);
    checkEigen(Float64Array.of(1, 1e-8, 1e-200, 1e-8, 1e-16, 1e-100, 1e-200, 1e-100, 1e-300), 3);
    checkEigen(
      withSpectrum([1, 2, 3, 4]).map((x) => x * 1e-310),
      4,
    );
    checkEigen(
      withSpectrum([1, 2, 3, 4]).map((x) => x * 1e307),
      4,
    );
    checkEigen(Float64Array.of(0, 1, 1, 0), 2);
    expect(symmetricEigen(new Float64Array(0), 0).values.length).toBe(0);
  });

  it("finds known values, and vectors with the largest element positive", () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 99, -1, 2), 2);
    expectClose(values, [1, 3], 1e-15);
    const h = Math.SQRT1_2;
    expectClose(vectors, [h, h, h, -h], 1e-15);
  });

  it("gives the same after a larger matrix was decomposed", () => {
    const A = randomSymmetric("small", 5);
    const before = symmetricEigen(A, 5);
    symmetricEigen(randomSymmetric("large", 12), 12);
    expect(symmetricEigen(A, 5)).toEqual(before);
  });

  it("refuses numbers that are not finite", () => {
    expect(() => symmetricEigen(Float64Array.of(1, 0, Number.NaN, 1), 2)).toThrow(NumericalError);
    expect(() => symmetricEigen(Float64Array.of(Infinity), 1)).toThrow(/expected finite numbers/);
  });
});

describe("svd", () => {
  const check = (A: Float64Array, m: number, n: number): Float64Array => {
    const r = Math.min(m, n);
    const norm = A.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
    const { U, S, V } = svd(A, m, n);
    expectClose(gram(U, m, r), identity(r), 1e-14 * (m + 4));
    expectClose(gram(V, n, r), identity(r), 1e-14 * (n + 4));
    expect(S).toEqual(S.toSorted().reverse());
    const US = U.map((x, at) => x * S[at % r]!);
    expectClose(gemm(m, n, r, US, V, { transB: true }), A, 1e-14 * norm * (m + n));
    return S;
  };

  it.each([
    [1, 1],
    [6, 6],
    [17, 6],
    [6, 17],
    [60, 40],
  ])("A = USVᵀ with orthonormal columns, %i × %i", (m, n) => {
    const A = randomMatrix("A", m, n);
    const S = check(A, m, n);
    const oracle = new SingularValueDecomposition(Matrix.from1DArray(m, n, A), { autoTranspose: true }).diagonal;
    expectClose(S, oracle, 1e-12);
  });

  it("handles zero, dependent, tiny and huge matrices", () => {
    check(new Float64Array(12), 4, 3);
    check(new Float64Array(12).fill(2), 3, 4);
    check(
      randomMatrix("A", 4, 3).map((x) => x * 1e-305),
      4,
      3,
    );
    check(
      randomMatrix("A", 4, 3).map((x) => x * 1e300),
      4,
      3,
    );
    const outer = matmul(randomMatrix("u", 8, 2), randomMatrix("v", 2, 8), 8, 2, 8);
    const S = check(outer, 8, 8);
    for (let i = 2; i < 8; i++) expect(S[i]).toBeLessThan(1e-14 * S[0]!);
  });

  it("keeps small singular values that AᵀA would lose", () => {
    const wanted = [1, 1e-3, 1e-6, 1e-9, 1e-12];
    const { Q } = qr(randomMatrix("left", 9, 5), 9, 5);
    const right = qr(randomMatrix("right", 5, 5), 5, 5).Q;
    const mixed = matmul(
      Q.map((x, at) => x * wanted[at % 5]!),
      right,
      9,
      5,
      5,
    );
    const graded = Q.map((x, at) => x * wanted[at % 5]! ** 10);
    svd(mixed, 9, 5).S.forEach((s, i) => {
      expect(Math.abs(s - wanted[i]!)).toBeLessThan(1e-15);
    });
    // Columns of very different size: full relative accuracy.
    svd(graded, 9, 5).S.forEach((s, i) => {
      expect(Math.abs(s / wanted[i]! ** 10 - 1)).toBeLessThan(1e-13);
    });
  });

  it("refuses numbers that are not finite", () => {
    expect(() => svd(Float64Array.of(1, Number.NaN), 1, 2)).toThrow(NumericalError);
  });
});

describe("symmetric roots", () => {
  it.each([1, 2, 5, 20])("square to the matrix and its inverse, n = %i", (n) => {
    const A = randomSymmetric("A", n, 1);
    const root = symmetricSqrt(A, n);
    const inverse = symmetricInverseSqrt(A, n);
    expectClose(matmul(root, root, n, n, n), A, 1e-13 * n);
    expectClose(matmul(root, inverse, n, n, n), identity(n), 1e-12 * n);
    expect(isSymmetric(root, n, 0)).toBe(true);
  });

  it("clips rounding, reports what is indefinite", () => {
    const singular = withSpectrum([4, 1, 0, 0]);
    const root = symmetricSqrt(singular, 4);
    expectClose(matmul(root, root, 4, 4, 4), singular, 1e-14);
    expect(() => symmetricInverseSqrt(singular, 4)).toThrow(/expected positive eigenvalues, but number 0/);
    expect(() => symmetricSqrt(withSpectrum([4, 1, -1e-10]), 3)).toThrow(NumericalError);
    expect(() => symmetricSqrt(diagonal([1, -2]), 2)).toThrow(
      "A: expected non-negative eigenvalues, but number 0 (ascending) is -2",
    );
    expect(symmetricSqrt(new Float64Array(4), 2)).toEqual(new Float64Array(4));
  });
});

describe("isSymmetric", () => {
  it("compares with the largest element", () => {
    const A = Float64Array.of(1e6, 1, 1 + 1e-8, 0);
    expect(isSymmetric(A, 2)).toBe(true);
    expect(isSymmetric(A, 2, 1e-15)).toBe(false);
    expect(isSymmetric(Float64Array.of(Number.NaN), 1)).toBe(false);
  });
});
