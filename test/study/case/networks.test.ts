// Networks as models and operators of cases.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Tensor, tensor, trace } from "../../../src/engine/graph/index.ts";
import { readOnnx, writeOnnx } from "../../../src/engine/onnx/index.ts";
import { networkModel, tracedModel } from "../../../src/problem/models/index.ts";
import { networkOperator } from "../../../src/problem/operators/index.ts";
import { runCase } from "../../../src/study/case/index.ts";
import { array, caseWith, type Json, memory, messageOf } from "./cases.ts";

const euler = (x: Tensor): Tensor => {
  const [a, b, c] = [x.at(0), x.at(1), x.at(2)];
  return x.add(
    tensor([1, 0, 0])
      .mul(b.sub(a).mul(10))
      .add(tensor([0, 1, 0]).mul(a.mul(c.neg().add(28)).sub(b)))
      .add(tensor([0, 0, 1]).mul(a.mul(b).sub(c.mul(8 / 3))))
      .mul(0.01),
  );
};
const one = writeOnnx(trace((x) => euler(x.reshape([3])).reshape([1, 3]), [[1, 3]]));
/** Three steps a call: (1, 3, 3). */
const three = writeOnnx(
  trace(
    (x) => {
      const first = euler(x.reshape([3]));
      const second = euler(first);
      return tensor([[1], [0], [0]])
        .mul(first)
        .add(tensor([[0], [1], [0]]).mul(second))
        .add(tensor([[0], [0], [1]]).mul(euler(second)))
        .reshape([1, 3, 3]);
    },
    [[1, 3]],
  ),
);
const seen = writeOnnx(trace((x) => x.slice([0, 0], [1, 2]).square(), [[1, 3]]));
const files = memory({ "one.onnx": one, "three.onnx": three, "h.onnx": seen, "mean.npy": array([3], [1, 2, 3]) });
const onnx = (changes: Json = {}): Json => ({ name: "onnx", file: "one.onnx", dt: 0.01, ...changes });
const run = (changes: Json) => runCase(caseWith(changes), { reader: files });

describe("a network as a model", () => {
  const plain = tracedModel({ name: "euler", shape: [3], dt: 0.01, step: euler });
  const x = Float64Array.of(1.5, -1.5, 25);
  const close = (a: Float64Array, b: Float64Array): void => {
    expect(a.length).toBe(b.length);
    a.forEach((value, i) => {
      expect(Math.abs(value - b[i]!)).toBeLessThan(1e-12 * (1 + Math.abs(value)));
    });
  };
  it.each([
    [one, 1],
    [three, 3],
  ])("has the states, tangents and adjoints of its formula", async (bytes, stepsPerCall) => {
    const model = networkModel({ network: readOnnx(bytes), dt: 0.01, stepsPerCall });
    expect(model.shape).toEqual([3]);
    for (const steps of [1, 2, 3, 4, 6, 7]) {
      const [a, b] = [model.advance(steps), plain.advance(steps)];
      close(await a.apply(x), b.apply(x));
      close(await a.adjoint!(x, Float64Array.of(1, 2, 3)), b.adjoint(x, Float64Array.of(1, 2, 3)));
      close(await a.tangent!(x, Float64Array.of(1, 2, 3)), b.tangent(x, Float64Array.of(1, 2, 3)));
      close(await model.trajectory(steps).apply(x), plain.trajectory(steps).apply(x));
    }
  });
  it("works on normalised states", async () => {
    const scaled = writeOnnx(
      trace(
        (z) =>
          euler(z.mul([2, 3, 4]).add([1, 2, 3]))
            .sub([1, 2, 3])
            .div([2, 3, 4]),
        [[3]],
      ),
    );
    const [mean, scale] = [Float64Array.of(1, 2, 3), Float64Array.of(2, 3, 4)];
    const model = networkModel({ network: readOnnx(scaled), dt: 0.01, mean, scale });
    close(await model.advance(5).apply(x), plain.advance(5).apply(x));
  });
  it("computes only the steps of the last call that are needed", () => {
    const bytes = readFileSync(new URL("../../fixtures/onnx/lstm-1-to-n.f64.onnx", import.meta.url));
    const model = networkModel({ network: readOnnx(bytes), dt: 1, stepsPerCall: 9 });
    const nodes = (steps: number): number => {
      const graph = trace((state) => model.advance(steps).traced!(state, tensor(0)), [[3]]);
      const known = new Set<unknown>(graph.outputs);
      const open = [...graph.outputs];
      for (let node = open.pop(); node !== undefined; node = open.pop())
        for (const input of node.inputs) if (!known.has(input)) known.add(input) && open.push(input);
      return known.size;
    };
    expect(nodes(1)).toBeLessThan(nodes(9) / 4);
  });
});

describe("a network in a case", () => {
  it.each(["enkf", "4dvar"])("runs in %s", async (name) => {
    const method = name === "enkf" ? { name, members: 10 } : { name };
    const { summary } = await run({ model: onnx(), method });
    expect(summary.status).toBe("done");
    expect(summary.rmse?.analysis).toBeLessThan(3);
    const more = await run({ model: onnx({ file: "three.onnx", stepsPerCall: 3 }), method });
    expect(more.summary.status).toBe("done");
  });
  it("sees states scaled, as an operator", async () => {
    const scaled = { mean: Float64Array.of(1, 2, 3), scale: Float64Array.of(2, 3, 4) };
    const [plain, other] = [networkOperator(readOnnx(seen), [3]), networkOperator(readOnnx(seen), [3], scaled)];
    const x = Float64Array.of(1.2, -0.5, 2.5);
    const near = (a: Float64Array, b: Float64Array): void => {
      expect(a.length).toBe(b.length);
      for (const [i, value] of a.entries()) expect(value).toBeCloseTo(b[i]!, 13);
    };
    const inner = x.map((value, i) => (value - scaled.mean[i]!) / scaled.scale[i]!);
    near(other.apply(x), plain.apply(inner));
    const dy = Float64Array.of(0.3, -0.7);
    near(
      other.adjoint(x, dy),
      plain.adjoint(inner, dy).map((value, i) => value / scaled.scale[i]!),
    );
    const { summary } = await run({
      model: onnx(),
      "observations.operator": { name: "onnx", file: "h.onnx", normalize: { mean: [1, 2, 3], scale: 2 } },
      method: { name: "3dvar" },
    });
    expect(summary.status).toBe("done");
    await expect(
      run({ model: onnx(), "observations.operator": { name: "onnx", file: "h.onnx", normalize: { scale: [1, 2] } } }),
    ).rejects.toThrow(/observations.operator.normalize.scale: expected 3 numbers, as the state has, got 2/);
  });
  it("runs as an operator in 3dvar", async () => {
    const { summary } = await run({
      model: onnx({ normalize: { mean: 0, scale: [1, 1, 1] } }),
      "observations.operator": { name: "onnx", file: "h.onnx" },
      method: { name: "3dvar" },
    });
    expect(summary.status).toBe("done");
    expect(networkOperator(readOnnx(seen), [3]).outSize).toBe(2);
  });
  it.each<[string, Json, RegExp]>([
    [
      "another state",
      { model: onnx({ state: { shape: [4] } }) },
      /^model: network one\.onnx: expected a network for states of shape \(4\)/,
    ],
    [
      "steps that aren't there",
      { model: onnx({ stepsPerCall: 2 }) },
      /^model: network one\.onnx: expected a result of 2 states of 3 variables, shape \(2, 3\)/,
    ],
    ["a lacking dt", { model: { name: "onnx", file: "one.onnx" } }, /^model\.dt: missing/],
    [
      "numbers too few",
      { model: onnx({ normalize: { mean: [1, 2] } }) },
      /^model\.normalize\.mean: expected 3 numbers/,
    ],
    ["no scale", { model: onnx({ normalize: { scale: 0 } }) }, /^model\.normalize\.scale/],
    ["no network", { model: onnx({ file: "mean.npy" }) }, /^model\.file: mean\.npy: /],
    [
      "an operator of another size",
      {
        "observations.operator": { name: "onnx", file: "h.onnx" },
        model: { name: "lorenz96" },
        initial: { mean: 1, covariance: { variance: 1 } },
      },
      /^observations\.operator: network h\.onnx: expected a network for states of shape \(40\)/,
    ],
  ])("is refused with %s", async (_, changes, message) => {
    expect(await messageOf(() => run(changes))).toMatch(message);
  });
});
