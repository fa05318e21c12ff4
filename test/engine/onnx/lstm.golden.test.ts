// An LSTM written with our loop against PyTorch's, as TorchDA uses it: test/fixtures/torchda/lstm_1ton.json.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { grad, scan, type Tensor, tensor, trace } from "../../../src/engine/graph/index.ts";
import type { NestedNumbers } from "../../../src/engine/tensor/index.ts";

interface Fixture {
  readonly weights: Readonly<Record<string, NestedNumbers>>;
  readonly x: number[];
  readonly output: number[][];
  readonly loss_weights: number[][];
  readonly grad_x_of_sum: number[];
}
const text = readFileSync(new URL("../../fixtures/torchda/lstm_1ton.json", import.meta.url), "utf8");
const fixture: Fixture = JSON.parse(text.replace('"grad_x_of_sum(output*loss_weights)"', '"grad_x_of_sum"'));

/** PyTorch's cell: gates input, forget, cell, output. */
function cell(x: Tensor, h: Tensor, c: Tensor, layer: number): { h: Tensor; c: Tensor } {
  const weight = (name: string): NestedNumbers => fixture.weights[`lstm.${name}_l${layer}`]!;
  const all = tensor(weight("weight_ih"))
    .matmul(x)
    .add(weight("bias_ih"))
    .add(tensor(weight("weight_hh")).matmul(h))
    .add(weight("bias_hh"));
  const hidden = h.shape[0]!;
  const gate = (index: number): Tensor => all.slice([index * hidden], [(index + 1) * hidden]);
  const next = gate(1)
    .sigmoid()
    .mul(c)
    .add(gate(0).sigmoid().mul(gate(2).tanh()));
  return { h: gate(3).sigmoid().mul(next.tanh()), c: next };
}

function lstm(x: Tensor, length: number): Tensor {
  const { weights } = fixture;
  const start = tensor(weights["fc_in.weight"]!).matmul(x).add(weights["fc_in.bias"]!);
  return scan(
    ([input, h0, c0, h1, c1]) => {
      const first = cell(input!, h0!, c0!, 0);
      const second = cell(first.h, h1!, c1!, 1);
      const elu = second.h.maximum(0).add(second.h.minimum(0).expm1());
      const output = tensor(weights["fc.weight"]!).matmul(elu).add(weights["fc.bias"]!);
      return { carry: [output, first.h, first.c, second.h, second.c], ys: [output] };
    },
    [x, start, start, start, start],
    [],
    { length },
  ).ys[0]!;
}

it("gives PyTorch's states and gradient", () => {
  const length = fixture.output.length;
  const states = compile(trace((x) => lstm(x, length), [[3]])).runSync([fixture.x])[0]!;
  const loss = trace((x) => lstm(x, length).mul(fixture.loss_weights).sum(), [[3]]);
  const gradient = compile(grad(loss)).runSync([fixture.x])[0]!;
  fixture.output.flat().forEach((value, i) => {
    expect(Math.abs(states.data[i]! - value)).toBeLessThan(1e-13);
  });
  fixture.grad_x_of_sum.forEach((value, i) => {
    expect(Math.abs(gradient.data[i]! - value)).toBeLessThan(1e-13);
  });
});
