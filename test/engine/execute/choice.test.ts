import * as ort from "onnxruntime-node";
import { afterEach, describe, expect, it, vi } from "vitest";
import { compile, findDevice, graphCost, useOnnxRuntime } from "../../../src/engine/execute/index.ts";
import { nativeRuntime } from "../../../src/engine/execute/ort/native.ts";
import { scan, type Tensor, tensor, trace } from "../../../src/engine/graph/index.ts";

const dense = (n: number, m: number): Tensor =>
  tensor({ data: Float64Array.from({ length: n * m }, (_, i) => Math.sin(i) / Math.sqrt(n)), shape: [n, m] });
const unit = (n: number): Tensor =>
  tensor({ data: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)), shape: [n, n] });
const small = trace((x) => x!.sin().add(1), [[3]]);
const large = trace((x) => x!.matmul(dense(200, 200)).tanh().matmul(dense(200, 200)), [[100, 200]]);
const state = Float64Array.from({ length: 20_000 }, (_, i) => Math.cos(i));

afterEach(() => {
  useOnnxRuntime(undefined);
});

describe("executor auto", () => {
  it("generates code for small graphs and gives products to ONNX Runtime", () => {
    expect(compile(small).executor).toBe("js");
    const chosen = compile(large);
    expect(chosen.executor).toBe("ort");
    const x = { data: state, shape: [100, 200] };
    const want = compile(large, { executor: "js" }).runSync([x])[0]!;
    const got = chosen.runSync([x])[0]!;
    expect(got.shape).toEqual([100, 200]);
    got.data.forEach((value, i) => {
      expect(Math.abs(value - want.data[i]!)).toBeLessThan(1e-12);
    });
  });
  it("generates code where the runtime answers with promises only", async () => {
    useOnnxRuntime(ort);
    expect(compile(large).executor).toBe("wasm");
    const asked = compile(large, { executor: "ort" });
    expect(asked.synchronous).toBe(false);
    const x = { data: state, shape: [100, 200] };
    const want = compile(large).runSync([x])[0]!;
    const out = [new Float64Array(20_000)];
    await asked.run([x], { out });
    out[0]!.forEach((value, i) => {
      expect(Math.abs(value - want.data[i]!)).toBeLessThan(1e-12);
    });
    expect(() => asked.runSync([x])).toThrow(/call run instead of runSync/);
  });
  it("keeps graphs that ONNX can't express, and says so once", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const graph = trace(
      (x) => {
        const y = x!.matmul(dense(400, 400)).matmul(dense(400, 20));
        return y.transpose().matmul(y).add(unit(20)).cholesky().sum();
      },
      [[300, 400]],
    );
    expect(() => compile(graph, { executor: "ort" })).toThrow(/cholesky: ONNX has no such operator/);
    for (let repeat = 0; repeat < 2; repeat++) expect(compile(graph).executor).toBe("wasm");
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^onda: executor auto: generated code instead of ONNX Runtime \(cholesky: /)],
    ]);
    warn.mockRestore();
  });
  it("counts work by what is done, loops by their steps", () => {
    const loop = trace(
      (x) => scan(([c]) => ({ carry: [c!.matmul(dense(5, 5))] }), [x!], [], { length: 7 }).carry[0]!,
      [[4, 5]],
    );
    const { products, factors, steps, operations } = graphCost(loop);
    expect([products, factors, steps, operations]).toEqual([7 * 2 * 4 * 5 * 5, 7 * (20 + 25), 7, 7]);
    const conv = graphCost(
      trace((x) => x!.conv(tensor({ data: new Float64Array(54).fill(1), shape: [3, 2, 3, 3] })), [[1, 2, 6, 6]]),
    );
    expect([conv.convolutions, conv.convolutionProducts]).toEqual([1, 2 * (3 * 4 * 4) * (2 * 9)]);
  });
});

describe("executor ort", () => {
  it("answers at once through the binding of onnxruntime-node, which this notices when it changes", () => {
    expect(nativeRuntime()).toBeDefined();
    const executable = compile(small, { executor: "ort" });
    expect(executable.synchronous).toBe(true);
    const out = [new Float64Array(3)];
    const [result] = executable.runSync([[1, 2, 3]], { out });
    expect(result!.data).toBe(out[0]);
    for (const [i, x] of [1, 2, 3].entries()) expect(out[0]![i]).toBeCloseTo(Math.sin(x) + 1, 14);
  });
  it("takes arrays on shared memory", () => {
    const shared = new Float64Array(new SharedArrayBuffer(24));
    shared.set([1, 2, 3]);
    const out = [new Float64Array(new SharedArrayBuffer(24))];
    compile(small, { executor: "ort" }).runSync([shared], { out });
    expect(out[0]![1]).toBeCloseTo(Math.sin(2) + 1, 14);
  });
  it("has empty results and several of them", () => {
    const graph = trace((x) => [x!.slice([0], [0]), x!.sum(), x!], [[3]]);
    const [none, sum, all] = compile(graph, { executor: "ort" }).runSync([[1, 2, 3]]);
    expect([none!.data.length, sum!.data[0], ...all!.data]).toEqual([0, 6, 1, 2, 3]);
  });
});

describe("devices", () => {
  it("are refused when there is none, naming what was looked for", async () => {
    const gpu = compile(small, { device: "gpu" });
    await expect(gpu.run([[1, 2, 3]])).rejects.toThrow(/device gpu: no GPU .*cuda: .*webgpu: .*use device cpu or auto/);
    await expect(findDevice({ device: "gpu" })).rejects.toThrow(/device gpu/);
    expect(() => compile(small, { executor: "js", device: "gpu" })).toThrow(
      /device: expected "cpu" with executor "js"/,
    );
  });
  it("fall back to the CPU when any will do", async () => {
    const found = await findDevice({ device: "auto" });
    expect(found).toMatchObject({ device: "cpu", provider: "cpu" });
    expect(found.remark).toMatch(/no GPU, so the CPU is used/);
    expect(await findDevice({})).toEqual({ device: "cpu", provider: "cpu" });
  });
  it("and executors, types and threads are checked by name", () => {
    for (const [options, message] of [
      [{ executor: "wsm" }, /executor: expected "auto", "js", "wasm" or "ort", got "wsm"/],
      [{ dtype: "f64" }, /dtype: expected "float64" or "float32", got "f64"/],
      [{ device: "tpu" }, /device: expected "cpu", "gpu" or "auto", got "tpu"/],
      [{ threads: 0 }, /threads: expected a positive integer, got 0/],
    ] as const)
      expect(() => Reflect.apply(compile, undefined, [small, options])).toThrow(message);
  });
});
