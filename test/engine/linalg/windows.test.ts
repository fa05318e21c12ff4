import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernelsOn } from "../../../src/engine/linalg/wasm/index.ts";
import { expectClose, randomMatrix } from "./helpers.ts";

const memory = new WebAssembly.Memory({ initial: 64 });
const K = kernelsOn(memory);
type Numbers = typeof Float64Array | typeof Float32Array;
type Three = readonly [number, number, number];

interface Window {
  readonly images: number;
  readonly channels: number;
  readonly results: number;
  readonly groups: number;
  readonly x: Three;
  readonly kernel: Three;
  readonly stride: Three;
  readonly low: Three;
  readonly dilation: Three;
}

const three = (min: number, max: number): fc.Arbitrary<Three> => {
  const one = fc.integer({ min, max });
  return fc.tuple(one, one, one);
};
const window: fc.Arbitrary<Window> = fc.record({
  images: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 3 }),
  results: fc.integer({ min: 1, max: 3 }),
  groups: fc.integer({ min: 1, max: 2 }),
  x: three(1, 8),
  kernel: three(1, 3),
  stride: three(1, 3),
  low: three(0, 2),
  dilation: three(1, 2),
});

/** Positions when the padding behind is that in front. */
function positions({ x, kernel, stride, low, dilation }: Window): Three {
  const one = (a: 0 | 1 | 2): number =>
    Math.max(1, Math.floor((x[a] + 2 * low[a] - dilation[a] * (kernel[a] - 1) - 1) / stride[a]) + 1);
  return [one(0), one(1), one(2)];
}

const volume = (shape: Three): number => shape[0] * shape[1] * shape[2];

/** Calls `visit` with every pair of a position and an element of the kernel, and the place in x (-1: padding). */
function pairs(at: Window, visit: (q: number, k: number, place: number) => void): void {
  const y = positions(at);
  for (let q = 0; q < volume(y); q++)
    for (let k = 0; k < volume(at.kernel); k++) {
      const p = [Math.floor(q / (y[1] * y[2])), Math.floor(q / y[2]) % y[1], q % y[2]];
      const o = [
        Math.floor(k / (at.kernel[1] * at.kernel[2])),
        Math.floor(k / at.kernel[2]) % at.kernel[1],
        k % at.kernel[2],
      ];
      const i = p.map((value, a) => value * at.stride[a]! + o[a]! * at.dilation[a]! - at.low[a]!);
      const inside = i.every((value, a) => value >= 0 && value < at.x[a]!);
      visit(q, k, inside ? (i[0]! * at.x[1] + i[1]!) * at.x[2] + i[2]! : -1);
    }
}

/** The sum over all triples of elements that a convolution multiplies, by its definition. */
function triples(at: Window, use: (x: number, w: number, y: number) => void): void {
  const [size, taps, places] = [volume(at.x), volume(at.kernel), volume(positions(at))];
  pairs(at, (q, k, place) => {
    if (place < 0) return;
    for (let image = 0; image < at.images; image++)
      for (let g = 0; g < at.groups; g++)
        for (let o = 0; o < at.results; o++)
          for (let c = 0; c < at.channels; c++)
            use(
              ((image * at.groups + g) * at.channels + c) * size + place,
              ((g * at.results + o) * at.channels + c) * taps + k,
              ((image * at.groups + g) * at.results + o) * places + q,
            );
  });
}

function put(Type: Numbers, address: number, values: ArrayLike<number>): number {
  new Type(memory.buffer, address, values.length).set(values);
  return address + 64 * Math.ceil((values.length * Type.BYTES_PER_ELEMENT) / 64);
}

const axes = (at: Window): number[] => [...at.stride, ...at.low, ...at.dilation];

function convolutions(at: Window, Type: Numbers, tolerance: number): void {
  const y = positions(at);
  const x = randomMatrix("x", at.images * at.groups * at.channels, volume(at.x));
  const w = randomMatrix("w", at.groups * at.results * at.channels, volume(at.kernel));
  const g = randomMatrix("y", at.images * at.groups * at.results, volume(y));
  const { images, channels, results, groups } = at;
  const table = [images, channels, results, groups, ...at.x, ...at.kernel, ...y, ...axes(at)];
  new Int32Array(memory.buffer, 1024, 22).set(table);
  const xAt = 2048;
  const wAt = put(Type, xAt, x);
  const yAt = put(Type, wAt, w);
  const work = put(Type, yAt, g);
  const double = Type === Float64Array;
  expect(work + (double ? K.convBytes64(1024) : K.convBytes32(1024))).toBeLessThan(memory.buffer.byteLength);
  const read = (address: number, like: Float64Array): Float64Array | Float32Array =>
    new Type(memory.buffer, address, like.length).slice();

  const wanted = [new Float64Array(g.length), new Float64Array(x.length), new Float64Array(w.length)] as const;
  triples(at, (i, j, o) => {
    wanted[0][o]! += x[i]! * w[j]!;
    wanted[1][i]! += g[o]! * w[j]!;
    wanted[2][j]! += x[i]! * g[o]!;
  });
  (double ? K.convInput64 : K.convInput32)(yAt, wAt, xAt, 1024, work);
  expectClose(read(xAt, x), wanted[1], tolerance);
  put(Type, xAt, x);
  (double ? K.convWeight64 : K.convWeight32)(xAt, yAt, wAt, 1024, work);
  expectClose(read(wAt, w), wanted[2], tolerance * Math.sqrt(volume(y)));
  put(Type, wAt, w);
  (double ? K.conv64 : K.conv32)(xAt, wAt, yAt, 1024, work);
  expectClose(read(yAt, g), wanted[0], tolerance);
}

describe("convolution kernels", () => {
  it("equal the definition, with its two derivatives", () => {
    fc.assert(
      fc.property(window, (at) => {
        convolutions(at, Float64Array, 1e-12);
        convolutions(at, Float32Array, 1e-3);
      }),
      { numRuns: 200 },
    );
  });

  it("go through large images in stretches", () => {
    const plain = { stride: [1, 1, 1], dilation: [1, 1, 1] } as const;
    const sizes = { images: 1, channels: 9, results: 5, groups: 1, ...plain };
    convolutions({ ...sizes, x: [1, 41, 37], kernel: [1, 3, 3], low: [0, 1, 1] }, Float64Array, 1e-12);
    convolutions({ ...sizes, x: [1, 1, 3001], kernel: [1, 1, 5], low: [0, 0, 2] }, Float64Array, 1e-12);
    convolutions({ ...sizes, channels: 33, x: [1, 40, 40], kernel: [1, 1, 1], low: [0, 0, 0] }, Float64Array, 1e-12);
  });
});

describe("pooling kernels", () => {
  it("equal the definition; NaN is the largest, the first of equal elements counts", () => {
    const value = fc.constantFrom(0, -0, 1, 1, 2, -3, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    fc.assert(
      fc.property(window, fc.array(value, { minLength: 7, maxLength: 7 }), (at, values) => {
        const y = positions(at);
        const [size, places] = [volume(at.x), volume(y)];
        const x = Float64Array.from({ length: 2 * size }, (_, i) => values[(i * 5 + (i >> 3)) % 7]!);
        const t = randomMatrix("t", 2, size);
        const g = randomMatrix("g", 2, places);
        const best = new Int32Array(2 * places).fill(-1);
        pairs(at, (q, _, place) => {
          for (let c = 0; c < 2; c++) {
            if (place < 0) continue;
            const held = best[c * places + q]!;
            const found = x[c * size + place]!;
            const larger = held < 0 || found > x[held]! || (Number.isNaN(found) && !Number.isNaN(x[held]));
            if (larger) best[c * places + q] = c * size + place;
          }
        });
        const scattered = new Float64Array(2 * size);
        best.forEach((place, q) => {
          if (place >= 0) scattered[place]! += g[q]!;
        });
        for (const Type of [Float64Array, Float32Array]) {
          const double = Type === Float64Array;
          new Int32Array(memory.buffer, 1024, 19).set([2, ...at.x, ...at.kernel, ...y, ...axes(at)]);
          const tAt = put(Type, 2048, x);
          const gAt = put(Type, tAt, t);
          const out = put(Type, gAt, g);
          const read = (count: number): number[] => [...new Type(memory.buffer, out, count)];
          (double ? K.maxPool64 : K.maxPool32)(2048, out, 1024);
          expect(read(2 * places)).toEqual(
            Array.from(best, (place) => (place < 0 ? Number.NEGATIVE_INFINITY : x[place]!)),
          );
          (double ? K.maxPoolPick64 : K.maxPoolPick32)(2048, tAt, out, 1024);
          expectClose(
            read(2 * places),
            Array.from(best, (place) => (place < 0 ? 0 : t[place]!)),
            double ? 0 : 1e-6,
          );
          (double ? K.maxPoolScatter64 : K.maxPoolScatter32)(2048, gAt, out, 1024);
          expectClose(read(2 * size), scattered, double ? 1e-15 : 1e-5);
        }
      }),
      { numRuns: 300 },
    );
  });
});
