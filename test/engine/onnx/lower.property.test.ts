// Every primitive, its tangent, adjoint and batch as an ONNX graph, run by ONNX Runtime: against the reference.
import fc from "fast-check";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { evaluateGraph, type Graph, jvp, trace, vjp, vmap } from "../../../src/engine/graph/index.ts";
import { lowerGraph } from "../../../src/engine/onnx/lower/lower.ts";
import { encodeModel } from "../../../src/engine/onnx/write/model.ts";
import type { NdArray } from "../../../src/engine/tensor/index.ts";
import { sizeOf } from "../../../src/engine/tensor/index.ts";
import { type Sample, samples } from "../graph/samples.ts";

async function run(graph: Graph, args: readonly NdArray[]): Promise<NdArray[]> {
  const session = await InferenceSession.create(encodeModel(lowerGraph(graph)), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  const feeds = Object.fromEntries(
    args.map(({ data, shape }, i) => [`x${i}`, new OrtTensor("float64", data, [...shape])]),
  );
  const used = Object.fromEntries(Object.entries(feeds).filter(([name]) => session.inputNames.includes(name)));
  const results = await session.run(used);
  return graph.outputs.map(({ shape }, i) => ({
    data: Float64Array.from(results[`y${i}`]!.data as Float64Array),
    shape,
  }));
}

let draws = 0;
const draw = (shape: readonly number[], domain: (x: number) => number = (x) => x): NdArray => ({
  data: Float64Array.from({ length: sizeOf(shape) }, () => domain(1.9 * Math.sin(++draws * 12.9898))),
  shape,
});

async function agree(graph: Graph, args: readonly NdArray[]): Promise<void> {
  const want = evaluateGraph(graph, args);
  const got = await run(graph, args);
  want.forEach(({ data }, i) => {
    for (let j = 0; j < data.length; j++)
      expect(Math.abs(got[i]!.data[j]! - data[j]!) / (1 + Math.abs(data[j]!))).toBeLessThan(1e-12);
  });
}

async function check({ shapes, fn, domain }: Sample): Promise<void> {
  const graph = trace(fn, shapes);
  const x = shapes.map((own) => draw(own, domain));
  await agree(graph, x);
  await agree(jvp(graph), [...x, ...shapes.map((own) => draw(own))]);
  await agree(vjp(graph), [...x, ...graph.outputs.map(({ shape }) => draw(shape))]);
  await agree(
    vmap(graph, 2),
    shapes.map((own) => draw([2, ...own], domain)),
  );
}

describe("ONNX graphs", () => {
  it.each(["cholesky", "triangularSolve"])("refuse %s, which the format lacks", (name) => {
    const [{ fn, shapes }] = fc.sample(samples[name]!, { numRuns: 1, seed: 1 }) as [Sample];
    expect(() => lowerGraph(trace(fn, shapes))).toThrow(`${name}: ONNX has no such operator: use executor js or wasm`);
  });
  const expressible = Object.entries(samples).filter(([name]) => name !== "cholesky" && name !== "triangularSolve");
  it.each(expressible)("%s", async (_, arbitrary) => {
    await fc.assert(fc.asyncProperty(arbitrary, check), { numRuns: 8, seed: 5 });
  });
});
