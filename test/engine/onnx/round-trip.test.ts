// Networks read, written and read again, and run by ONNX Runtime: values, adjoints and tangents stay.
import { readFileSync } from "node:fs";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { type Graph, jvp, printGraph, scan, tensor, trace, vjp } from "../../../src/engine/graph/index.ts";
import { readOnnx, writeOnnx } from "../../../src/engine/onnx/index.ts";
import { type NdArray, readNpy } from "../../../src/engine/tensor/index.ts";
import { etkfAnalysis } from "../../../src/methods/filters/index.ts";
import { diagonalCovariance } from "../../../src/problem/covariance/index.ts";
import { matrixOperator } from "../../../src/problem/operators/index.ts";

const folder = new URL("../../fixtures/onnx/", import.meta.url);
const array = (file: string): NdArray => readNpy(readFileSync(new URL(file, folder)), file);
const distance = (a: NdArray, b: NdArray): number =>
  Math.hypot(...a.data.map((value, i) => value - b.data[i]!)) / Math.hypot(...b.data);

describe.each(["residual-mlp", "encoder", "decoder", "lstm-1-to-n", "periodic-cnn"])("%s", (name) => {
  const input = array(`${name}.input.npy`);
  const file = `${name}.f64.onnx`;
  const model = readOnnx(readFileSync(new URL(file, folder)), { name: file });
  const graph = model.toGraph({ shapes: { [model.inputs[0]!.name]: input.shape } });
  const cases: [string, Graph, NdArray[], string][] = [
    ["the network", graph, [input], "output"],
    ["its adjoint", vjp(graph), [input, array(`${name}.cotangent.npy`)], "vjp"],
    ["its tangent", jvp(graph), [input, array(`${name}.tangent.npy`)], "jvp"],
  ];
  it.each(cases)("%s, written, read and run by both executors", async (_, own, args, want) => {
    const written = readOnnx(writeOnnx(own), { name: "written" }).toGraph();
    for (const results of [compile(written).runSync(args), await compile(own, { executor: "ort" }).run(args)])
      expect(distance(results.at(-1)!, array(`${name}.${want}.npy`))).toBeLessThan(1e-11);
    const single = await compile(own, { executor: "ort", dtype: "float32" }).run(args);
    expect(distance(single.at(-1)!, array(`${name}.${want}.npy`))).toBeLessThan(2e-5);
  });
  it.each(["float64", "float32"] as const)("is written as itself in %s, once what ONNX lacks is composed", (dtype) => {
    const again = (own: Graph): Graph => readOnnx(writeOnnx(own, { dtype }), { name: "written" }).toGraph({ dtype });
    for (const own of [graph, vjp(graph)]) {
      const composed = again(own);
      expect(printGraph(again(composed))).toBe(printGraph(composed));
    }
  });
});

describe("graphs of primitives that ONNX has", () => {
  it("come back as they were", () => {
    const kernel = { data: Float64Array.from({ length: 54 }, (_, i) => Math.sin(i)), shape: [3, 2, 3, 3] };
    const own = trace(
      (x, y) => {
        const z = x!.conv(tensor(kernel), { padding: 1 }).relu().maxPool({ kernel: 2 }).tanh();
        const w = z.reshape([3, 9]).matmul(y!).sigmoid().transpose();
        return [w.sub(w.mean(0)).mul(w).sum(1).abs().sqrt(), z.exp().div(z.abs().add(1)), w.slice([1, 0], [3, 2])];
      },
      [
        { shape: [1, 2, 6, 6], name: "x0" },
        { shape: [9, 4], name: "x1" },
      ],
    );
    for (const graph of [own, vjp(trace((y) => y!.matmul(tensor(new Float64Array(4))).tanh(), [[3, 4]]))]) {
      const back = readOnnx(writeOnnx(graph, { dtype: "float32" }), { name: "written" }).toGraph();
      expect(operations(back)).toEqual(operations(graph));
    }
  });
});

/** How often each primitive is there; views and constants may be arranged otherwise. */
function operations(graph: Graph): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, name] of printGraph(graph).matchAll(/= (\w+)\(/g))
    if (!["constant", "broadcast", "reshape", "transpose"].includes(name!)) counts[name!] = (counts[name!] ?? 0) + 1;
  return counts;
}

describe("an analysis step as a file", () => {
  // Serial square-root filter: one observation after another, in a loop of the graph.
  const [N, n, m] = [6, 4, 3];
  const analysis = trace(
    (E, y, H, r) => {
      const { carry } = scan(
        ([members], [seen, row, variance]) => {
          const mean = members!.mean(0);
          const X = members!.sub(mean);
          const Y = X.matmul(row!);
          const spread = Y.square()
            .sum()
            .div(N - 1);
          const gain = X.transpose()
            .matmul(Y)
            .div(N - 1)
            .div(spread.add(variance!));
          const half = variance!.div(spread.add(variance!)).sqrt().add(1);
          const moved = mean.add(gain.mul(seen!.sub(mean.mul(row!).sum())));
          return { carry: [X.sub(Y.reshape([N, 1]).mul(gain.div(half))).add(moved)] };
        },
        [E!],
        [y!, H!, r!],
      );
      return carry[0]!;
    },
    [[N, n], [m], [m, n], [m]],
  );
  const draws = (size: number, k: number): Float64Array =>
    Float64Array.from({ length: size }, (_, i) => Math.sin(k + 2.3 * i * k));
  const args = [
    { data: draws(N * n, 1), shape: [N, n] },
    { data: draws(m, 2), shape: [m] },
    { data: draws(m * n, 3), shape: [m, n] },
    { data: Float64Array.of(0.5, 0.7, 0.9), shape: [m] },
  ];
  it("is run by ONNX Runtime as by us, and is the Kalman filter's on the sample covariance", async () => {
    const [ours] = compile(analysis).runSync(args);
    const session = await InferenceSession.create(writeOnnx(analysis));
    const feeds = Object.fromEntries(
      args.map(({ data, shape }, i) => [`x${i}`, new OrtTensor("float64", data, shape)]),
    );
    const { y0 } = await session.run(feeds);
    ours!.data.forEach((value, i) => {
      expect(Math.abs(Number(y0!.data[i]) - value)).toBeLessThan(1e-13);
    });
    const [E, y, H, r] = [args[0]!, args[1]!, args[2]!, args[3]!];
    const operator = matrixOperator(H);
    const { ensemble } = etkfAnalysis({
      E,
      HE: operator.applyBatch(E),
      y: y.data,
      R: diagonalCovariance(r.data),
    });
    const covariance = (X: NdArray): number[] => {
      const mean = Array.from({ length: n }, (_, i) => column(X, i).reduce((a, b) => a + b) / N);
      return Array.from({ length: n * n }, (_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        return column(X, i).reduce(
          (sum, value, k) => sum + (value - mean[i]!) * (column(X, j)[k]! - mean[j]!),
          mean[i]!,
        );
      });
    };
    const column = (X: NdArray, i: number): number[] => Array.from({ length: N }, (_, k) => X.data[k * n + i]!);
    covariance(ours!).forEach((value, at) => {
      expect(Math.abs(value - covariance(ensemble)[at]!)).toBeLessThan(1e-12);
    });
  });
});
