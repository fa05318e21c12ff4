import { CholeskyDecomposition, Matrix, solve } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { NumericalError } from "../../../src/engine/errors/index.ts";
import {
  cholesky,
  choleskySolve,
  gemm,
  gram,
  logDeterminant,
  luSolve,
  matmul,
  qr,
  solveLower,
  solveLowerTransposed,
} from "../../../src/engine/linalg/index.ts";
import { diagonal, expectClose, identity, randomMatrix, randomSymmetric } from "./helpers.ts";

const sizes = [1, 2, 3, 4, 5, 8, 17, 33, 70];

function factor(A: Float64Array, n: number): Float64Array {
  const result = cholesky(A, n);
  if (!result.ok) throw new Error(`pivot ${result.pivot} is ${result.value}`);
  return result.L;
}

describe("cholesky", () => {
  it.each(sizes)("L·Lᵀ = A, n = %i", (n) => {
    const A = randomSymmetric("A", n, 1);
    const L = factor(A, n);
    expectClose(gemm(n, n, n, L, L, { transB: true }), A, 1e-13 * n);
    const oracle = new CholeskyDecomposition(Matrix.from1DArray(n, n, A)).lowerTriangularMatrix.to1DArray();
    expectClose(L, oracle, 1e-12 * n);
    expect(L.every((x, at) => at % n <= at / n || x === 0)).toBe(true);
  });

  it("reads the lower triangle only, and works in place", () => {
    const A = Float64Array.of(4, Number.NaN, 2, 3);
    const L = cholesky(A, 2, A);
    expect(L).toEqual({ ok: true, L: A });
    expectClose(A, [2, 0, 1, Math.SQRT2], 1e-15);
  });

  it("reports indefinite, singular and non-finite matrices with the pivot", () => {
    expect(cholesky(Float64Array.of(1, 2, 2, 1), 2)).toEqual({ ok: false, pivot: 1, value: -3 });
    expect(cholesky(new Float64Array(9), 3)).toEqual({ ok: false, pivot: 0, value: 0 });
    expect(cholesky(Float64Array.of(Number.NaN), 1)).toEqual({ ok: false, pivot: 0, value: Number.NaN });
    expect(cholesky(Float64Array.of(Infinity), 1)).toMatchObject({ ok: false, pivot: 0 });
    for (let n = 3; n < 40; n++) {
      // The last column is the sum of two others, with rounding everywhere.
      const X = randomMatrix("singular", 3 * n, n).map((x) => x / 10);
      for (let i = 0; i < 3 * n; i++) X[i * n + n - 1] = X[i * n]! + X[i * n + 1]!;
      expect(cholesky(gram(X, 3 * n, n), n)).toMatchObject({ ok: false, pivot: n - 1 });
    }
  });

  it("takes badly scaled definite matrices", () => {
    const d = [1e-300, 1, 1e300, 1e-150];
    const result = cholesky(diagonal(d), 4);
    expect(result.ok && logDeterminant(result.L, 4)).toBeCloseTo(-150 * Math.LN10, 9);
  });

  it.each(sizes)("solves, n = %i", (n) => {
    const A = randomSymmetric("A", n, 1);
    const L = factor(A, n);
    for (const columns of [1, 2, 3, 9]) {
      const X = randomMatrix("X", n, columns);
      expectClose(choleskySolve(L, n, matmul(A, X, n, n, columns), columns), X, 1e-10);
      expectClose(solveLower(L, n, matmul(L, X, n, n, columns), columns), X, 1e-10);
      const B = gemm(n, columns, n, L, X, { transA: true });
      expect(solveLowerTransposed(L, n, B, columns, B)).toBe(B);
      expectClose(B, X, 1e-10);
    }
  });
});

describe("luSolve", () => {
  it.each(sizes)("A·X = B, n = %i", (n) => {
    const A = randomMatrix("A", n, n);
    const B = randomMatrix("B", n, 3);
    const result = luSolve(A, n, B, 3);
    if (!result.ok) throw new Error("singular");
    expectClose(matmul(A, result.X, n, n, 3), B, 1e-10);
    const oracle = solve(Matrix.from1DArray(n, n, A), Matrix.from1DArray(n, 3, B)).to1DArray();
    expectClose(result.X, oracle, 1e-9);
  });

  it("pivots", () => {
    const result = luSolve(Float64Array.of(0, 1, 1, 0), 2, Float64Array.of(2, 3));
    expect(result).toEqual({ ok: true, X: Float64Array.of(3, 2) });
  });

  it("reports singular matrices and refuses NaN", () => {
    expect(luSolve(new Float64Array(4), 2, new Float64Array(2))).toEqual({ ok: false, pivot: 0, value: 0 });
    const A = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    expect(luSolve(A, 3, new Float64Array(3))).toMatchObject({ ok: false, pivot: 2 });
    expect(() => luSolve(Float64Array.of(Number.NaN), 1, new Float64Array(1))).toThrow(NumericalError);
  });
});

describe("qr", () => {
  it.each([
    [1, 1],
    [5, 5],
    [17, 6],
    [6, 17],
    [40, 39],
    [3, 0],
  ])("%i × %i: QᵀQ = I, QR = A, R upper triangular with a non-negative diagonal", (m, n) => {
    const A = randomMatrix("A", m, n);
    const r = Math.min(m, n);
    const { Q, R } = qr(A, m, n);
    expectClose(gram(Q, m, r), identity(r), 1e-14 * m);
    expectClose(matmul(Q, R, m, r, n), A, 1e-14 * m);
    for (let i = 0; i < r; i++) {
      expect(R[i * n + i]).toBeGreaterThanOrEqual(0);
      for (let j = 0; j < i; j++) expect(R[i * n + j]).toBe(0);
    }
  });

  it("keeps Q orthonormal for zero, dependent and huge columns", () => {
    for (const A of [new Float64Array(12), new Float64Array(12).fill(1), new Float64Array(12).fill(1e300)]) {
      const { Q, R } = qr(A, 4, 3);
      expectClose(gram(Q, 4, 3), identity(3), 1e-14);
      expectClose(matmul(Q, R, 4, 3, 3), A, 1e-14 * (1 + A[0]!));
    }
  });
});
