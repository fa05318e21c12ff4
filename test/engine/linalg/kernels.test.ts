import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { gemm, gram } from "../../../src/engine/linalg/index.ts";
import { kernelsAvailable, kernelsOn, scratchBytes, useKernels } from "../../../src/engine/linalg/wasm/index.ts";
import { expectClose, product, randomMatrix } from "./helpers.ts";

afterEach(() => {
  useKernels(true);
});

/** The result of `run` by the kernels and by plain JavaScript. */
function both<T>(run: () => T): [T, T] {
  useKernels(true);
  const fast = run();
  useKernels(false);
  const plain = run();
  useKernels(true);
  return [fast, plain];
}

const extent = fc.integer({ min: 1, max: 70 });

describe("kernels", () => {
  it("run here, and can be switched off", () => {
    expect(kernelsAvailable()).toBe(true);
    expect(useKernels(false)).toBe(true);
    expect(kernelsAvailable()).toBe(false);
    expect(useKernels(true)).toBe(false);
  });

  it("multiply to the same bits as plain JavaScript, whatever the variant and size", () => {
    fc.assert(
      fc.property(
        extent,
        extent,
        fc.integer({ min: 1, max: 600 }),
        fc.boolean(),
        fc.boolean(),
        (m, n, k, transA, transB) => {
          const A = randomMatrix("A", m, k);
          const B = randomMatrix("B", k, n);
          const C = randomMatrix("C", m, n);
          const [fast, plain] = both(() =>
            gemm(m, n, k, A, B, { transA, transB, alpha: 1.5, beta: -0.3, out: C.slice() }),
          );
          expect(fast).toEqual(plain);
          const [a, b] = both(() => gemm(m, n, k, A, B, { transA, transB }));
          expect(a).toEqual(b);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("multiply large matrices in stretches", () => {
    for (const [m, n, k] of [
      [3000, 40, 41],
      [769, 40, 41],
      [40, 30, 5000],
      [700, 600, 515],
    ] as const)
      for (const transA of [false, true]) {
        const A = randomMatrix("A", m, k);
        const B = randomMatrix("B", k, n);
        const [fast, plain] = both(() =>
          gemm(m, n, k, A, B, { transA, beta: 2, out: new Float64Array(m * n).fill(1) }),
        );
        expect(fast).toEqual(plain);
      }
    const [fast, plain] = both(() => gram(randomMatrix("A", 4000, 37), 4000, 37));
    expect(fast).toEqual(plain);
  });

  it("let NaN and infinity through, and don't read the output when beta is 0", () => {
    const A = new Float64Array(400).fill(1);
    A[21] = Number.NaN;
    A[45] = Infinity;
    const C = gemm(20, 20, 20, A, new Float64Array(400).fill(1), { out: new Float64Array(400).fill(Number.NaN) });
    expect(C[0]).toBe(20);
    expect(C[20]).toBeNaN();
    expect(C[40]).toBe(Infinity);
  });

  it("keep one memory over many calls, and arrays given out before it grows", () => {
    const A = randomMatrix("A", 40, 40);
    const first = gemm(40, 40, 40, A, A);
    const kept = first.slice();
    const before = scratchBytes();
    for (let i = 0; i < 10_000; i++) gram(A, 40, 40);
    expect(scratchBytes()).toBe(before);
    const large = randomMatrix("large", 1100, 1100);
    const C = gemm(1100, 1100, 1100, large, large, { transA: true, transB: true });
    expect(scratchBytes()).toBeGreaterThan(before);
    expect(first).toEqual(kept);
    expect(gemm(40, 40, 40, A, A)).toEqual(kept);
    const [i, j] = [1099, 7];
    let sum = 0;
    for (let p = 0; p < 1100; p++) sum += large[p * 1100 + i]! * large[j * 1100 + p]!;
    expect(C[i * 1100 + j]).toBeCloseTo(sum, 9);
  });
});

describe("kernelsOn", () => {
  const memory = new WebAssembly.Memory({ initial: 16 });
  const K = kernelsOn(memory);
  /** Places arrays one after another, returns their addresses and the next free one. */
  const place = (Type: typeof Float64Array | typeof Float32Array, ...arrays: ArrayLike<number>[]): number[] => {
    let at = 1024;
    const addresses = arrays.map((array) => {
      new Type(memory.buffer, at, array.length).set(array);
      const address = at;
      at += 64 * Math.ceil((array.length * Type.BYTES_PER_ELEMENT) / 64);
      return address;
    });
    return [...addresses, at];
  };

  it("are one instance per memory and go on after it grew", () => {
    expect(kernelsOn(memory)).toBe(K);
    const own = new WebAssembly.Memory({ initial: 1 });
    const kernels = kernelsOn(own);
    own.grow(4);
    new Float64Array(own.buffer, 3 * 65536, 2).set([3, 4]);
    kernels.gemv64(1, 2, 1, 3 * 65536, 2, 3 * 65536, 0, 4 * 65536);
    expect(new Float64Array(own.buffer, 4 * 65536, 1)[0]).toBe(25);
  });

  it("multiply rows in place", () => {
    for (const [m, n] of [
      [1, 1],
      [65, 3],
      [130, 20],
    ] as const) {
      const X = randomMatrix("X", m, n);
      const W = randomMatrix("W", n, n);
      const wanted = product(
        m,
        n,
        n,
        (i, p) => X[i * n + p]!,
        (p, j) => W[p * n + j]!,
      );
      const [x, w, work] = place(Float64Array, X, W) as [number, number, number];
      K.gemmInPlace64(m, n, x, n, w, n, work);
      expectClose(new Float64Array(memory.buffer, x, m * n), wanted, 1e-13);
      const [y, v, more] = place(Float32Array, X, W) as [number, number, number];
      K.gemmInPlace32(m, n, y, n, v, n, more);
      expectClose(new Float32Array(memory.buffer, y, m * n), wanted, 1e-5);
    }
  });

  it("multiply float32 matrices and vectors", () => {
    fc.assert(
      fc.property(
        extent,
        extent,
        fc.integer({ min: 0, max: 300 }),
        fc.boolean(),
        fc.boolean(),
        (m, n, k, transA, transB) => {
          const A = randomMatrix("A", m, k);
          const B = randomMatrix("B", k, n);
          const [rsa, csa] = transA ? [1, m] : [k, 1];
          const [rsb, csb] = transB ? [1, k] : [n, 1];
          const wanted = product(
            m,
            n,
            k,
            (i, p) => A[i * rsa + p * csa]!,
            (p, j) => B[p * rsb + j * csb]!,
          );
          const [a, b, c, work] = place(Float32Array, A, B, new Float32Array(m * n).fill(1)) as [
            number,
            number,
            number,
            number,
          ];
          K.gemm32(m, n, k, 2, a, rsa, csa, b, rsb, csb, -1, c, n, work);
          expectClose(
            new Float32Array(memory.buffer, c, m * n),
            wanted.map((x) => 2 * x - 1),
            2e-6 * (k + 10),
          );
        },
      ),
    );
  });
});
