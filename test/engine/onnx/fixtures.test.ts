// Networks that PyTorch wrote, with its own float64 output, adjoint and tangent: test/fixtures/onnx/README.md.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { jvp, vjp } from "../../../src/engine/graph/index.ts";
import { readOnnx } from "../../../src/engine/onnx/index.ts";
import { type NdArray, readNpy } from "../../../src/engine/tensor/index.ts";

const folder = new URL("../../fixtures/onnx/", import.meta.url);
const bytes = (file: string): Uint8Array => readFileSync(new URL(file, folder));
const array = (file: string): NdArray => readNpy(bytes(file), file);

function distance(a: NdArray, b: NdArray): number {
  expect(a.data.length).toBe(b.data.length);
  const difference = a.data.map((value, i) => value - b.data[i]!);
  return Math.hypot(...difference) / Math.hypot(...b.data);
}

describe.each(["residual-mlp", "encoder", "decoder", "lstm-1-to-n", "periodic-cnn"])("%s", (name) => {
  const input = array(`${name}.input.npy`);
  const [output, adjoint, tangent] = ["output", "vjp", "jvp"].map((kind) => array(`${name}.${kind}.npy`));
  it.each([
    [".f64.onnx", "float64", 1e-11],
    [".onnx", "float64", 1e-6],
    [".onnx", "float32", 2e-5],
  ] as const)("%s in %s", (suffix, dtype, tolerance) => {
    const model = readOnnx(bytes(name + suffix), { name: name + suffix });
    expect(model.opset).toBe(16);
    expect(model.parameters).toBeGreaterThan(100);
    const graph = model.toGraph({ shapes: { [model.inputs[0]!.name]: input.shape }, dtype });
    for (const executor of ["js", "wasm", "ort"] as const) {
      const run = (derivative: typeof graph, ...args: NdArray[]): NdArray =>
        compile(derivative, { executor, dtype })
          .runSync([input, ...args])
          .at(-1)!;
      expect(distance(run(graph), output!), executor).toBeLessThan(tolerance);
      expect(distance(run(vjp(graph), array(`${name}.cotangent.npy`)), adjoint!), executor).toBeLessThan(tolerance);
      expect(distance(run(jvp(graph), array(`${name}.tangent.npy`)), tangent!), executor).toBeLessThan(tolerance);
    }
  });
});
