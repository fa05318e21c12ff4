import { expect, it } from "vitest";
import {
  dense,
  initialize,
  kaimingNormal,
  kaimingUniform,
  lstm,
  namedParameters,
  network,
  orthogonal,
  packParameters,
  sequential,
  xavierNormal,
  xavierUniform,
} from "../../../src/engine/nn/index.ts";
import { randomStreams } from "../../../src/engine/random/index.ts";

const stream = () => randomStreams(5).stream("test");
const variance = (values: Float64Array): number => values.reduce((sum, v) => sum + v * v, 0) / values.length;

it.each([
  ["kaimingUniform", kaimingUniform(), 1 / Math.sqrt(600), 1 / 3 / 600],
  ["kaimingUniform of ReLU", kaimingUniform(0), Math.sqrt(6 / 600), 2 / 600],
  ["kaimingNormal", kaimingNormal(), Infinity, 2 / 600],
  ["xavierUniform", xavierUniform(2), 2 * Math.sqrt(6 / 900), 8 / 900],
  ["xavierNormal", xavierNormal(2), Infinity, 8 / 900],
] as const)("%s has its bound and variance", (_, initializer, bound, want) => {
  // Fan-in 200·3, fan-out 100·3; the variance of 60 000 draws is known to better than 1 %.
  const values = initializer([100, 200, 3], stream());
  expect(values.length).toBe(60_000);
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
  expect(Math.abs(variance(values) / want - 1)).toBeLessThan(0.03);
});

it.each([[[3, 5]], [[5, 3]], [[4, 2, 2]]])(
  "orthogonal: rows or columns of %j are orthonormal times the gain",
  (shape) => {
    const values = orthogonal(2)(shape, stream());
    const rows = shape[0]!;
    const columns = values.length / rows;
    const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
    const at = (i: number, k: number): number =>
      rows <= columns ? values[i * columns + k]! : values[k * columns + i]!;
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++) {
        let product = 0;
        for (let k = 0; k < length; k++) product += at(i, k) * at(j, k);
        expect(product).toBeCloseTo(i === j ? 4 : 0, 12);
      }
  },
);

it("depends on the seed and the position alone", () => {
  const one = network(sequential(dense(3, 4), dense(4, 2)), [3]);
  expect(initialize(one, 1)).toEqual(initialize(one, 1));
  expect(initialize(one, 1)).not.toEqual(initialize(one, 2));
  const longer = network(sequential(dense(3, 4), dense(4, 2), dense(2, 9)), [3]);
  expect(initialize(longer, 1).slice(0, one.size)).toEqual(initialize(one, 1));
});

it("packs parameters by name and back", () => {
  const net = network(lstm(2, 3), [4, 2]);
  expect(net.outputShape).toEqual([4, 3]);
  const vector = initialize(net, 3);
  const named = namedParameters(net, vector);
  expect(Object.keys(named)).toEqual(["weight_ih", "weight_hh", "bias_ih", "bias_hh"]);
  expect(named.weight_hh!.shape).toEqual([12, 3]);
  expect(packParameters(net, named)).toEqual(vector);
  expect(() => packParameters(net, { ...named, extra: 1 })).toThrow(/got extra/);
  expect(() => packParameters(net, { ...named, bias_ih: [1] })).toThrow(/bias_ih: expected shape \(12\), got \(1\)/);
  const twins = sequential(dense(2, 2));
  const same = { ...twins, parameters: [...twins.parameters, ...twins.parameters] };
  expect(() => network(same, [2])).toThrow(/got 0.weight twice/);
  const { bias_ih: _, ...missing } = named;
  expect(() => packParameters(net, missing)).toThrow(/expected bias_ih, which is missing/);
  expect(() => namedParameters(net, vector.slice(1))).toThrow(/expected 84 numbers, got 83/);
});
