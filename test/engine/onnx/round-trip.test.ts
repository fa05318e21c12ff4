// Networks read, written and read again, and run by ONNX Runtime: values, adjoints and tangents stay.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { type Graph, jvp, vjp } from "../../../src/engine/graph/index.ts";
import { readOnnx, writeOnnx } from "../../../src/engine/onnx/index.ts";
import { type NdArray, readNpy } from "../../../src/engine/tensor/index.ts";

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
});
