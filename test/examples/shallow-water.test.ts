// What examples/shallow-water/README.md states of the networks that lie there, on a run that none of them has seen.
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { readOnnx } from "../../src/engine/onnx/index.ts";
import { threeDVar } from "../../src/methods/variational/index.ts";
import { diagonalCovariance } from "../../src/problem/covariance/index.ts";
import { latentModel, shallowWater } from "../../src/problem/models/index.ts";
import { composedOperator, networkOperator } from "../../src/problem/operators/index.ts";

const [side, frames] = [64, 35];
const points = side * side;
const network = async (file: string) =>
  readOnnx(await readFile(new URL(`../../examples/shallow-water/${file}`, import.meta.url)));

/** u and h of a run from a column, from frame 18 on. */
async function fields(y: number, x: number, radius: number): Promise<{ u: Float64Array; h: Float64Array }[]> {
  const waves = shallowWater({ dt: 1e-4, drag: 2, equations: "simplified", scheme: "euler" });
  const frame = waves.withCompute!({ executor: "wasm" }).advance(100);
  let state: Float64Array = new Float64Array(3 * points);
  for (let j = 0; j < side; j++)
    for (let i = 0; i < side; i++)
      state[2 * points + j * side + i] = 1 + 0.1 / (1 + Math.exp((Math.hypot(j - y, i - x) - radius) / 1.5));
  const out: { u: Float64Array; h: Float64Array }[] = [];
  for (let k = 0; k < 18 + frames; k++) {
    if (k >= 18) out.push({ u: state.slice(0, points), h: state.slice(2 * points) });
    state = await frame.apply(state, 0);
  }
  return out;
}
const distance = (a: Float64Array, b: Float64Array): number => Math.hypot(...a.map((value, i) => value - b[i]!));
const deviation = (a: Float64Array): number => {
  const mean = a.reduce((sum, value) => sum + value, 0) / a.length;
  return Math.hypot(...a.map((value) => value - mean));
};

describe("examples/shallow-water", () => {
  let truth: { u: Float64Array; h: Float64Array }[];
  let model: ReturnType<typeof latentModel>;
  let surface: ReturnType<typeof composedOperator>;
  beforeAll(async () => {
    truth = await fields(30.3, 33.1, 7.4);
    const [encoder, decoder] = [await network("encoder-u.onnx"), await network("decoder-u.onnx")];
    model = latentModel({ encoder, decoder, dynamics: await network("dynamics.onnx"), dt: 0.01 });
    surface = composedOperator(networkOperator(await network("observe.onnx"), [1, side, side]), model.latent!.decode);
  });
  const decoded = async (z: Float64Array): Promise<Float64Array> => model.latent!.decode.apply(z, 0);
  const encoded = async (k: number): Promise<Float64Array> => model.latent!.encode.apply(truth[k]!.u, 0);

  it("has weights of less than a megabyte each", async () => {
    for (const file of ["encoder-u", "decoder-u", "encoder-h", "decoder-h", "dynamics", "observe"])
      expect(
        (await readFile(new URL(`../../examples/shallow-water/${file}.onnx`, import.meta.url))).length,
      ).toBeLessThan(1e6);
  });

  it("keeps fields in 32 numbers", async () => {
    expect(model.size).toBe(32);
    const [encodeH, decodeH] = [
      networkOperator(await network("encoder-h.onnx"), [1, side, side]),
      networkOperator(await network("decoder-h.onnx"), [32]),
    ];
    for (const k of [0, 15, 34]) {
      expect(distance(await decoded(await encoded(k)), truth[k]!.u) / deviation(truth[k]!.u)).toBeLessThan(0.12);
      const h = await decodeH.apply(await encodeH.apply(truth[k]!.h, 0), 0);
      expect(distance(h, truth[k]!.h) / deviation(truth[k]!.h)).toBeLessThan(0.12);
    }
  });

  it("forecasts the waves, does better than persistence and doesn't come to rest", async () => {
    const start = await encoded(0);
    for (const lead of [10, 20, 30]) {
      const forecast = await decoded(await model.advance(lead).apply(start, 0));
      expect(distance(forecast, truth[lead]!.u)).toBeLessThan(0.25 * distance(truth[0]!.u, truth[lead]!.u));
    }
    for (let k = 0; k + 1 < frames; k++) {
      const [now, next] = [await encoded(k), await encoded(k + 1)];
      const [from, to] = [
        k === 0 ? start : await model.advance(k).apply(start, 0),
        await model.advance(k + 1).apply(start, 0),
      ];
      expect(distance(to, from) / distance(next, now)).toBeGreaterThan(0.6);
    }
  });

  it("finds u from noise-free h", async () => {
    const k = 12;
    const background = await encoded(k);
    const other = await fields(31.5, 31.8, 7.1);
    const wrong = await model.latent!.encode.apply(other[k]!.u, 0);
    const { state } = threeDVar({
      background: { mean: wrong, covariance: diagonalCovariance(background.map(() => 0.5)) },
      observations: {
        operator: surface,
        error: diagonalCovariance(new Float64Array(points).fill(1e-6)),
        values: truth[k]!.h,
      },
    });
    const after = distance(await decoded(state), truth[k]!.u);
    expect(after).toBeLessThan(0.5 * distance(await decoded(wrong), truth[k]!.u));
  });
});
