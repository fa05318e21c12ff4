// ONNX Runtime in a page: on the CPU through WebAssembly, and on a GPU through WebGPU.
import * as ort from "onnxruntime-web/webgpu";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  assimilate,
  compile,
  enkf,
  findDevice,
  fourDVar,
  type Graph,
  identityOperator,
  lbfgs,
  lorenz96,
  observationNetwork,
  observationSteps,
  scalarCovariance,
  tensor,
  trace,
  twinExperiment,
  useOnnxRuntime,
  valueAndGrad,
} from "../../src/index.ts";

const wave = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(1 + i) / 3);
/** A small network: convolution, product, activations. */
const network = (): Graph =>
  trace(
    (x) =>
      x!
        .conv(tensor({ data: wave(4 * 9), shape: [4, 1, 3, 3] }), { padding: 1 })
        .relu()
        .reshape([1, 256])
        .matmul(tensor({ data: wave(256 * 10), shape: [256, 10] }))
        .tanh()
        .square()
        .sum(),
    [[1, 1, 8, 8]],
  );
const graph = valueAndGrad(network(), [0]);
const x = { data: wave(64), shape: [1, 1, 8, 8] };

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  useOnnxRuntime(ort);
});
afterAll(() => {
  useOnnxRuntime(undefined);
});

function near(got: Float64Array, want: Float64Array, tolerance: number): void {
  expect(got.length).toBe(want.length);
  const scale = Math.max(...want.map(Math.abs));
  want.forEach((value, i) => {
    expect(Math.abs(got[i]! - value)).toBeLessThan(tolerance * scale);
  });
}

describe("onnxruntime-web", () => {
  const want = compile(graph, { executor: "js" }).runSync([x]);
  it("runs graphs and gradients in float32", async () => {
    const single = await compile(graph, { executor: "ort", dtype: "float32" }).run([x]);
    want.forEach(({ data }, i) => {
      near(single[i]!.data, data, 1e-5);
    });
  });
  it("runs products and loops in float32", async () => {
    const step = lorenz96({ size: 8 }).advance(3).traced!;
    const loop = valueAndGrad(
      trace(
        (z) =>
          step(z!.matmul(tensor({ data: wave(64), shape: [8, 8] })), tensor(0))
            .square()
            .sum(),
        [[8]],
      ),
    );
    const want = compile(loop, { executor: "js" }).runSync([wave(8)]);
    const got = await compile(loop, { executor: "ort", dtype: "float32" }).run([wave(8)]);
    want.forEach(({ data }, i) => {
      near(got[i]!.data, data, 1e-5);
    });
  });
  it("says what to do in float64, for which the web builds lack kernels", async () => {
    await expect(compile(graph, { executor: "ort" }).run([x])).rejects.toThrow(
      /ONNX Runtime refuses the graph .*Pad.*use dtype float32, or executor js/,
    );
  });
  it("is not chosen by itself, as it can't answer at once", () => {
    expect(compile(graph).synchronous).toBe(true);
  });
  it("runs them on a GPU, in float32", async () => {
    expect(await findDevice({ device: "gpu" })).toMatchObject({ device: "gpu", provider: "webgpu" });
    const executable = compile(graph, { device: "gpu" });
    expect([executable.executor, executable.synchronous]).toEqual(["ort", false]);
    const got = await executable.run([x]);
    want.forEach(({ data }, i) => {
      near(got[i]!.data, data, 1e-5);
    });
    expect(Math.fround(got[0]!.data[0]!)).toBe(got[0]!.data[0]);
  });
});

describe("an assimilation on the GPU", async () => {
  const model = lorenz96({ size: 12 });
  const observed = observationNetwork({
    dt: model.dt,
    steps: observationSteps({ every: 2, count: 4 }, model.dt),
    operator: identityOperator(12),
    error: scalarCovariance(12, 0.5),
  });
  const background = { mean: new Float64Array(12).fill(1), covariance: scalarCovariance(12, 1) };
  const { observations } = await twinExperiment({ model, background, network: observed, seed: 3 });
  for (const [name, method] of Object.entries({
    "4dvar": fourDVar({ window: 2, minimizer: lbfgs({ iterations: 4 }) }),
    enkf: enkf({ members: 6 }),
  })) {
    it(`by ${name} gives what the CPU gives, to the accuracy of float32`, async () => {
      const run = (compute: object) =>
        assimilate({ model, observations, background, method, seed: 3, compute }).collect();
      const [cpu, gpu] = [await run({ executor: "js" }), await run({ device: "gpu" })];
      near(gpu.analysisMean.data, cpu.analysisMean.data, 2e-3);
      expect(gpu.analysisMean.data).not.toEqual(cpu.analysisMean.data);
    });
  }
});
