// The kernels of the linear algebra in a page, against plain JavaScript; this file runs in an isolated page, too.
import { afterAll, describe, expect, inject, it } from "vitest";
import {
  cholesky,
  choleskySolve,
  fftRows,
  gemm,
  gram,
  linalgInUse,
  luSolve,
  matmul,
  qr,
  rfft2,
  svd,
  symmetricEigen,
} from "../../src/engine/linalg/index.ts";
import { kernelsAvailable, scratchBytes, useKernels } from "../../src/engine/linalg/wasm/index.ts";
import { randomStreams } from "../../src/index.ts";

const stream = randomStreams(3).stream("kernels");
const normals = (n: number): Float64Array => stream.normals(n);

afterAll(() => {
  useKernels(true);
});

function both<T>(run: () => T): { fast: T; plain: T } {
  useKernels(true);
  expect(kernelsAvailable()).toBe(true);
  const fast = run();
  useKernels(false);
  const plain = run();
  useKernels(true);
  return { fast, plain };
}

function near(got: Float64Array, want: Float64Array, tolerance: number): void {
  expect(got.length).toBe(want.length);
  const scale = want.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let worst = 0;
  want.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(got[i]! - value));
  });
  expect(worst).toBeLessThanOrEqual(tolerance * scale);
}

function definite(n: number): Float64Array {
  const A = gram(normals(n * n), n, n);
  for (let i = 0; i < n; i++) A[i * n + i] = A[i * n + i]! + 1;
  return A;
}

it("are what runs, and no native library", () => {
  expect(crossOriginIsolated).toBe(inject("isolated"));
  expect(linalgInUse()).toEqual({ kernels: true });
});

describe("products in a page", () => {
  it("have the bits of JavaScript", () => {
    const [m, n, k] = [61, 35, 300];
    const [A, B, C] = [normals(m * k), normals(k * n), normals(m * n)];
    for (const transA of [false, true])
      for (const transB of [false, true]) {
        const { fast, plain } = both(() => gemm(m, n, k, A, B, { transA, transB, alpha: 2, beta: -1, out: C.slice() }));
        expect(fast).toEqual(plain);
      }
    const grams = both(() => gram(A, m, k));
    expect(grams.fast).toEqual(grams.plain);
  });
  it("are right where the memory has to grow", () => {
    const n = 1100;
    const A = new Float64Array(n * n).fill(1);
    const before = scratchBytes();
    expect(matmul(A, A, n, n, n).every((value) => value === n)).toBe(true);
    expect(scratchBytes()).toBeGreaterThan(before);
  });
});

describe("factorisations in a page", () => {
  it.each([13, 64, 150])("of order %i match JavaScript", (n) => {
    const [A, B] = [definite(n), normals(n * 3)];
    const factors = both(() => {
      const result = cholesky(A, n);
      if (!result.ok) throw new Error("indefinite");
      return result.L;
    });
    near(factors.fast, factors.plain, 1e-12);
    const solutions = both(() => choleskySolve(factors.plain, n, B, 3));
    near(solutions.fast, solutions.plain, 1e-10);
    const eigen = both(() => symmetricEigen(A, n));
    near(eigen.fast.values, eigen.plain.values, 1e-12);
    near(eigen.fast.vectors, eigen.plain.vectors, 1e-8);
  });
  it("say where a matrix isn't definite", () => {
    const A = definite(40);
    A[20 * 40 + 20] = -1;
    const { fast, plain } = both(() => cholesky(A, 40));
    expect(fast).toMatchObject({ ok: false, pivot: 20 });
    expect(plain).toMatchObject({ ok: false, pivot: 20 });
  });
  it("of rectangles and of general matrices match JavaScript", () => {
    const [A, S, b] = [normals(200 * 30), normals(60 * 60), normals(60)];
    const r = both(() => qr(A, 200, 30).R.map(Math.abs));
    near(r.fast, r.plain, 1e-12);
    const values = both(() => svd(A, 200, 30).S);
    near(values.fast, values.plain, 1e-12);
    const x = both(() => {
      const result = luSolve(S, 60, b);
      if (!result.ok) throw new Error("singular");
      return result.X;
    });
    near(x.fast, x.plain, 1e-9);
  });
});

describe("Fourier transforms in a page", () => {
  it.each([64, 100, 127, 4096])("of length %i match JavaScript", (n) => {
    const x = normals(2 * n);
    for (const inverse of [false, true]) {
      const { fast, plain } = both(() => {
        const data = x.slice();
        fftRows(data, 0, 1, n, inverse);
        return data;
      });
      near(fast, plain, 1e-13);
    }
  });
  it("of two axes match JavaScript", () => {
    const x = normals(48 * 64);
    const { fast, plain } = both(() => {
      const out = new Float64Array(2 * 48 * 33);
      rfft2(x, 0, 1, 48, 64, out, 0);
      return out;
    });
    near(fast, plain, 1e-13);
  });
});
