/**
 * What executor "auto" picks against the better of generated code with WebAssembly and ONNX Runtime, over graphs of 3 to 10⁶ elements, one
 * thread; and the counts that its arithmetic model (src/engine/execute/choose.ts) works with.
 */

import { expectedTime, fasterExecutor } from "../src/engine/execute/choose.ts";
import { graphCost } from "../src/engine/execute/cost.ts";
import { compile } from "../src/engine/execute/index.ts";
import { call, type Graph, scan, type Tensor, tensor, trace, valueAndGrad, vjp } from "../src/engine/graph/index.ts";
import { lorenz63, lorenz96 } from "../src/problem/models/index.ts";

const wave = (size: number, scale = 1): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => scale * Math.sin(1 + 0.7 * i));
const weights = (rows: number, columns: number): Tensor =>
  tensor({ data: wave(rows * columns, 1 / Math.sqrt(rows)), shape: [rows, columns] });

function mlp(widths: readonly number[], batch: number): Graph {
  return trace(
    (x) =>
      widths.slice(1).reduce((h, width, i) => {
        const next = h.matmul(weights(widths[i]!, width)).add(wave(width));
        return i < widths.length - 2 ? next.tanh() : next;
      }, x!),
    [[batch, widths[0]!]],
  );
}

function cnn(channels: number, side: number, batch: number): Graph {
  const kernel = (o: number, c: number): Tensor =>
    tensor({ data: wave(o * c * 9, 1 / Math.sqrt(9 * c)), shape: [o, c, 3, 3] });
  return trace(
    (x) =>
      x!
        .conv(kernel(channels, 1), { padding: 1 })
        .relu()
        .conv(kernel(channels, channels), { padding: 1 })
        .relu()
        .conv(kernel(1, channels), { padding: 1 }),
    [[batch, 1, side, side]],
  );
}

const loop = (step: (x: Tensor) => Tensor, size: number, length: number): Graph =>
  trace((x) => scan(([c]) => ({ carry: [step(c!)] }), [x!], [], { length }).carry[0]!, [[size]]);
const cost = (graph: Graph): Graph =>
  valueAndGrad(
    trace((x) => call(graph, [x!])[0]!.square().sum(), [graph.inputs[0]!.shape]),
    [0],
  );

const cases: [string, Graph][] = [];
for (const n of [3, 100, 3000, 100_000, 1_000_000]) {
  cases.push([
    `arithmetic ${n}`,
    trace(
      (x) =>
        x!
          .mul(2)
          .add(x!.square())
          .sub(x!.mul(x!.add(1)))
          .maximum(0.1),
      [[n]],
    ),
  ]);
  cases.push([`tanh, exp ${n}`, trace((x) => x!.tanh().mul(x!.mul(0.1).exp()).sigmoid(), [[n]])]);
  cases.push([`sums ${n}`, trace((x) => x!.sub(x!.mean()).square().mean(), [[n]])]);
}
for (const [n, m] of [
  [3, 1],
  [40, 20],
  [200, 100],
  [1000, 100],
] as const)
  cases.push([`product ${n}×${m}`, trace((x) => x!.matmul(weights(n, n)), [[m, n]])]);
for (const [widths, batch] of [
  [[3, 16, 3], 1],
  [[3, 64, 64, 3], 1],
  [[40, 128, 128, 40], 1],
  [[3, 64, 64, 3], 100],
  [[40, 128, 128, 40], 100],
  [[1024, 4096, 1024], 1],
] as const) {
  const graph = mlp(widths, batch);
  cases.push([`mlp ${widths.join("-")} × ${batch}`, graph]);
  cases.push([`its adjoint`, vjp(graph)]);
}
for (const [channels, side, batch] of [
  [4, 8, 1],
  [8, 16, 1],
  [16, 64, 1],
  [16, 32, 16],
] as const) {
  const graph = cnn(channels, side, batch);
  cases.push([`cnn ${channels} channels ${side}² × ${batch}`, graph]);
  cases.push([`its adjoint`, vjp(graph)]);
}
for (const [channels, side] of [
  [8, 8],
  [16, 32],
] as const) {
  const kernel = {
    data: wave(channels * channels * 16, 1 / (4 * Math.sqrt(channels))),
    shape: [channels, channels, 4, 4],
  };
  const graph = trace(
    (x) => x!.convTranspose(tensor(kernel), { strides: 2, padding: 1 }).relu().sum([2, 3]),
    [[1, channels, side, side]],
  );
  cases.push([`transposed convolution ${channels} channels ${side}²`, graph]);
  cases.push([`its adjoint`, vjp(graph)]);
}
const l63 = lorenz63().advance(1).traced!;
const l96 = lorenz96().advance(1).traced!;
const residual = (x: Tensor): Tensor =>
  x.add(x.reshape([1, 40]).matmul(weights(40, 64)).tanh().matmul(weights(64, 40)).reshape([40]).mul(0.1));
for (const [name, graph] of [
  ["Lorenz 63, 100 steps", loop((x) => l63(x, tensor(0)), 3, 100)],
  ["Lorenz 96, 100 steps", loop((x) => l96(x, tensor(0)), 40, 100)],
  ["residual MLP 40-64, 50 steps", loop(residual, 40, 50)],
] as const) {
  cases.push([name, graph]);
  cases.push(["its gradient", cost(graph)]);
}

async function fastest(run: () => unknown, sync: boolean): Promise<number> {
  const begin = performance.now();
  await run();
  const first = performance.now() - begin;
  for (let i = 0, end = performance.now() + Math.min(250, 20 * first + 60); performance.now() < end && i < 3000; i++)
    sync ? run() : await run();
  let best = Number.POSITIVE_INFINITY;
  for (let k = 0; k < 15; k++) {
    const count = Math.max(1, Math.min(200, Math.ceil(0.3 / best)));
    const start = performance.now();
    for (let i = 0; i < count; i++) sync ? run() : await run();
    best = Math.min(best, (performance.now() - start) / count);
  }
  return best * 1000;
}

const rows: Record<string, unknown>[] = [];
for (const dtype of ["float64", "float32"] as const) {
  for (const [name, graph] of cases) {
    const args = graph.inputs.map(({ shape }) => ({ data: wave(shape.reduce((a, b) => a * b, 1)), shape }));
    const out = graph.outputs.map(({ shape }) => new Float64Array(shape.reduce((a, b) => a * b, 1)));
    const js = compile(graph, { executor: "wasm", dtype });
    const ort = compile(graph, { executor: "ort", dtype });
    const [a, b] = [
      await fastest(() => js.runSync(args, { out }), true),
      await fastest(() => ort.runSync(args, { out }), true),
    ];
    const count = graphCost(graph);
    const chosen = fasterExecutor(graph, dtype);
    rows.push({
      graph: name,
      dtype,
      "wasm µs": Number(a.toPrecision(3)),
      expected: Number(expectedTime(count, graph, dtype === "float32" ? "wasm32" : "wasm64").toPrecision(3)),
      "ort µs": Number(b.toPrecision(3)),
      "expected ": Number(expectedTime(count, graph, dtype === "float32" ? "ort32" : "ort64").toPrecision(3)),
      auto: chosen,
      "over the better": Number(((chosen === "wasm" ? a : b) / Math.min(a, b)).toFixed(2)),
      ...(process.env.COUNTS && { counts: { ...count, arguments: graph.inputs.length + graph.outputs.length } }),
    });
  }
}
console.table(process.env.COUNTS ? rows.map(({ counts, ...row }) => row) : rows);
console.log(JSON.stringify(rows));
