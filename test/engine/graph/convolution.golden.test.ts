// A small convolutional network of PyTorch 1.13 in float64, with its gradient: convolution, batch normalisation, pooling, ReLU,
// two transposed convolutions, sigmoid.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { evaluateGraph, grad, type Tensor, tensor, trace } from "../../../src/engine/graph/index.ts";
import { type NestedNumbers, toNdArray } from "../../../src/engine/tensor/index.ts";

type Fixture = Record<string, NestedNumbers> & { readonly bn: Record<string, NestedNumbers> };
const fixture: Fixture = JSON.parse(
  readFileSync(new URL("../../fixtures/torchda/conv_ops.json", import.meta.url), "utf8"),
);
const value = (name: string): Tensor => tensor(fixture[name]!);
const channels = (list: NestedNumbers): Tensor => tensor(list).reshape([1, -1, 1, 1]);

function network(x: Tensor): Tensor[] {
  const convolved = x.conv(value("conv_w")).add(channels(fixture.conv_b!));
  const { weight, bias, mean, var: variance } = fixture.bn;
  const normal = convolved
    .sub(channels(mean!))
    .div(channels(variance!).add(1e-5).sqrt())
    .mul(channels(weight!))
    .add(channels(bias!));
  const pooled = normal.maxPool({ kernel: 2 }).relu();
  const up = pooled
    .convTranspose(value("ct_w"), { strides: 2, padding: 1, outputPadding: 1 })
    .add(channels(fixture.ct_b!));
  const out = up.convTranspose(value("ct1_w"), { padding: 1 }).add(channels(fixture.ct1_b!)).sigmoid();
  return [convolved, normal, pooled, up, out];
}

it("takes PyTorch's values and gradient", () => {
  const x = toNdArray(fixture.x!);
  const graph = trace(network, [x.shape]);
  const names = ["after_conv", "after_bn", "after_pool_relu", "after_ct", "out"];
  for (const results of [evaluateGraph(graph, [x]), compile(graph).runSync([x])]) {
    results.forEach(({ data, shape }, i) => {
      const want = toNdArray(fixture[names[i]!]!);
      expect(shape).toEqual(want.shape);
      for (let j = 0; j < data.length; j++) expect(Math.abs(data[j]! - want.data[j]!), names[i]).toBeLessThan(1e-13);
    });
  }
  const loss = trace((image) => network(image)[4]!.mul(tensor(fixture.loss_weights!)).sum(), [x.shape]);
  const [gradient] = compile(grad(loss)).runSync([x]);
  const want = toNdArray(fixture.grad_x!);
  want.data.forEach((entry, j) => {
    expect(Math.abs(gradient!.data[j]! - entry)).toBeLessThan(1e-14);
  });
});
