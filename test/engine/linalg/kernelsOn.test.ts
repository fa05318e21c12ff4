import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fftRotations, fftTwiddles, rfftRows, symmetricEigen } from "../../../src/engine/linalg/index.ts";
import { kernelsOn } from "../../../src/engine/linalg/wasm/index.ts";
import { expectClose, identity, product, randomMatrix, randomSymmetric } from "./helpers.ts";

const memory = new WebAssembly.Memory({ initial: 64 });
const K = kernelsOn(memory);
const start = 1024;

/** Places arrays one after another from `start` on; returns their addresses and that of what is free. */
function place(...arrays: Float64Array[]): number[] {
  let at = start;
  const addresses = arrays.map((array) => {
    new Float64Array(memory.buffer, at, array.length).set(array);
    const address = at;
    at += 64 * Math.ceil(array.length / 8) + 64;
    return address;
  });
  return [...addresses, at];
}

const read = (address: number, count: number): Float64Array => new Float64Array(memory.buffer, address, count).slice();
const extent = fc.integer({ min: 1, max: 45 });

/** T with ones on the diagonal if `unit`, zeros on the other side. */
function triangle(T: Float64Array, n: number, upper: boolean, unit: boolean): Float64Array {
  return T.map((x, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    if (i === j) return unit ? 1 : x;
    return i < j === upper ? x : 0;
  });
}

describe("kernels on a memory", () => {
  it("solve triangular systems of all kinds", () => {
    fc.assert(
      fc.property(
        extent,
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (n, columns, upper, unit, transposed) => {
          const T = randomMatrix("T", n, n).map((x, at) => (at % (n + 1) === 0 ? 2 + Math.abs(x) : x / n));
          const X = randomMatrix("X", n, columns);
          const effective = triangle(
            transposed ? T.map((_, at) => T[(at % n) * n + Math.floor(at / n)]!) : T,
            n,
            upper,
            unit,
          );
          const B = product(
            n,
            columns,
            n,
            (i, p) => effective[i * n + p]!,
            (p, j) => X[p * columns + j]!,
          );
          // A wider array than the right-hand sides: what is beside them stays.
          const ld = columns + 3;
          const wide = new Float64Array(n * ld).fill(7);
          for (let i = 0; i < n; i++) wide.set(B.subarray(i * columns, (i + 1) * columns), i * ld);
          const [t, b, work] = place(T, wide) as [number, number, number];
          const [row, column] = transposed ? [1, n] : [n, 1];
          K.solveTriangular64(upper, unit, n, columns, t, row, column, b, ld, work);
          const found = read(b, n * ld);
          for (let i = 0; i < n; i++) {
            expectClose(found.subarray(i * ld, i * ld + columns), X.subarray(i * columns, (i + 1) * columns), 1e-12);
            expect([...found.subarray(i * ld + columns, (i + 1) * ld)]).toEqual([7, 7, 7]);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("factor tall matrices with pivots", () => {
    fc.assert(
      fc.property(extent, fc.integer({ min: 0, max: 30 }), (n, more) => {
        const m = n + more;
        const A = randomMatrix("A", m, n);
        const [a, pivots, work] = place(A, new Float64Array(n)) as [number, number, number];
        expect(K.lu64(m, n, a, n, pivots, 1e-14, work)).toBe(-1);
        const F = read(a, m * n);
        expect(F.every((x, at) => Math.floor(at / n) <= at % n || Math.abs(x) <= 1)).toBe(true);
        const back = product(
          m,
          n,
          n,
          (i, p) => (p < i ? F[i * n + p]! : p === i ? 1 : 0),
          (p, j) => (p <= j ? F[p * n + j]! : 0),
        );
        const permuted = A.slice();
        for (const [i, other] of [...new Int32Array(memory.buffer, pivots, n)].entries())
          for (let c = 0; c < n; c++) {
            const kept = permuted[i * n + c]!;
            permuted[i * n + c] = permuted[other * n + c]!;
            permuted[other * n + c] = kept;
          }
        expectClose(back, permuted, 1e-13 * m);
      }),
    );
  });

  it("decompose many symmetric matrices at once, and say which aren't finite", () => {
    const n = 9;
    const matrices = [0, 1, 2, 3].map((b) => randomSymmetric(`batch ${b}`, n));
    matrices[2]![40] = Number.NaN;
    const all = new Float64Array(4 * n * n);
    matrices.forEach((A, b) => {
      all.set(A, b * n * n);
    });
    const [a, values, vectors, statuses, work] = place(
      all,
      new Float64Array(4 * n),
      new Float64Array(4 * n * n),
      new Float64Array(2),
    ) as [number, number, number, number, number];
    K.eigenBatch64(4, n, a, values, vectors, statuses, work);
    expect([...new Int32Array(memory.buffer, statuses, 4)]).toEqual([-1, -1, -2, -1]);
    for (const b of [0, 1, 3]) {
      const one = symmetricEigen(matrices[b]!, n);
      expect(read(values + 8 * b * n, n)).toEqual(one.values);
      expect(read(vectors + 8 * b * n * n, n * n)).toEqual(one.vectors);
    }
  });

  it("take strides and leading dimensions in products with vectors and ranks", () => {
    fc.assert(
      fc.property(extent, extent, (m, n) => {
        const ld = n + 2;
        const A = randomMatrix("A", m, ld);
        const x = randomMatrix("x", n, 1);
        const y = randomMatrix("y", m, 1);
        const [a, xs, ys, c, work] = place(A, x, y, new Float64Array(m * m).fill(1)) as [
          number,
          number,
          number,
          number,
          number,
        ];
        const entry = (i: number, p: number): number => A[i * ld + p]!;
        const rank = product(m, m, n, entry, (p, j) => entry(j, p));
        K.syrk64(m, n, 2, a, ld, 1, -1, c, m, work);
        expectClose(
          read(c, m * m),
          rank.map((value) => 2 * value - 1),
          1e-12,
        );
        const forward = product(m, 1, n, entry, (p) => x[p]!);
        const back = product(
          n,
          1,
          m,
          (j, i) => entry(i, j),
          (i) => y[i]!,
        );
        K.gemv64(m, n, 3, a, ld, xs, 0.5, ys);
        expectClose(
          read(ys, m),
          forward.map((value, i) => 3 * value + 0.5 * y[i]!),
          1e-12,
        );
        new Float64Array(memory.buffer, ys, m).set(y);
        K.gemvTransposed64(m, n, 3, a, ld, ys, 0.5, xs);
        expectClose(
          read(xs, n),
          back.map((value, j) => 3 * value + 0.5 * x[j]!),
          1e-12,
        );
      }),
    );
  });

  it("transform over an axis with many numbers beside it, in place", () => {
    for (const [n, inner] of [
      [12, 40],
      [16, 3],
      [1, 50],
      [5, 33],
    ] as const) {
      const data = randomMatrix("fft", 2 * n * inner, 1);
      const table = fftTwiddles(n, false)!;
      const [x, twiddles, work] = place(data, table) as [number, number, number];
      K.fft64(1, n, inner, false, 1, twiddles, x, x, work);
      const found = read(x, 2 * n * inner);
      for (let q = 0; q < inner; q += 7)
        for (let k = 0; k < n; k++) {
          let [re, im] = [0, 0];
          for (let j = 0; j < n; j++) {
            const [c, s] = [Math.cos((2 * Math.PI * j * k) / n), -Math.sin((2 * Math.PI * j * k) / n)];
            const at = 2 * (j * inner + q);
            re += data[at]! * c - data[at + 1]! * s;
            im += data[at]! * s + data[at + 1]! * c;
          }
          const at = 2 * (k * inner + q);
          expect(Math.hypot(found[at]! - re, found[at + 1]! - im)).toBeLessThan(1e-12);
        }
    }
    expect(fftTwiddles(7, false)).toBeUndefined();
  });

  it("transform real rows as rfftRows does", () => {
    const [rows, n] = [3, 48];
    const data = randomMatrix("rfft", rows, n);
    const wanted = new Float64Array(rows * (n + 2));
    rfftRows(data, 0, rows, n, wanted, 0);
    const arrays = [data, fftTwiddles(n / 2, false)!, fftTwiddles(n / 2, true)!, fftRotations(n), wanted];
    const [x, forward, back, rotations, y, work] = place(...arrays) as [number, number, number, number, number, number];
    K.rfft64(rows, n, forward, rotations, x, y, work);
    expect(read(y, wanted.length)).toEqual(wanted);
    K.irfft64(rows, n, 2, back, rotations, y, x, work);
    expectClose(
      read(x, rows * n),
      data.map((value) => 2 * value),
      1e-14,
    );
    expect(read(y, wanted.length)).toEqual(wanted);
  });

  it("say when a matrix is too ill conditioned for Cholesky QR", () => {
    const [m, n] = [30, 4];
    const A = randomMatrix("A", m, n);
    for (let i = 0; i < m; i++) A[i * n + 3] = A[i * n]! * (1 + 1e-12 * i);
    const [a, r, work] = place(A, identity(n)) as [number, number, number];
    expect(K.choleskyQr64(m, n, a, r, work)).toBe(0);
  });
});
