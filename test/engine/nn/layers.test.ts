// Layers against PyTorch 2.15 in float64: values, gradients, running averages, losses.
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { full, type Tensor, tensor, trace, valueAndGrad } from "../../../src/engine/graph/index.ts";
import {
  activation,
  averagePool,
  batchNorm,
  conv1d,
  conv2d,
  convTranspose,
  dense,
  dropout,
  groupNorm,
  gru,
  huber,
  inference,
  type Layer,
  layerNorm,
  lstm,
  mae,
  maxPool,
  mse,
  relativeL2,
  reshaped,
  residual,
  sequential,
} from "../../../src/engine/nn/index.ts";
import { type ArrayLike64, type NdArray, toNdArray } from "../../../src/engine/tensor/index.ts";
import { type LayerFixture, torch } from "./fixture.ts";

function expectClose(got: NdArray, want: ArrayLike64, what: string): void {
  const { data, shape } = toNdArray(want);
  expect(got.shape, what).toEqual(shape);
  for (let i = 0; i < data.length; i++)
    expect(Math.abs(got.data[i]! - data[i]!), `${what}[${i}]`).toBeLessThan(1e-12 * Math.max(1, Math.abs(data[i]!)));
}

function check(layer: Layer, fixture: LayerFixture, training: boolean): void {
  const x = toNdArray(fixture.x);
  const values = layer.parameters.map(({ name, shape }) => {
    const value = toNdArray(fixture.parameters[name] ?? fixture.parameters[`${name}_l0`]!);
    expect(value.shape, name).toEqual(shape);
    return value;
  });
  const replaced: number[] = [];
  const graph = trace(
    (symbol, ...parameters) => {
      const averages: Tensor[] = [];
      const replace = (parameter: Tensor, value: Tensor): void => {
        replaced.push(parameters.indexOf(parameter));
        averages.push(value);
      };
      const y = layer.apply(parameters, symbol!, { training, replace });
      return [y.square().sum().mul(0.5), y, ...averages];
    },
    [x.shape, ...values.map((value) => value.shape)],
  );
  const [, y, ...rest] = compile(valueAndGrad(graph)).runSync([x, ...values]);
  expectClose(y!, fixture.y, "y");
  const averages = rest.splice(0, replaced.length);
  averages.forEach((average, i) => {
    const { name } = layer.parameters[replaced[i]!]!;
    expectClose(average, fixture.after[name]!, name);
  });
  expect(averages.length).toBe(training ? layer.parameters.filter((spec) => spec.trainable === false).length : 0);
  expectClose(rest[0]!, fixture.dx, "dx");
  layer.parameters.forEach(({ name, trainable }, i) => {
    if (trainable === false) return;
    expectClose(rest[i + 1]!, fixture.gradients[name] ?? fixture.gradients[`${name}_l0`]!, name);
  });
}

describe("layers have PyTorch's values and gradients", () => {
  it.each([
    ["lstm", lstm(3, 4)],
    ["gru", gru(3, 4)],
    ["dense", dense(3, 4)],
    ["layerNorm", layerNorm([3, 4])],
    ["groupNorm", groupNorm(2, 4)],
    ["batchNorm", batchNorm(3)],
    ["batchNorm1d", batchNorm(3)],
    ["conv1dCircular", conv1d(2, 3, { kernel: 5, paddingMode: "circular" })],
    ["conv2d", conv2d(4, 6, { strides: 2, groups: 2 })],
    ["conv2dCircular", conv2d(2, 3, { dilations: 2, paddingMode: "circular" })],
    ["convTranspose", convTranspose(3, 2, { kernel: 3, padding: 1, outputPadding: 1 })],
    ["relu", activation("relu")],
    ["tanh", activation("tanh")],
    ["sigmoid", activation("sigmoid")],
    ["softplus", activation("softplus")],
    ["silu", activation("silu")],
    ["gelu", activation("gelu")],
    ["elu", activation("elu")],
    ["leakyRelu", activation("leakyRelu")],
  ] as const)("%s", (name, layer) => {
    check(layer, torch[name], true);
  });
  it("batchNorm in use", () => {
    check(batchNorm(3), torch.batchNormInUse, false);
  });
});

describe("losses have PyTorch's values and gradients", () => {
  it.each([
    ["mse", mse],
    ["mae", mae],
    ["huber", huber(0.7)],
    ["relativeL2", relativeL2],
  ] as const)("%s", (name, loss) => {
    const { prediction, target } = torch.losses;
    const graph = trace((p) => loss(p!, tensor(target)), [toNdArray(prediction).shape]);
    const [value, gradient] = compile(valueAndGrad(graph)).runSync([prediction]);
    expectClose(value!, torch.losses[name].value, "value");
    expectClose(gradient!, torch.losses[name].gradient, "gradient");
  });
  it("relativeL2 of a perfect prediction has a gradient of zero", () => {
    const graph = trace((p) => relativeL2(p!, tensor([[1, 2]])), [[1, 2]]);
    expect(compile(valueAndGrad(graph)).runSync([[[1, 2]]])[1]!.data).toEqual(new Float64Array(2));
  });
});

describe("composition", () => {
  const apply = (layer: Layer, x: ArrayLike64, parameters: readonly ArrayLike64[] = []): NdArray => {
    const shape = toNdArray(x).shape;
    const graph = trace(
      (value) =>
        layer.apply(
          parameters.map((p) => tensor(p)),
          value!,
          inference,
        ),
      [shape],
    );
    return compile(graph).runSync([x])[0]!;
  };
  it("names parameters by position and hands them on in order", () => {
    const layer = sequential(dense(2, 2, { bias: false }), residual(activation("relu"), dense(2, 2)));
    expect(layer.parameters.map(({ name }) => name)).toEqual(["0.weight", "1.inner.1.weight", "1.inner.1.bias"]);
    const doubled = [
      [2, 0],
      [0, 2],
    ];
    const swap = [
      [0, 1],
      [1, 0],
    ];
    expect(apply(layer, [[1, -3]], [doubled, swap, [10, 20]])).toEqual({
      data: Float64Array.of(12, 16),
      shape: [1, 2],
    });
  });
  it("pools and reshapes", () => {
    const x = [[[1, 5, 2, 4]]];
    expect(apply(sequential(maxPool({ kernel: 2 }), reshaped()), x)).toEqual({
      data: Float64Array.of(5, 4),
      shape: [1, 2],
    });
    expect(apply(averagePool({ kernel: 2 }), x).data).toEqual(Float64Array.of(3, 3));
  });
  it("gives the last hidden state alone when asked", () => {
    const { parameters, x, y } = torch.lstm;
    const values = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"].map((name) => parameters[name]!);
    const all = toNdArray(y);
    const last = apply(lstm(3, 4, { output: "last" }), x, values);
    expect(last.shape).toEqual([2, 4]);
    expectClose({ data: last.data.slice(4), shape: [4] }, all.data.slice(-4), "last");
  });
});

describe("dropout", () => {
  const layer = dropout(0.25);
  it("drops by the numbers given, scales the others, and is the identity in use", () => {
    const graph = trace(
      (x, u) => [
        layer.apply([], x!, { training: true, random: (shape) => u!.reshape(shape) }),
        layer.apply([], x!, inference),
      ],
      [[1, 4], [4]],
    );
    const [dropped, kept] = compile(graph).runSync([[[3, 3, 3, 3]], [0.1, 0.25, 0.9, 0.2499]]);
    expect(dropped!.data).toEqual(Float64Array.of(0, 4, 4, 0));
    expect(kept!.data).toEqual(Float64Array.of(3, 3, 3, 3));
  });
  it("refuses to train without random numbers, and rates outside [0, 1)", () => {
    expect(() => trace((x) => layer.apply([], x!, { training: true }), [[1]])).toThrow(
      /dropout: expected random numbers/,
    );
    expect(() => dropout(1)).toThrow(/expected a rate/);
    expect(() => dropout(Number.NaN)).toThrow(/expected a rate/);
  });
});

describe("layers refuse", () => {
  const on = (layer: Layer, shape: readonly number[], training = false): unknown =>
    trace(
      (x) =>
        layer.apply(
          layer.parameters.map((p) => full(p.shape, 1)),
          x!,
          { training },
        ),
      [shape],
    );
  it.each([
    ["another last extent", () => on(dense(3, 2), [4, 2]), /dense: expected extent 3 on axis -1, got shape \(4, 2\)/],
    ["other channels", () => on(conv2d(3, 2), [1, 2, 5, 5]), /conv2d: expected extent 3 on axis 1/],
    ["no sequence", () => on(lstm(3, 2), [4, 3]), /lstm: expected a sequence/],
    ["even windows with padding same", () => conv1d(1, 1, { kernel: 4 }), /conv1d.kernel: expected odd extents/],
    ["groups that don't divide", () => groupNorm(2, 3), /groupNorm: expected channels a multiple/],
    ["statistics of one value", () => on(batchNorm(2), [1, 2], true), /batchNorm: expected more than one value/],
    ["no channels", () => batchNorm(0), /batchNorm.channels: expected a positive integer, got 0/],
    ["half a unit", () => dense(3, 0.5), /dense.outputs: expected a positive integer, got 0.5/],
    ["groups of channels that don't divide", () => conv2d(3, 4, { groups: 2 }), /conv2d.inputs\/groups/],
    ["a delta of zero", () => huber(0), /huber.delta/],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});
