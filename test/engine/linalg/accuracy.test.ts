import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NumericalError } from "../../../src/engine/errors/index.ts";
import {
  cholesky,
  choleskySolve,
  fftRows,
  gemm,
  gram,
  luSolve,
  matmul,
  qr,
  svd,
  symmetricEigen,
  symmetricInverseSqrt,
  symmetricSqrt,
} from "../../../src/engine/linalg/index.ts";
import { scratchBytes, useKernels } from "../../../src/engine/linalg/wasm/index.ts";
import { diagonal, expectClose, identity, randomMatrix } from "./helpers.ts";

const sizes = [1, 2, 3, 5, 8, 13, 16, 17, 31, 32, 33, 64, 65, 100, 129];
const tolerance = 1e-13;

const largest = (A: Float64Array): number => A.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
const scaled = (A: Float64Array, n: number, values: ArrayLike<number>): Float64Array =>
  A.map((x, at) => x * values[at % n]!);

/** From 1 down to 1/condition in equal ratios. */
const spectrum = (n: number, condition: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => condition ** (-i / Math.max(1, n - 1)));

function orthogonal(purpose: string, n: number): Float64Array {
  return qr(randomMatrix(purpose, n, n), n, n).Q;
}

/** A symmetric matrix with these eigenvalues. */
function symmetric(n: number, values: ArrayLike<number>): Float64Array {
  const Q = orthogonal("symmetric", n);
  const A = gemm(n, n, n, scaled(Q, n, values), Q, { transB: true });
  return A.map((x, at) => (x + A[(at % n) * n + Math.floor(at / n)]!) / 2);
}

/** An m×n matrix with these singular values. */
function general(m: number, n: number, values: ArrayLike<number>): Float64Array {
  const r = Math.min(m, n);
  const { Q } = qr(randomMatrix("left", m, r), m, r);
  return gemm(m, n, r, scaled(Q, r, values), qr(randomMatrix("right", n, r), n, r).Q, { transB: true });
}

function relative(found: Float64Array, wanted: Float64Array, scale = largest(wanted)): void {
  expectClose(found, wanted, tolerance * scale);
}

/** Elements that differ by many orders of magnitude: D·A·D. */
const graded = (A: Float64Array, n: number): Float64Array =>
  A.map((x, at) => x * 10 ** (-(Math.floor(at / n) + (at % n)) / 4));

describe.each([
  ["kernels", true],
  ["plain JavaScript", false],
])("by %s", (_, on) => {
  beforeAll(() => {
    useKernels(on);
  });
  afterAll(() => {
    useKernels(true);
  });

  describe("symmetricEigen", () => {
    const check = (A: Float64Array, n: number): Float64Array => {
      const { values, vectors } = symmetricEigen(A, n);
      relative(gram(vectors, n, n), identity(n));
      relative(matmul(A, vectors, n, n, n), scaled(vectors, n, values), largest(A) * Math.sqrt(n));
      expect(values).toEqual(values.toSorted());
      return values;
    };

    it.each(sizes)("residual and orthogonality, n = %i", (n) => {
      const A = symmetric(n, randomMatrix("values", n, 1));
      check(A, n);
      check(symmetric(n, spectrum(n, 1e12)), n);
      check(symmetric(n, spectrum(n, 1).fill(0, n >> 1)), n);
      check(graded(A, n), n);
      for (const scale of [1e-300, 1e-160, 1e160, 1e300])
        expectClose(
          check(
            A.map((x) => x * scale),
            n,
          ).map((x) => x / scale),
          check(A, n),
          1e-12,
        );
    });

    it("finds eigenvalues that are far apart and close together", () => {
      const values = [0, 1e-12, 1e-6, 1, 1, 1 + 1e-10, 2];
      expectClose(check(symmetric(7, values), 7), values, 1e-14);
      const n = 60;
      const tridiagonal = new Float64Array(n * n);
      for (let i = 0; i < n; i++) {
        tridiagonal[i * n + i] = Math.abs(i - n / 2);
        if (i > 0) tridiagonal[i * n + i - 1] = tridiagonal[(i - 1) * n + i] = 1;
      }
      check(tridiagonal, n);
      check(new Float64Array(n * n).fill(1), n);
      check(new Float64Array(n * n), n);
      check(diagonal(spectrum(n, 1e12)), n);
    });

    it("refuses NaN and infinity anywhere", () => {
      for (const bad of [Number.NaN, Infinity])
        for (const at of [0, 30, 63])
          expect(() => symmetricEigen(identity(8).fill(bad, at, at + 1), 8)).toThrow(NumericalError);
    });

    it.each([6, 33])("roots multiply to the matrix, n = %i", (n) => {
      const A = symmetric(n, spectrum(n, 1e4));
      const root = symmetricSqrt(A, n);
      relative(matmul(root, root, n, n, n), A);
      expectClose(matmul(symmetricInverseSqrt(A, n), root, n, n, n), identity(n), 1e-11);
    });
  });

  describe("cholesky and luSolve", () => {
    const backward = (A: Float64Array, X: Float64Array, B: Float64Array, n: number, columns: number): void => {
      relative(matmul(A, X, n, n, columns), B, Math.max(1, n) * largest(A) * largest(X));
    };

    it.each(sizes)("small residuals up to a condition number of 1e12, n = %i", (n) => {
      for (const condition of [1, 1e6, 1e12])
        for (const scale of [1e-150, 1, 1e150]) {
          const A = symmetric(n, spectrum(n, condition)).map((x) => x * scale);
          const result = cholesky(A, n);
          if (!result.ok) throw new Error(`pivot ${result.pivot} is ${result.value}`);
          relative(gemm(n, n, n, result.L, result.L, { transB: true }), A);
          const G = general(n, n, spectrum(n, condition)).map((x) => x * scale);
          for (const columns of [1, 2, 7, 8, 33]) {
            const B = randomMatrix("B", n, columns);
            backward(A, choleskySolve(result.L, n, B, columns), B, n, columns);
            const solved = luSolve(G, n, B, columns);
            if (!solved.ok) throw new Error(`pivot ${solved.pivot} is ${solved.value}`);
            backward(G, solved.X, B, n, columns);
          }
        }
    });

    it.each([2, 9, 17, 40, 70])("reports where a matrix isn't definite, n = %i", (n) => {
      for (const pivot of [0, n >> 1, n - 1]) {
        const A = identity(n);
        A[pivot * n + pivot] = -2;
        expect(cholesky(A, n)).toEqual({ ok: false, pivot, value: -2 });
        A[pivot * n + pivot] = Number.NaN;
        expect(cholesky(A, n)).toMatchObject({ ok: false, pivot, value: Number.NaN });
        A[pivot * n + pivot] = Infinity;
        expect(cholesky(A, n)).toMatchObject({ ok: false, pivot });
        const S = identity(n);
        S[pivot * n + pivot] = 0;
        expect(luSolve(S, n, randomMatrix("B", n, 2), 2)).toEqual({ ok: false, pivot, value: 0 });
        S[pivot * n + pivot] = Number.NaN;
        expect(() => luSolve(S, n, new Float64Array(n))).toThrow(NumericalError);
      }
      // The last column is the sum of two others, exactly.
      const low = randomMatrix("low", n, n).map((x) => Math.round(4 * x));
      for (let i = 0; i < n; i++) low[i * n + n - 1] = low[i * n]! + (n > 2 ? low[i * n + 1]! : 0);
      expect(luSolve(low, n, new Float64Array(n))).toMatchObject({ ok: false, pivot: n - 1 });
    });

    it("solves systems without unknowns", () => {
      const empty = new Float64Array(0);
      expect(cholesky(empty, 0)).toEqual({ ok: true, L: empty });
      expect(luSolve(empty, 0, empty)).toEqual({ ok: true, X: empty });
      expect(symmetricEigen(empty, 0).values.length).toBe(0);
      expect(svd(empty, 0, 0).S.length).toBe(0);
      expect(gemm(0, 0, 3, empty, empty).length).toBe(0);
    });
  });

  describe("qr and svd", () => {
    const shapes = [
      [1, 1],
      [7, 7],
      [30, 30],
      [33, 8],
      [8, 33],
      [200, 17],
      [65, 64],
      [400, 40],
    ] as const;

    const checkQr = (A: Float64Array, m: number, n: number): void => {
      const r = Math.min(m, n);
      const { Q, R } = qr(A, m, n);
      relative(gram(Q, m, r), identity(r));
      relative(matmul(Q, R, m, r, n), A, largest(A) * Math.sqrt(n));
      for (let i = 0; i < r; i++) {
        expect(R[i * n + i]).toBeGreaterThanOrEqual(0);
        for (let j = 0; j < i; j++) expect(R[i * n + j]).toBe(0);
      }
    };
    const checkSvd = (A: Float64Array, m: number, n: number): Float64Array => {
      const r = Math.min(m, n);
      const { U, S, V } = svd(A, m, n);
      relative(gram(U, m, r), identity(r));
      relative(gram(V, n, r), identity(r));
      relative(gemm(m, n, r, scaled(U, r, S), V, { transB: true }), A, largest(A) * Math.sqrt(m + n));
      return S;
    };

    it.each(shapes)("%i × %i: residual, orthogonality, singular values", (m, n) => {
      const r = Math.min(m, n);
      for (const condition of [1, 1e3, 1e7, 1e9, 1e12]) {
        const values = spectrum(r, condition);
        const A = general(m, n, values);
        for (const scale of [1e-290, 1, 1e290]) {
          const B = A.map((x) => x * scale);
          checkQr(B, m, n);
          expectClose(
            checkSvd(B, m, n).map((x) => x / scale),
            values,
            1e-14 * Math.sqrt(m),
          );
        }
      }
    });

    it.each(shapes)("%i × %i: dependent, zero and graded columns", (m, n) => {
      const r = Math.min(m, n);
      checkQr(general(m, n, spectrum(r, 1).fill(0, r >> 1)), m, n);
      const S = checkSvd(general(m, n, spectrum(r, 1).fill(0, r >> 1)), m, n);
      for (let i = r >> 1; i < r; i++) expect(S[i]).toBeLessThan(1e-14 * Math.sqrt(m));
      checkQr(new Float64Array(m * n), m, n);
      checkSvd(new Float64Array(m * n), m, n);
      const A = randomMatrix("graded", m, n).map((x, at) => x * 10 ** (-3 * (at % n)));
      checkQr(A, m, n);
      checkSvd(A, m, n);
    });

    it("refuses NaN", () => {
      expect(() => svd(identity(9).fill(Number.NaN, 80), 9, 9)).toThrow(NumericalError);
    });
  });
});

describe("the scratch memory", () => {
  it("doesn't grow over ten thousand calls, also of those that fail", () => {
    useKernels(true);
    const n = 14;
    const A = symmetric(n, spectrum(n, 10));
    const x = randomMatrix("x", n, n);
    const indefinite = A.map((value) => -value);
    const bad = identity(n).fill(Number.NaN, 3, 4);
    const calls = [
      () => cholesky(A, n),
      () => cholesky(indefinite, n),
      () => luSolve(A, n, x, n),
      () => symmetricEigen(A, n),
      () => qr(A, n, n),
      () => svd(A, n, n),
      () => fftRows(x.slice(0, 192), 0, 3, 32, false),
      () => expect(() => symmetricEigen(bad, n)).toThrow(NumericalError),
    ];
    const first = calls.slice(0, 6).map((call) => call());
    const before = scratchBytes();
    for (let i = 0; i < 10_000; i++) calls[i % calls.length]!();
    expect(scratchBytes()).toBe(before);
    expect(calls.slice(0, 6).map((call) => call())).toEqual(first);
  });
});
