import { describe, expect, it } from "vitest";
import {
  functionModel,
  identityModel,
  integrate,
  kuramotoSivashinsky,
  linearModel,
  lorenz63,
  lorenz84,
  lorenz96,
  type Model,
  type Scheme,
  shallowWater,
  tracedModel,
  waterColumn,
} from "../../src/problem/models/index.ts";
import { checkDerivatives, distance, norm } from "./derivatives.ts";

const unit = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => (i === 0 ? 1 : 0));
const x63 = Float64Array.of(1.509, -1.531, 25.46);
const sum = (x: Float64Array): number => x.reduce((total, value) => total + value, 0);
const wave = (n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => {
    const x = (32 * Math.PI * i) / n / 16;
    return Math.cos(x) * (1 + Math.sin(x));
  });

describe("published vectors", () => {
  it("Lorenz 63", async () => {
    expect(
      distance(await lorenz63().advance(1).apply(x63), [1.222324266157, -1.476780593995, 24.769812347834]),
    ).toBeLessThan(1e-9);
    expect(
      distance(await lorenz63().advance(10).apply(x63), [-0.26446683949, -1.228215545076, 19.448737841005]),
    ).toBeLessThan(1e-9);
  });
  it("Lorenz 84", async () => {
    const y = await lorenz84()
      .advance(1)
      .apply(Float64Array.of(1.65, 0.49, 1.21));
    expect(distance(y, [1.640231919537, 0.136362071408, 1.356409975597])).toBeLessThan(1e-9);
  });
  it("Lorenz 96", async () => {
    const one = await lorenz96().advance(1).apply(unit(40));
    const head = [1.341391952194, 0.389771886954, 0.380813371398, 0.390166546057, 0.390210173229];
    expect(distance(one.subarray(0, 5), head)).toBeLessThan(1e-9);
    expect(Math.abs(sum(one) - 16.557516048777572)).toBeLessThan(1e-9);
    expect(Math.abs(norm(one) - 2.781399874981898)).toBeLessThan(1e-9);
    const ten = await lorenz96().advance(10).apply(unit(40));
    expect(Math.abs(sum(ten) - 126.40193071378388)).toBeLessThan(1e-9);
    expect(Math.abs(norm(ten) - 20.007550710966896)).toBeLessThan(1e-9);
  });
  it("Kuramoto-Sivashinsky", async () => {
    const y = await kuramotoSivashinsky({ dt: 0.25 }).advance(40).apply(wave(128));
    expect(Math.abs(norm(y) - 9.574402738902378)).toBeLessThan(1e-9);
  });
});

const water = waterColumn({ grid: [4, 5], radius: 1 }).map((value, at) => value + 0.05 * Math.sin(at));

const models: [string, Model, Float64Array][] = [
  ["lorenz63", lorenz63(), x63],
  ["lorenz63 heun", lorenz63({ scheme: "heun" }), x63],
  ["lorenz63 euler", lorenz63({ scheme: "euler" }), x63],
  ["lorenz84", lorenz84(), Float64Array.of(1.65, 0.49, 1.21)],
  ["lorenz96", lorenz96({ size: 8 }), Float64Array.from({ length: 8 }, (_, i) => 3 * Math.sin(i) + 2)],
  ["kuramoto-sivashinsky", kuramotoSivashinsky({ size: 16, length: 20 }), wave(16)],
  ["shallow water", shallowWater({ grid: [4, 5], spacing: 1, dt: 0.1, boundary: "walls", coriolis: 1 }), water],
  [
    "linear",
    linearModel({
      matrix: [
        [0.9, 0.3],
        [-0.2, 0.8],
      ],
    }),
    Float64Array.of(1, -2),
  ],
  ["identity", identityModel({ size: 3 }), x63],
  [
    "with time",
    tracedModel({
      name: "forced",
      shape: [2],
      dt: 0.1,
      step: integrate("rk4", 0.1, (x, t) => x.square().mul(t.sin())),
    }),
    Float64Array.of(0.5, -0.4),
  ],
  [
    "a plain function",
    functionModel({
      name: "logistic",
      shape: 2,
      dt: 0.5,
      step: (x, t) => x.map((value) => value * (1 - value) * (2 + t)),
      tangent: (x, dx, t) => dx.map((value, i) => value * (1 - 2 * x[i]!) * (2 + t)),
      adjoint: async (x, dy, t) => dy.map((value, i) => value * (1 - 2 * x[i]!) * (2 + t)),
    }),
    Float64Array.of(0.3, 0.7),
  ],
];

describe.each(models)("%s", (_, model, x) => {
  it("has a tangent and an adjoint that belong to it", async () => {
    await checkDerivatives(model.advance(1), x);
    await checkDerivatives(model.advance(4), x);
    await checkDerivatives(model.trajectory(3), x);
  });
  it("advances as its steps one after the other, time included", async () => {
    let state = x;
    const path: number[] = [];
    for (let k = 0; k < 3; k++) {
      state = await model.advance(1).apply(state, 0.3 + k * model.dt);
      path.push(...state);
    }
    expect(distance(await model.advance(3).apply(x, 0.3), state)).toBeLessThan(1e-13);
    expect(distance(await model.trajectory(3).apply(x, 0.3), path)).toBeLessThan(1e-13);
    expect(model.advance(3)).toBe(model.advance(3));
    expect(model.trajectory(3).outShape).toEqual([3, ...model.shape]);
  });
});

describe("integrators", () => {
  it.each<[Scheme, number]>([
    ["euler", 1],
    ["heun", 2],
    ["rk4", 4],
  ])("%s has order %i", async (scheme, order) => {
    const error = async (steps: number): Promise<number> => {
      const dt = 1 / steps;
      const model = tracedModel({
        name: "growth",
        shape: [1],
        dt,
        step: integrate(scheme, dt, (x, t) => x.mul(t.cos())),
      });
      const y = await model.advance(steps).apply(Float64Array.of(1));
      return Math.abs(y[0]! - Math.exp(Math.sin(1)));
    };
    expect(Math.abs(Math.log2((await error(16)) / (await error(32))) - order)).toBeLessThan(0.15);
  });
});

describe("refusals", () => {
  it.each<[string, () => unknown, string]>([
    ["a step that isn't positive", () => lorenz63({ dt: 0 }), "dt: expected a positive number, got 0"],
    ["a parameter that isn't finite", () => lorenz63({ rho: Number.NaN }), "rho: expected a finite number, got NaN"],
    ["a ring of three", () => lorenz96({ size: 3 }), "size: expected an integer of at least 4, got 3"],
    ["an odd number of points", () => kuramotoSivashinsky({ size: 63 }), "size: expected an even number"],
    [
      "a matrix that isn't square",
      () => linearModel({ matrix: [[1, 2]] }),
      "matrix: expected a square matrix, got shape (1, 2)",
    ],
    ["no steps", () => lorenz63().advance(0), "steps: expected an integer of at least 1, got 0"],
    ["half a step", () => lorenz63().advance(0.5), "steps: expected an integer of at least 1, got 0.5"],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
  });
  it("a step that gives another number of elements", async () => {
    const model = functionModel({ name: "short", shape: 3, dt: 1, step: () => [1, 2] });
    await expect(async () => model.advance(2).apply(x63)).rejects.toThrow(
      "short: expected the function to return 3 numbers, got 2",
    );
  });
});

it.each(models)("%s: many members side by side are members by themselves, to the bit", async (_, model, x) => {
  const n = model.size;
  const data = Float64Array.from({ length: 21 * n }, (_, at) => x[at % n]! + 0.01 * Math.sin(at));
  const batch = await model.advance(3).applyBatch({ data, shape: [21, n] });
  for (const member of [0, 7, 20]) {
    const alone = await model.advance(3).apply(data.slice(member * n, (member + 1) * n));
    expect([...batch.data.subarray(member * n, (member + 1) * n)]).toEqual([...alone]);
  }
});
