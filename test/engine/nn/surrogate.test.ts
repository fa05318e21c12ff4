import { describe, expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { evaluateGraph, full, scan, trace } from "../../../src/engine/graph/index.ts";
import {
  activation,
  adam,
  batchNorm,
  conv2d,
  convTranspose,
  cosine,
  dense,
  dropout,
  exportNetwork,
  fitNormalization,
  groupNorm,
  gru,
  initialize,
  type Layer,
  layerNorm,
  lstm,
  maxPool,
  mse,
  network,
  normalized,
  reshaped,
  rollout,
  sequential,
  surrogate,
  train,
} from "../../../src/engine/nn/index.ts";
import { writeOnnx } from "../../../src/engine/onnx/index.ts";
import { type NdArray, toNdArray } from "../../../src/engine/tensor/index.ts";

const dt = 0.05;

/** Lorenz' 1963 equations by RK4. */
function lorenz63(state: Float64Array): Float64Array {
  const f = (s: Float64Array): Float64Array => {
    const [x, y, z] = [s[0]!, s[1]!, s[2]!];
    return Float64Array.of(10 * (y - x), x * (28 - z) - y, x * y - (8 / 3) * z);
  };
  const along = (k: Float64Array, h: number): Float64Array => state.map((value, i) => value + h * k[i]!);
  const k1 = f(state);
  const k2 = f(along(k1, dt / 2));
  const k3 = f(along(k2, dt / 2));
  const k4 = f(along(k3, dt));
  return state.map((value, i) => value + (dt / 6) * (k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!));
}

/** A trajectory on the attractor. */
function trajectory(length: number, from: readonly number[]): NdArray {
  let state: Float64Array = Float64Array.from(from);
  for (let i = 0; i < 200; i++) state = lorenz63(state);
  const data = new Float64Array(3 * length);
  for (let i = 0; i < length; i++) {
    data.set(state, 3 * i);
    state = lorenz63(state);
  }
  return { data, shape: [length, 3] };
}

const rows = ({ data }: NdArray, from: number, to: number): NdArray => ({
  data: data.slice(3 * from, 3 * to),
  shape: [to - from, 3],
});

describe("a residual network of Lorenz 63", () => {
  const [training, unseen] = [trajectory(1001, [1, 1, 25]), trajectory(401, [-5, -3, 20])];
  const [x, y] = [rows(training, 0, 1000), rows(training, 1, 1001)];
  const held = [rows(unseen, 0, 400), rows(unseen, 1, 401)] as const;
  const increments = { data: y.data.map((value, i) => value - x.data[i]!), shape: y.shape };
  const net = network(
    normalized(sequential(dense(3, 32), activation("tanh"), dense(32, 3)), {
      input: fitNormalization(x),
      output: fitNormalization(increments),
      predicts: "increment",
    }),
    [3],
  );
  const persistence = held[0].data.reduce((sum, v, i) => sum + (v - held[1].data[i]!) ** 2, 0) / held[0].data.length;

  it("learns one-step pairs: a tenth of persistence's error on unseen states, then steps well by rollouts", async () => {
    const result = await train({
      network: net,
      data: [x, y],
      validation: held,
      optimizer: adam({ learningRate: 0.01 }),
      schedule: cosine(0.01),
      epochs: 60,
    });
    // Root mean squared errors: a tenth is a hundredth of the mean square.
    expect(result.best.loss / persistence).toBeLessThan(0.01);

    const starts = rows(training, 0, 990);
    const truth = new Float64Array(990 * 30);
    for (let i = 0; i < 990; i++) truth.set(training.data.subarray(3 * (i + 1), 3 * (i + 11)), 30 * i);
    const tuned = await train({
      network: net,
      data: [starts, { data: truth, shape: [990, 10, 3] }],
      objective: rollout(mse),
      optimizer: adam({ learningRate: 1e-3 }),
      schedule: cosine(0.01),
      clipNorm: 1,
      epochs: 10,
      parameters: result.parameters,
    });
    const errorAfter = (parameters: Float64Array): number => {
      const step = surrogate(net, parameters);
      const graph = trace((s) => scan(([c]) => ({ carry: [step(c!)] }), [s!], [], { length: 10 }).carry, [[390, 3]]);
      const [end] = compile(graph).runSync([rows(unseen, 0, 390)]);
      return end!.data.reduce((sum, v, i) => sum + (v - unseen.data[i + 30]!) ** 2, 0) / end!.data.length;
    };
    expect(errorAfter(tuned.parameters)).toBeLessThan(errorAfter(result.parameters));
  }, 60_000);

  it("is a map of single states and of ensembles", () => {
    const parameters = initialize(net, 1);
    const step = surrogate(net, parameters);
    const state = [1, 2, 20];
    const [single] = compile(trace((s) => step(s!), [[3]])).runSync([state]);
    const [many] = compile(trace((s) => step(s!), [[2, 3]])).runSync([[state, [0, 0, 0]]]);
    expect(single!.shape).toEqual([3]);
    expect(many!.shape).toEqual([2, 3]);
    expect(many!.data.slice(0, 3)).toEqual(single!.data);
    expect(() => trace((s) => step(s!), [[4]])).toThrow(/surrogate: expected a state \(3\), got \(4\)/);
  });
});

describe("normalisation", () => {
  it("fits each element, or each channel", () => {
    const data = [
      [
        [1, 3],
        [5, 5],
      ],
      [
        [3, 5],
        [5, 5],
      ],
    ];
    const each = fitNormalization(data);
    expect(each.mean).toEqual(
      toNdArray([
        [2, 4],
        [5, 5],
      ]),
    );
    expect(each.scale).toEqual(
      toNdArray([
        [1, 1],
        [1, 1],
      ]),
    );
    const channels = fitNormalization(data, { variableAxis: 0 });
    expect(channels.mean).toEqual(toNdArray([[3], [5]]));
    expect(channels.scale).toEqual(toNdArray([[Math.SQRT2], [1]]));
    expect(() => fitNormalization(data, { variableAxis: 2 })).toThrow(/expected an axis below 2, got 2/);
    expect(() => fitNormalization([1, 2])).toThrow(/expected samples/);
  });
  it("maps between physical units", () => {
    const input = { mean: toNdArray([10, 20]), scale: toNdArray([2, 4]) };
    const output = { mean: toNdArray([1, 2]), scale: toNdArray([3, 5]) };
    const identity: Layer = { name: "identity", parameters: [], apply: (_, x) => x };
    const run = (predicts: "state" | "increment", own?: typeof output): number[] => {
      const options = { input, predicts, ...(own && { output: own }) };
      const net = network(normalized(identity, options), [2]);
      return [...compile(exportNetwork(net, new Float64Array(0))).runSync([[[12, 12]]])[0]!.data];
    };
    expect(run("state")).toEqual([12, 12]);
    expect(run("state", output)).toEqual([4, -8]);
    expect(run("increment", output)).toEqual([16, 4]);
    const zero = { mean: input.mean, scale: toNdArray([1, 0]) };
    expect(() => normalized(identity, { input: zero })).toThrow(/normalized.input.scale: expected positive/);
  });
});

describe("exportNetwork", () => {
  it.each([
    [
      "convolution",
      sequential(conv2d(2, 3, { paddingMode: "circular" }), batchNorm(3), activation("relu"), dropout()),
      [2, 4, 4],
    ],
    ["autoencoder", sequential(maxPool({ kernel: 2 }), convTranspose(2, 4), groupNorm(2, 4), reshaped()), [2, 4, 4]],
    ["lstm", sequential(lstm(3, 4), dense(4, 3)), [5, 3]],
    ["gru", sequential(gru(3, 4, { output: "last" }), layerNorm(4), activation("elu")), [5, 3]],
  ] as const)("%s: the network in use as a graph of one input, the same by ONNX Runtime", async (_, layer, shape) => {
    const net = network(layer, shape);
    const parameters = initialize(net, 2);
    const graph = exportNetwork(net, parameters, { batch: 2 });
    expect(graph.inputs.map((input) => input.shape)).toEqual([[2, ...shape]]);
    expect(graph.outputs[0]!.shape).toEqual([2, ...net.outputShape]);
    const size = 2 * shape.reduce((product, extent) => product * extent, 1);
    const x = { data: Float64Array.from({ length: size }, (_, i) => Math.sin(i)), shape: [2, ...shape] };
    const [want] = evaluateGraph(graph, [x]);
    const results = [compile(graph).runSync([x])[0]!, (await compile(graph, { executor: "ort" }).run([x]))[0]!];
    for (const got of results)
      want!.data.forEach((value, i) => {
        expect(got.data[i]).toBeCloseTo(value, 12);
      });
    expect(writeOnnx(graph, { dtype: "float32" }).length).toBeGreaterThan(4 * parameters.length);
  });
  it("refuses other parameters, and surrogates that aren't from states to states", () => {
    const net = network(dense(3, 2), [3]);
    expect(() => exportNetwork(net, new Float64Array(1))).toThrow(/expected 8 numbers, got 1/);
    expect(() => surrogate(net, new Float64Array(8))).toThrow(/from states to states, got \(3\) to \(2\)/);
    expect(() => network({ name: "sum", parameters: [], apply: () => full([1], 0) }, [3])).toThrow(
      /one result per sample/,
    );
  });
});
