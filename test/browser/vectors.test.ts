// WebAssembly and Web Workers in a page.
import { afterAll, describe, expect, inject, it } from "vitest";
import { compile, lorenz96, scan, stopWorkers, tensor, trace, valueAndGrad } from "../../src/index.ts";

afterAll(stopWorkers);

const wave = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => 3 + Math.sin(i));

describe("executor wasm in a page", () => {
  it("gives the bits of JavaScript", () => {
    const step = lorenz96().advance(1).traced!;
    const graph = valueAndGrad(
      trace(
        (x) =>
          scan(([c]) => ({ carry: [step(c!, tensor(0))] }), [x!], [], { length: 50 })
            .carry[0]!.square()
            .sum(),
        [[40]],
      ),
    );
    const [js, wasm] = [compile(graph, { executor: "js" }), compile(graph, { executor: "wasm" })];
    expect(wasm.executor).toBe("wasm");
    expect(wasm.runSync([wave(40)])).toEqual(js.runSync([wave(40)]));
  });
  it("has elementary functions", () => {
    const graph = trace((x) => x!.tanh().exp().add(x!.sin()).mul(x!.abs().log().sigmoid()), [[100]]);
    const [a, b] = (["js", "wasm"] as const).map(
      (executor) => compile(graph, { executor }).runSync([wave(100)])[0]!.data,
    );
    a!.forEach((value, i) => {
      expect(Math.abs(b![i]! - value)).toBeLessThan(1e-14);
    });
  });
});

describe("workers in a page", () => {
  it("share the members of an ensemble, whether the page is isolated or not", async () => {
    expect(crossOriginIsolated).toBe(inject("isolated"));
    const X = { data: wave(37 * 40), shape: [37, 40] };
    const many = lorenz96().withCompute!({ threads: 3 }).advance(200).applyBatch(X);
    expect(many).toBeInstanceOf(Promise);
    expect(await many).toEqual(lorenz96().advance(200).applyBatch(X));
  });
});
