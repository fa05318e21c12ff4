// Small networks of many families as PyTorch's two exporters write them: test/fixtures/onnx/README.md.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { type Graph, jvp, vjp } from "../../../src/engine/graph/index.ts";
import { readOnnx } from "../../../src/engine/onnx/index.ts";
import { type NdArray, readNpy } from "../../../src/engine/tensor/index.ts";

const folder = new URL("../../fixtures/onnx/families/", import.meta.url);
const bytes = (file: string): Uint8Array => readFileSync(new URL(file, folder));
const array = (file: string): NdArray => readNpy(bytes(file), file);
const files = readdirSync(folder).filter((name) => name.endsWith(".onnx"));
const families = new Set(files.map((file) => file.slice(0, file.indexOf("."))));

function distance(a: NdArray, b: NdArray): number {
  expect(a.data.length).toBe(b.data.length);
  return Math.hypot(...a.data.map((value, i) => value - b.data[i]!)) / Math.hypot(...b.data);
}

const executors = ["js", "wasm", "ort"] as const;

describe.each([...families])("%s", (family) => {
  const stored = (kind: string): NdArray => array(`${family}.${kind}.npy`);
  const input = stored("input");
  /** Each derivative's graph, its arguments and what PyTorch gave. */
  const programs = (graph: Graph): [Graph, NdArray[], NdArray][] => [
    [graph, [input], stored("output")],
    [vjp(graph), [input, stored("cotangent")], stored("vjp")],
    [jvp(graph), [input, stored("tangent")], stored("jvp")],
  ];

  it.each(files.filter((file) => file.startsWith(`${family}.`)))("%s", (file) => {
    const model = readOnnx(bytes(file), { name: file });
    const shapes = { [model.inputs[0]!.name]: input.shape };
    const double = file.endsWith(".f64.onnx");
    for (const [graph, args, want] of programs(model.toGraph({ shapes }))) {
      for (const executor of executors)
        expect(distance(compile(graph, { executor }).runSync(args).at(-1)!, want), executor).toBeLessThan(
          double ? 1e-11 : 1e-6,
        );
    }
    if (double) return;
    for (const [graph, args, want] of programs(model.toGraph({ shapes, dtype: "float32" }))) {
      for (const executor of executors) {
        const single = compile(graph, { executor, dtype: "float32" });
        expect(distance(single.runSync(args).at(-1)!, want), executor).toBeLessThan(2e-5);
      }
    }
  });
});

it("each family comes from both exporters, or from the one that can write it, in two opsets or more", () => {
  for (const family of families) {
    const forms = new Set(files.filter((file) => file.startsWith(`${family}.`)).map((file) => file.split(".")[1]));
    expect(forms.size, family).toBeGreaterThan(1);
  }
});
