import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError, ShapeError } from "../../../src/engine/errors/index.ts";
import { fftRows, irfft2, irfftRows, rfft2, rfftRows } from "../../../src/engine/linalg/index.ts";
import { expectClose, randomMatrix } from "./helpers.ts";

/** The transform by its definition. */
function naive(x: Float64Array, sign: number): Float64Array {
  const n = x.length / 2;
  const out = new Float64Array(2 * n);
  for (let k = 0; k < n; k++)
    for (let j = 0; j < n; j++) {
      const angle = (sign * 2 * Math.PI * ((j * k) % n)) / n;
      out[2 * k]! += x[2 * j]! * Math.cos(angle) - x[2 * j + 1]! * Math.sin(angle);
      out[2 * k + 1]! += x[2 * j]! * Math.sin(angle) + x[2 * j + 1]! * Math.cos(angle);
    }
  return out;
}

function complexOf(x: Float64Array): Float64Array {
  return Float64Array.from({ length: 2 * x.length }, (_, i) => (i % 2 === 0 ? x[i / 2]! : 0));
}

const energy = (x: Float64Array): number => x.reduce((sum, value) => sum + value * value, 0);
const lengths = [...Array.from({ length: 40 }, (_, i) => i + 1), 60, 64, 97, 100, 101, 128, 225, 256, 360, 498];

describe("fftRows", () => {
  it.each(lengths)("equals the definition, n = %i", (n) => {
    const x = randomMatrix("fft", n, 2);
    const y = x.slice();
    fftRows(y, 0, 1, n, false);
    expectClose(y, naive(x, -1), 1e-13 * n);
    fftRows(y, 0, 1, n, true);
    expectClose(y, x, 1e-14 * (2 + Math.log2(n)));
    fftRows(y, 0, 1, n, true);
    expectClose(
      y,
      naive(x, 1).map((value) => value / n),
      1e-13,
    );
  });

  it.each([1, 2, 4, 5, 6, 7, 12, 16, 22])("runs over the first axis of many, n = %i", (n) => {
    const [rows, inner, offset] = [2, 3, 5];
    const data = randomMatrix("axis", rows * n * inner * 2 + offset + 1, 1);
    const before = data.slice();
    fftRows(data, offset, rows, n, false, inner);
    expect(data.subarray(0, offset)).toEqual(before.subarray(0, offset));
    expect(data.at(-1)).toBe(before.at(-1));
    for (let row = 0; row < rows; row++)
      for (let q = 0; q < inner; q++) {
        const column = (from: Float64Array): Float64Array =>
          Float64Array.from({ length: 2 * n }, (_, i) => {
            const point = row * n + Math.floor(i / 2);
            return from[offset + 2 * (point * inner + q) + (i % 2)]!;
          });
        expectClose(column(data), naive(column(before), -1), 1e-13 * n);
      }
  });

  it("keeps the energy (Parseval) and its accuracy at 4096 and 4099 points", () => {
    for (const n of [4096, 4099]) {
      const x = randomMatrix("parseval", n, 2);
      const y = x.slice();
      fftRows(y, 0, 1, n, false);
      expect(energy(y) / n / energy(x)).toBeCloseTo(1, 13);
      fftRows(y, 0, 1, n, true);
      expectClose(y, x, 2e-14);
    }
  });

  it("refuses bad lengths and short arrays", () => {
    expect(() => fftRows(new Float64Array(2), 0, 1, 0, false)).toThrow(ArgumentError);
    expect(() => fftRows(new Float64Array(7), 0, 2, 2, false)).toThrow(ShapeError);
    expect(() => rfftRows(new Float64Array(4), 0, 1, 4, new Float64Array(5), 0)).toThrow(
      "out: expected at least 6 numbers, got 5",
    );
  });
});

describe("rfftRows, irfftRows", () => {
  it.each(lengths)("equal the complex transform and invert each other, n = %i", (n) => {
    const width = 2 * (Math.floor(n / 2) + 1);
    const x = randomMatrix("rfft", 2 * n, 1);
    const kept = x.slice();
    const spectrum = new Float64Array(2 * width + 3);
    rfftRows(x, 0, 2, n, spectrum, 3);
    expect(x).toEqual(kept);
    for (let row = 0; row < 2; row++) {
      const full = naive(complexOf(x.subarray(row * n, (row + 1) * n)), -1);
      expectClose(spectrum.subarray(3 + row * width, 3 + (row + 1) * width), full.subarray(0, width), 1e-13 * n);
    }
    const back = new Float64Array(2 * n + 1);
    const sent = spectrum.slice();
    irfftRows(spectrum, 3, 2, n, back, 1);
    expect(spectrum).toEqual(sent);
    expectClose(back.subarray(1), x, 1e-14 * (2 + Math.log2(n)));
  });

  it("don't read the imaginary parts that a real row can't have", () => {
    for (const n of [1, 2, 5, 6, 8]) {
      const width = 2 * (Math.floor(n / 2) + 1);
      const spectrum = randomMatrix("ignored", width, 1);
      const [a, b] = [new Float64Array(n), new Float64Array(n)];
      irfftRows(spectrum, 0, 1, n, a, 0);
      spectrum[1] = Number.NaN;
      if (n % 2 === 0) spectrum[width - 1] = Number.NaN;
      irfftRows(spectrum, 0, 1, n, b, 0);
      expect(b).toEqual(a);
    }
  });

  it("are linear and turn shifts into phases", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 64 }), fc.nat(63), (n, by) => {
        const x = randomMatrix("shift", n, 1);
        const shifted = x.map((_, i) => x[(i + by) % n]!);
        const width = 2 * (Math.floor(n / 2) + 1);
        const [a, b] = [new Float64Array(width), new Float64Array(width)];
        rfftRows(x, 0, 1, n, a, 0);
        rfftRows(shifted, 0, 1, n, b, 0);
        const turned = a.slice();
        for (let k = 0; k < width / 2; k++) {
          const angle = (2 * Math.PI * ((k * by) % n)) / n;
          turned[2 * k] = a[2 * k]! * Math.cos(angle) - a[2 * k + 1]! * Math.sin(angle);
          turned[2 * k + 1] = a[2 * k]! * Math.sin(angle) + a[2 * k + 1]! * Math.cos(angle);
        }
        expectClose(b, turned, 1e-12);
      }),
    );
  });
});

describe("rfft2, irfft2", () => {
  it.each([
    [4, 6],
    [5, 8],
    [7, 3],
    [1, 4],
    [16, 1],
    [12, 11],
  ])("equal the definition and invert each other, %i × %i", (ny, nx) => {
    const fields = 2;
    const width = Math.floor(nx / 2) + 1;
    const x = randomMatrix("rfft2", fields * ny, nx);
    const spectrum = new Float64Array(fields * ny * width * 2);
    rfft2(x, 0, fields, ny, nx, spectrum, 0);
    for (let f = 0; f < fields; f++)
      for (let ky = 0; ky < ny; ky++)
        for (let kx = 0; kx < width; kx++) {
          let [re, im] = [0, 0];
          for (let y = 0; y < ny; y++)
            for (let i = 0; i < nx; i++) {
              const angle = -2 * Math.PI * ((ky * y) / ny + (kx * i) / nx);
              re += x[(f * ny + y) * nx + i]! * Math.cos(angle);
              im += x[(f * ny + y) * nx + i]! * Math.sin(angle);
            }
          const at = 2 * ((f * ny + ky) * width + kx);
          expect(Math.hypot(spectrum[at]! - re, spectrum[at + 1]! - im)).toBeLessThan(1e-12);
        }
    const back = new Float64Array(x.length);
    const sent = spectrum.slice();
    irfft2(spectrum, 0, fields, ny, nx, back, 0);
    expect(spectrum).toEqual(sent);
    expectClose(back, x, 1e-14);
  });
});
