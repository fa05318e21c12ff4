import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { trace } from "../../../src/engine/graph/index.ts";
import { readOnnx, writeOnnx } from "../../../src/engine/onnx/index.ts";
import { readNpy } from "../../../src/engine/tensor/index.ts";
import { latentModel } from "../../../src/problem/models/index.ts";
import { composedOperator, everyOperator, functionOperator } from "../../../src/problem/operators/index.ts";
import { runCase } from "../../../src/study/case/index.ts";
import { type Json, memory, messageOf } from "./cases.ts";

const fixture = (file: string): Uint8Array => readFileSync(new URL(`../../fixtures/onnx/${file}`, import.meta.url));
const networks = {
  "encoder.onnx": fixture("encoder.f64.onnx"),
  "decoder.onnx": fixture("decoder.f64.onnx"),
  "dynamics.onnx": fixture("residual-mlp.f64.onnx"),
};
const z = readNpy(fixture("decoder.input.npy")).data.slice(0, 32);
const field = readNpy(fixture("decoder.output.npy")).data.slice(0, 4096);
const reader = memory({
  ...networks,
  "z.npy": { data: z, shape: [32] },
  "field.npy": { data: field, shape: [64, 64] },
  "truth.npy": { data: Float64Array.from({ length: 2 * 4096 }, (_, i) => field[i % 4096]!), shape: [2, 4096] },
});
const onda = (changes: Json = {}): Json => ({
  seed: 5,
  model: {
    name: "onnx",
    dt: 1,
    latent: {
      encoder: { file: "encoder.onnx" },
      decoder: { file: "decoder.onnx" },
      dynamics: { file: "dynamics.onnx" },
    },
  },
  initial: { mean: { file: "z.npy" }, covariance: { variance: 0.5 } },
  observations: { every: 1, count: 2, operator: { name: "every", step: 8 }, error: { std: 5e-6 } },
  method: { name: "none" },
  outputs: { report: false, save: ["analysisMean", "truth", "observations", "spread"] },
  ...changes,
});

const model = latentModel({
  encoder: readOnnx(networks["encoder.onnx"], { name: "encoder" }),
  decoder: readOnnx(networks["decoder.onnx"], { name: "decoder" }),
  dynamics: readOnnx(networks["dynamics.onnx"], { name: "dynamics" }),
  dt: 1,
});
const latent = model.latent!;
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);
const near = (a: Float64Array, b: Float64Array): void => {
  expect(a.length).toBe(b.length);
  a.forEach((value, i) => {
    expect(Math.abs(value - b[i]!)).toBeLessThan(1e-14);
  });
};
const wave = (n: number, k: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(k * i + k));

describe("a latent model", () => {
  it("has the latent state and the physical space behind it", async () => {
    expect([model.size, latent.shape]).toEqual([32, [1, 64, 64]]);
    near(await latent.decode.apply(z), field);
    const encoded = await latent.encode.apply(field);
    expect(encoded.length).toBe(32);
  });
  it("is observed through its decoder, with derivatives that belong to it", async () => {
    const H = everyOperator(4096, 8);
    const all = composedOperator(H, latent.decode);
    near(await all.apply(z), H.apply(field));
    const [dz, dy] = [wave(32, 1), wave(512, 2)];
    const forward = dot(await all.tangent!(z, dz), dy);
    const backward = dot(dz, await all.adjoint!(z, dy));
    expect(Math.abs(forward - backward)).toBeLessThan(1e-12 * Math.abs(forward));
    const h = 1e-5;
    const ahead = await all.apply(z.map((value, i) => value + h * dz[i]!));
    const behind = await all.apply(z.map((value, i) => value - h * dz[i]!));
    const tangent = await all.tangent!(z, dz);
    const scale = Math.max(...tangent.map(Math.abs));
    tangent.forEach((value, i) => {
      expect(Math.abs((ahead[i]! - behind[i]!) / (2 * h) - value)).toBeLessThan(1e-5 * scale);
    });
  });
  it("chains hand-written derivatives as formulas", async () => {
    const H = everyOperator(4096, 8);
    const plain = functionOperator({
      name: "every eighth",
      inShape: [4096],
      outShape: [512],
      fn: (x) => H.apply(x),
      tangent: (x, dx) => H.tangent(x, dx),
      adjoint: (x, dy) => H.adjoint(x, dy),
    });
    const [one, other] = [composedOperator(plain, latent.decode), composedOperator(H, latent.decode)];
    expect(one.traced).toBeUndefined();
    expect(await one.adjoint!(z, wave(512, 2))).toEqual(await other.adjoint!(z, wave(512, 2)));
    expect(await one.tangent!(z, wave(32, 1))).toEqual(await other.tangent!(z, wave(32, 1)));
    const Z = { data: z, shape: [1, 32] };
    expect(await one.tangentBatch!(z, Z)).toEqual(await other.tangentBatch!(z, Z));
    expect(await one.applyBatch(Z)).toEqual(await other.applyBatch(Z));
    expect(() => composedOperator(everyOperator(9, 2), latent.decode)).toThrow(/to take the 4096 numbers/);
  });
  it("takes normalised fields", () => {
    const scaled = latentModel({
      encoder: readOnnx(networks["encoder.onnx"]),
      decoder: readOnnx(networks["decoder.onnx"]),
      dynamics: readOnnx(networks["dynamics.onnx"]),
      dt: 1,
      mean: 3,
      scale: 2,
    });
    const physical = scaled.latent!.decode.apply(z) as Float64Array;
    physical.forEach((value, i) => {
      expect(Math.abs(value - (3 + 2 * field[i]!))).toBeLessThan(1e-15 * 10);
    });
  });
  it("refuses networks that don't fit", () => {
    const options = {
      encoder: readOnnx(networks["encoder.onnx"]),
      decoder: readOnnx(networks["encoder.onnx"]),
      dynamics: readOnnx(networks["dynamics.onnx"]),
      dt: 1,
    };
    expect(() => latentModel(options)).toThrow(/expected a network for states of shape \(32\)/);
    const narrow = readOnnx(writeOnnx(trace((x) => x!.sum().add(new Float64Array(9)), [[32]])), { name: "narrow" });
    expect(() => latentModel({ ...options, decoder: narrow })).toThrow(
      /network narrow: expected a decoder to states of shape \(1, 64, 64\)/,
    );
  });
});

describe("latent assimilation in a case", async () => {
  const run = (changes: Json = {}) => runCase(onda(changes), { reader });
  const free = await run();
  const minimizer = { name: "lbfgs", iterations: 40 };
  it("keeps its results in physical variables", () => {
    expect(free.status).toBe("done");
    expect(free.arrays.analysisMean!.shape).toEqual([2, 4096]);
    expect(free.arrays.truth!.shape).toEqual([2, 4096]);
    expect(free.arrays.observations!.shape).toEqual([2, 512]);
  });
  for (const method of [{ name: "3dvar" }, { name: "4dvar", window: 2 }, { name: "enkf", members: 40 }]) {
    it(`${method.name} comes nearer to the truth than the free run`, async () => {
      const { summary, status, arrays } = await run({ method });
      expect(status).toBe("done");
      expect(summary.rmse!.analysis).toBeLessThan(0.6 * free.summary.rmse!.analysis!);
      expect(arrays.analysisMean!.shape).toEqual([2, 4096]);
      expect(arrays.truth).toEqual(free.arrays.truth);
      if (method.name === "enkf") expect(arrays.spread!.shape).toEqual([2, 4096]);
    });
  }
  it("takes means, members and truths of either space, and forecasts beyond", async () => {
    const { status, arrays } = await run({
      initial: { mean: { file: "field.npy" }, covariance: { variance: 0.5 } },
      truth: { file: "truth.npy" },
      observations: { every: 1, count: 2, operator: { name: "identity" }, error: { std: 0.001 } },
      method: { name: "3dvar", minimizer },
      outputs: { report: true, forecast: 3, everyStep: true },
    });
    expect(status).toBe("done");
    expect(arrays.forecast!.shape).toEqual([3, 4096]);
    expect(arrays.trajectory!.shape).toEqual([2, 4096]);
  });
  it("observes latent variables where the operator is a network of them", async () => {
    const { status, arrays } = await run({
      observations: { every: 1, count: 2, operator: { name: "onnx", file: "dynamics.onnx" }, error: { std: 0.01 } },
      method: { name: "4dvar", window: 2, minimizer },
    });
    expect(status).toBe("done");
    expect(arrays.observations!.shape).toEqual([2, 32]);
  });
  it("says what is wrong", async () => {
    const message = (changes: Json): Promise<string> => messageOf(() => run(changes));
    const { latent: parts } = onda().model as { latent: Json };
    expect(await message({ model: { name: "onnx", dt: 1 } })).toMatch(/model.file: missing; expected the path/);
    expect(await message({ model: { name: "onnx", dt: 1, file: "encoder.onnx", latent: parts } })).toMatch(
      /model.latent: is given besides file/,
    );
    expect(await message({ initial: { mean: [1, 2], covariance: { variance: 1 } } })).toMatch(
      /initial.mean: expected 32 numbers, as the state has or 4096 physical ones, which are encoded, got 2/,
    );
    expect(
      await message({ model: { name: "onnx", dt: 1, latent: { ...parts, decoder: { file: "dynamics.onnx" } } } }),
    ).toMatch(/model.*expected a decoder to states of shape \(1, 64, 64\)/);
  });
});
