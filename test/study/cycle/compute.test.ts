import * as ort from "onnxruntime-node";
import { afterEach, describe, expect, it } from "vitest";
import { useOnnxRuntime } from "../../../src/engine/execute/index.ts";
import { tensor } from "../../../src/engine/graph/index.ts";
import { enkf } from "../../../src/methods/filters/index.ts";
import { fourDVar, threeDVar } from "../../../src/methods/variational/index.ts";
import { scalarCovariance } from "../../../src/problem/covariance/index.ts";
import { lorenz96, tracedModel } from "../../../src/problem/models/index.ts";
import { observationNetwork, observationSteps } from "../../../src/problem/observe/index.ts";
import { identityOperator, tracedOperator } from "../../../src/problem/operators/index.ts";
import { assimilate, twinExperiment } from "../../../src/study/cycle/index.ts";

const model = lorenz96({ size: 12 });
const network = observationNetwork({
  dt: model.dt,
  steps: observationSteps({ every: 2, count: 6 }, model.dt),
  operator: identityOperator(12),
  error: scalarCovariance(12, 0.5),
});
const background = { mean: new Float64Array(12).fill(1), covariance: scalarCovariance(12, 1) };

afterEach(() => {
  useOnnxRuntime(undefined);
});

describe("assimilate({ compute })", async () => {
  const { observations } = await twinExperiment({ model, background, network, seed: 3 });
  for (const [name, method] of Object.entries({
    "3dvar": threeDVar(),
    "4dvar": fourDVar({ window: 3 }),
    enkf: enkf({ members: 8 }),
  })) {
    const run = (compute: object) =>
      assimilate({ model, observations, background, method, seed: 3, compute }).collect();
    it(`gives ${name} the same result by every executor, at once or by promises`, async () => {
      const want = await run({ executor: "js" });
      const sync = await run({ executor: "ort" });
      useOnnxRuntime(ort);
      const late = await run({ executor: "ort" });
      const single = await run({ executor: "ort", dtype: "float32" });
      want.analysisMean.data.forEach((value, i) => {
        expect(Math.abs(sync.analysisMean.data[i]! - value)).toBeLessThan(1e-7);
        expect(late.analysisMean.data[i]).toBe(sync.analysisMean.data[i]);
        expect(Math.abs(single.analysisMean.data[i]! - value)).toBeLessThan(2e-3);
      });
      expect(single.analysisMean.data).not.toEqual(want.analysisMean.data);
    });
  }
  it("refuses what can't be", () => {
    const options = { model, observations, background, method: threeDVar(), seed: 3 };
    expect(() => assimilate({ ...options, compute: { threads: 0.5 } })).toThrow(/threads/);
  });
});

describe("batches of heavy maps", () => {
  const n = 60;
  const W = { data: Float64Array.from({ length: n * n }, (_, i) => Math.sin(i) / 8), shape: [n, n] };
  const X = { data: Float64Array.from({ length: 7 * n }, (_, i) => Math.cos(i)), shape: [7, n] };
  it("go through as one batch, with the same result as one by one", () => {
    const heavy = tracedModel({
      name: "dense",
      shape: [n],
      dt: 1,
      step: (x) => x.add(x.matmul(tensor(W)).tanh().mul(0.1)),
    });
    const twice = heavy.advance(2);
    const all = twice.applyBatch(X);
    for (let k = 0; k < 7; k++) {
      const one = twice.apply(X.data.slice(k * n, (k + 1) * n));
      one.forEach((value, i) => {
        expect(Math.abs(all.data[k * n + i]! - value)).toBeLessThan(1e-13);
      });
    }
  });
  it("are cut into parts when they take too much memory", () => {
    const wide = tracedOperator({
      name: "wide",
      inShape: [2],
      outShape: [1],
      fn: (x) =>
        x
          .reshape([1, 2])
          .matmul(tensor({ data: Float64Array.from({ length: 2 ** 21 }, (_, i) => (i % 7) - 3), shape: [2, 2 ** 20] }))
          .square()
          .mean(),
    });
    const pairs = { data: Float64Array.from({ length: 46 }, (_, i) => Math.sin(i)), shape: [23, 2] };
    const all = wide.applyBatch(pairs);
    expect(all.shape).toEqual([23, 1]);
    for (const k of [0, 11, 22]) expect(all.data[k]).toBeCloseTo(wide.apply(pairs.data.slice(2 * k, 2 * k + 2))[0]!, 9);
  });
});
