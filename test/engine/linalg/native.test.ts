import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { CapabilityError } from "../../../src/engine/errors/index.ts";
import { cholesky, gemm, gram, linalgInUse, matmul, symmetricEigen } from "../../../src/engine/linalg/index.ts";
import { chooseBlas, openBlas, useNativeBlas } from "../../../src/engine/linalg/native/index.ts";
import { findKoffi } from "../../../src/engine/linalg/native/koffi.ts";
import { fakeKoffi } from "./fakeBlas.ts";
import { randomMatrix, randomSymmetric } from "./helpers.ts";

afterAll(() => useNativeBlas(undefined));

describe("the choice of a native library", () => {
  const none = (): undefined => undefined;

  it("is none with off, whatever there is, and without koffi", () => {
    const koffi = fakeKoffi();
    expect(chooseBlas("off", () => koffi, "linux")).toBeUndefined();
    expect(koffi.tried).toEqual([]);
    for (const setting of [undefined, ""]) expect(chooseBlas(setting, none, "linux")).toBeUndefined();
  });

  it("is the first under the usual names when nothing is said", () => {
    const koffi = fakeKoffi();
    expect(chooseBlas(undefined, () => koffi, "linux")?.name).toBe("BLAS");
    expect(koffi.tried).toEqual(["libopenblas.so.0", "libopenblas.so"]);
    expect(chooseBlas(undefined, () => koffi, "win32")).toBeUndefined();
    expect(chooseBlas(undefined, () => koffi, "aix")).toBeUndefined();
  });

  it("is the path that is given", () => {
    expect(chooseBlas("/lib/there.so", () => fakeKoffi(), "linux")?.path).toBe("/lib/there.so");
  });

  it("names OpenBLAS's version and kind of processor", () => {
    const change = {
      openblas_get_config: () => "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH",
      openblas_get_corename: () => "Zen",
    };
    expect(chooseBlas("/lib/there.so", () => fakeKoffi(change), "linux")?.name).toBe("OpenBLAS 0.3.21 (Zen)");
  });

  it.each([
    ["gone.so", {}, "cannot open gone.so"],
    ["/lib/there.so", { dpotrf_: undefined }, "no function dpotrf_"],
    ["/lib/there.so", { dgemm_: () => 0 }, "its results are wrong"],
    [
      "/lib/there.so",
      {
        dsyevd_: () => {
          throw new Error("trap");
        },
      },
      "its results are wrong",
    ],
  ])("says why %s can't be used", (path, change, reason) => {
    const attempt = (): unknown => chooseBlas(path, () => fakeKoffi(change), "linux");
    expect(attempt).toThrow(CapabilityError);
    expect(attempt).toThrow(
      `ONDA_BLAS: expected the path of an OpenBLAS, or off, got "${path}", which can't be used (${reason})`,
    );
  });

  it("says that a path needs koffi", () => {
    expect(() => chooseBlas("/lib/there.so", none, "linux")).toThrow(
      'ONDA_BLAS: "/lib/there.so" needs the package koffi: npm install koffi, or ONDA_BLAS=off',
    );
  });
});

function near(got: Float64Array, want: Float64Array, tolerance = 1e-10): void {
  expect(got.length).toBe(want.length);
  want.forEach((value, i) => {
    if (!(Math.abs(got[i]! - value) <= tolerance * (1 + Math.abs(value)))) expect(got[i]).toBe(value);
  });
}

/** The same by the kernels. */
function byKernels<T>(run: () => T): T {
  useNativeBlas(undefined);
  return run();
}

const real = ((): ReturnType<typeof chooseBlas> => {
  try {
    return chooseBlas(undefined, findKoffi, process.platform);
  } catch {
    return undefined;
  }
})();

describe.each([
  { name: "functions by their definitions", open: () => openBlas(fakeKoffi(), "/lib/there.so"), there: true },
  { name: "the library of this machine", open: () => real, there: real !== undefined },
])("large matrices through $name", ({ open, there }) => {
  const native = <T>(run: () => T): T => {
    useNativeBlas(open());
    return run();
  };

  it.skipIf(!there)("have the products of the kernels, transposed or not", () => {
    const [m, n, k] = [70, 66, 80];
    const [A, B, C] = [randomMatrix("A", m, k), randomMatrix("B", k, n), randomMatrix("C", m, n)];
    for (const transA of [false, true])
      for (const transB of [false, true])
        for (const [alpha, beta] of [
          [1, 0],
          [-2, 0.5],
        ] as const) {
          const run = (): Float64Array => gemm(m, n, k, A, B, { transA, transB, alpha, beta, out: C.slice() });
          near(native(run), byKernels(run));
        }
  });

  it.skipIf(!there)("have Gram matrices that are exactly symmetric", () => {
    const A = randomMatrix("G", 300, 40);
    const run = (): Float64Array => gram(A, 300, 40);
    const G = native(run);
    near(G, byKernels(run));
    for (let i = 0; i < 40; i++) for (let j = 0; j < i; j++) expect(G[i * 40 + j]).toBe(G[j * 40 + i]);
  });

  it.skipIf(!there)("have Cholesky factors, in place too, from the lower triangle", () => {
    const n = 130;
    const A = randomSymmetric("S", n, 1);
    const lower = A.map((value, at) => (at % n > Math.floor(at / n) ? Number.NaN : value));
    const want = byKernels(() => cholesky(A, n));
    const got = native(() => cholesky(lower, n));
    if (!got.ok || !want.ok) throw new Error("indefinite");
    near(got.L, want.L);
    expect(cholesky(lower, n, lower)).toMatchObject({ ok: true, L: got.L });
  });

  it.skipIf(!there)("say where a matrix isn't definite as the kernels do", () => {
    const n = 130;
    const indefinite = randomSymmetric("S", n, 1);
    indefinite[50 * n + 50] = -1;
    const dependent = new Float64Array(n * n).fill(1);
    const infinite = randomSymmetric("S", n, 1);
    infinite[20 * n + 20] = Infinity;
    for (const A of [indefinite, dependent, infinite]) {
      const run = (): unknown => cholesky(A.slice(), n);
      expect(native(run)).toEqual(byKernels(run));
      const inPlace = (): unknown => {
        const copy = A.slice();
        return cholesky(copy, n, copy);
      };
      expect(native(inPlace)).toEqual(byKernels(run));
    }
  });

  it.skipIf(!there)("have the eigenvalues and, with the same signs, vectors of the kernels", () => {
    const n = 160;
    const A = randomSymmetric("E", n);
    const lower = A.map((value, at) => (at % n > Math.floor(at / n) ? 0 : value));
    const [got, want] = [native(() => symmetricEigen(lower, n)), byKernels(() => symmetricEigen(A, n))];
    near(got.values, want.values, 1e-11);
    near(got.vectors, want.vectors, 1e-7);
  });
});

describe("what native code isn't given", () => {
  const koffi = fakeKoffi();
  beforeEach(() => {
    useNativeBlas(openBlas(koffi, "/lib/there.so"));
    koffi.calls.clear();
  });
  afterEach(() => expect([...koffi.calls]).toEqual([]));

  it("is small", () => {
    matmul(randomMatrix("A", 60, 60), randomMatrix("B", 60, 60), 60, 60, 60);
    gram(randomMatrix("A", 60, 60), 60, 60);
    cholesky(randomSymmetric("S", 100, 1), 100);
    symmetricEigen(randomSymmetric("S", 100), 100);
  });

  it("lies in memory that is shared between threads", () => {
    const A = new Float64Array(new SharedArrayBuffer(8 * 6400)).fill(1);
    expect(matmul(A, A, 80, 80, 80)[0]).toBe(80);
  });
});

describe("failures of a native library", () => {
  it("leave the work to the kernels", () => {
    const koffi = fakeKoffi();
    const fail = (): never => {
      throw new Error("trap");
    };
    const broken = { ...openBlas(koffi, "/lib/there.so"), dgemm: fail, dsyrk: fail, dpotrf: fail, dsyevd: fail };
    const [A, S] = [randomMatrix("A", 80, 80), randomSymmetric("S", 160, 1)];
    const run = (): unknown => [matmul(A, A, 80, 80, 80), gram(A, 80, 80), cholesky(S, 160), symmetricEigen(S, 160)];
    const want = byKernels(run);
    useNativeBlas(broken);
    expect(run()).toEqual(want);
  });
});

describe("linalgInUse", () => {
  it("names the library", () => {
    useNativeBlas(openBlas(fakeKoffi(), "/lib/there.so"));
    expect(linalgInUse()).toEqual({ kernels: true, native: { name: "BLAS", path: "/lib/there.so" } });
    useNativeBlas(undefined);
    expect(linalgInUse()).toEqual({ kernels: true });
  });
});
