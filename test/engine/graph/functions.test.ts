import { describe, expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import {
  celu,
  einsum,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  logSoftmax,
  logSumExp,
  mish,
  selu,
  silu,
  softmax,
  softsign,
  type Tensor,
  trace,
  valueAndGrad,
} from "../../../src/engine/graph/index.ts";
import type { NdArray } from "../../../src/engine/tensor/index.ts";

const array = (shape: number[], k = 1): NdArray => ({
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(k * (i + 1))),
  shape,
});
const run = (fn: (...x: Tensor[]) => Tensor, ...inputs: NdArray[]): NdArray =>
  compile(
    trace(
      (...x) => fn(...x),
      inputs.map(({ shape }) => shape),
    ),
  ).runSync(inputs)[0]!;
const close = (a: Float64Array, b: ArrayLike<number>, tolerance = 1e-13): void => {
  expect(a.length).toBe(b.length);
  a.forEach((value, i) => {
    expect(Math.abs(value - b[i]!)).toBeLessThan(tolerance);
  });
};

describe("einsum", () => {
  const [a, b] = [array([2, 3, 4]), array([2, 4, 5], 2)];
  const at = (x: NdArray, ...index: number[]): number =>
    x.data[index.reduce((flat, i, axis) => flat * x.shape[axis]! + i, 0)]!;
  it("multiplies batches of matrices", () => {
    const got = run((x, y) => einsum("bij,bjk->bik", x, y), a, b);
    expect(got.shape).toEqual([2, 3, 5]);
    for (let n = 0; n < 2; n++)
      for (let i = 0; i < 3; i++)
        for (let k = 0; k < 5; k++) {
          let sum = 0;
          for (let j = 0; j < 4; j++) sum += at(a, n, i, j) * at(b, n, j, k);
          expect(at(got, n, i, k)).toBeCloseTo(sum, 13);
        }
  });
  it("takes traces, sums and outer products of more operands", () => {
    const m = array([4, 4]);
    close(run((x) => einsum("ii", x), m).data, [m.data[0]! + m.data[5]! + m.data[10]! + m.data[15]!]);
    const [u, v, w] = [array([2], 3), array([3], 4), array([2], 5)];
    const got = run((x, y, z) => einsum("i,j,i->ij", x, y, z), u, v, w);
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 3; j++) expect(at(got, i, j)).toBeCloseTo(u.data[i]! * v.data[j]! * w.data[i]!, 14);
  });
  it("refuses what doesn't fit", () => {
    expect(() => trace((x) => einsum("ij,jk->ik", x!), [[2, 2]])).toThrow(/einsum: expected an equation of 1 operands/);
    expect(() => trace((x) => einsum("ij,jk->ik", x!, x!), [[2, 3]])).toThrow(
      /einsum: expected equal extents for "j", got 3 and 2/,
    );
  });
});

describe("softmax and its relatives", () => {
  it("belong together and don't overflow", () => {
    const x = { data: Float64Array.of(1000, 1001, -1000, 3, 2, 1), shape: [2, 3] };
    const p = run((z) => softmax(z), x).data;
    close(p, [
      1 / (1 + Math.E),
      1 / (1 + Math.exp(-1)),
      0,
      ...[3, 2, 1].map((v) => Math.exp(v) / (Math.exp(3) + Math.exp(2) + Math.exp(1))),
    ]);
    const log = run((z) => logSoftmax(z), x).data;
    expect(log[2]).toBeCloseTo(-2001 - Math.log1p(Math.exp(-1)), 9);
    const total = run((z) => logSumExp(z, 1), x);
    expect(total.shape).toEqual([2]);
    close(total.data, [1001 + Math.log1p(Math.exp(-1)), Math.log(Math.exp(3) + Math.exp(2) + Math.exp(1))], 1e-12);
    close(run((z) => softmax(z, [0, 1]).sum(), x).data, [1]);
    expect(() => trace((z) => softmax(z!, 2), [[2, 3]])).toThrow(
      /softmax: axis: expected an integer from -2 to 1, got 2/,
    );
    expect(() => trace((z) => softmax(z!, [0, -2]), [[2, 3]])).toThrow(/expected different axes/);
  });
});

describe("activations", () => {
  const points = [-2.7, -1.3, -0.4, 0.2, 0.9, 2.5];
  const erf = (x: number): number => {
    // A series that converges for all of these.
    let [term, sum] = [x, x];
    for (let n = 1; n < 200; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  };
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const rows: [string, (x: Tensor) => Tensor, (x: number) => number][] = [
    ["gelu", gelu, (x) => 0.5 * x * (1 + erf(x / Math.SQRT2))],
    [
      "gelu by tanh",
      (x) => gelu(x, "tanh"),
      (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    ],
    ["silu", silu, (x) => x * sigmoid(x)],
    ["mish", mish, (x) => x * Math.tanh(Math.log1p(Math.exp(x)))],
    ["leakyRelu", (x) => leakyRelu(x, 0.2), (x) => (x > 0 ? x : 0.2 * x)],
    ["elu", (x) => elu(x, 1.5), (x) => (x > 0 ? x : 1.5 * Math.expm1(x))],
    ["celu", (x) => celu(x, 1.5), (x) => (x > 0 ? x : 1.5 * Math.expm1(x / 1.5))],
    ["selu", selu, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))],
    ["softsign", softsign, (x) => x / (1 + Math.abs(x))],
    ["hardSigmoid", hardSigmoid, (x) => Math.min(1, Math.max(0, x / 6 + 0.5))],
    ["hardSwish", hardSwish, (x) => x * Math.min(1, Math.max(0, x / 6 + 0.5))],
  ];
  it.each(rows)("%s has its values and its gradient", (_, fn, plain) => {
    const x = { data: Float64Array.from(points), shape: [points.length] };
    close(run((z) => fn(z), x).data, points.map(plain), 1e-11);
    const [, gradient] = compile(valueAndGrad(trace((z) => fn(z!).sum(), [[points.length]]))).runSync([x]);
    const h = 1e-6;
    close(
      gradient!.data,
      points.map((p) => (plain(p + h) - plain(p - h)) / (2 * h)),
      1e-7,
    );
  });
});
