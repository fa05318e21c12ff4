import { describe, expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { reserve } from "../../../src/engine/execute/wasm/memory.ts";
import { scan, type Tensor, tensor, trace, valueAndGrad, where } from "../../../src/engine/graph/index.ts";
import { hasSimd } from "../../../src/engine/linalg/wasm/index.ts";
import { lorenz96 } from "../../../src/problem/models/index.ts";

const wave = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => 3 * Math.sin(1 + 1.7 * i));

describe("executor wasm", () => {
  it("is there, and is what auto takes for loops over arrays", () => {
    expect(hasSimd()).toBe(true);
    const graph = trace((x) => x!.mul(2).add(1).sqrt(), [[1000]]);
    expect(compile(graph).executor).toBe("wasm");
    expect(compile(graph, { executor: "wasm" }).executor).toBe("wasm");
    expect(compile(graph, { executor: "js" }).executor).toBe("js");
    expect(
      compile(
        trace((x) => x!.mul(2), [[3]]),
        { executor: "wasm" },
      ).executor,
    ).toBe("js");
  });
  const step = lorenz96().advance(1).traced!;
  const cost = valueAndGrad(
    trace(
      (x) =>
        scan(([c]) => ({ carry: [step(c!, tensor(0))] }), [x!], [], { length: 50 })
          .carry[0]!.square()
          .sum(),
      [[40]],
    ),
  );
  it.each(["float64", "float32"] as const)("gives the bits of JavaScript in %s", (dtype) => {
    const [js, wasm] = [compile(cost, { executor: "js", dtype }), compile(cost, { executor: "wasm", dtype })];
    for (let repeat = 0; repeat < 3; repeat++) expect(wasm.runSync([wave(40)])).toEqual(js.runSync([wave(40)]));
  });
  it.each(["float64", "float32"] as const)(
    "gives the bits of JavaScript for every kind of access and operation in %s",
    (dtype) => {
      const all = (x: Tensor): Tensor[] => [
        x.roll(3, 1).sub(x.roll(-2, 0)).maximum(x.reverse(1)),
        x.slice([1, 0], [undefined, undefined], [2, 3]).abs().sqrt(),
        x.transpose().mul(2).add(1),
        x.sum(0),
        x.sum(1),
        x.max(0),
        x.min([0, 1]),
        x.less(x.roll(1, 0)).mul(x).add(x.clip(-1, 0.5)),
        x.sum(1, true).add(x).div(3),
        x.sign().add(x.floor()).add(x.relu()).neg(),
        x.abs().pow(1.7).add(x.tan()),
        where(x.greater(0.1), x.mul(0.1), 0.7).add(1 / 3),
        x.mul(x.sum()).clip(-0.1, 0.3),
        x.cast("int32").cast("float64").add(x.cast("float32")),
      ];
      const input = { data: wave(17 * 23), shape: [17, 23] };
      // Every length of what is left over behind whole vectors.
      for (const width of [23, 22, 21, 20, 3]) {
        const own = trace((x) => all(x!.slice([0, 0], [undefined, width])), [[17, 23]]);
        expect(compile(own, { executor: "wasm", dtype }).runSync([input])).toEqual(
          compile(own, { executor: "js", dtype }).runSync([input]),
        );
      }
    },
  );
  it("computes elementary functions of floats as those of doubles, rounded", () => {
    const x = Float64Array.from({ length: 403 }, (_, i) => Math.fround(0.05 * (i - 200)));
    const graph = trace(
      (a) => [a!.exp(), a!.sin(), a!.cos(), a!.tanh(), a!.sigmoid(), a!.erf(), a!.abs().log()],
      [[403]],
    );
    const [single, double] = (["float32", "float64"] as const).map((dtype) =>
      compile(graph, { executor: "wasm", dtype }).runSync([x]),
    );
    for (const [k, { data }] of double!.entries())
      expect(single![k]!.data).toEqual(data.map((value) => Math.fround(value)));
  });
  it("keeps NaN, infinities and signed zeros", () => {
    const graph = trace(
      (x) => [x!.relu(), x!.maximum(0), x!.minimum(0), x!.clip(-1, 1), x!.sum(), x!.max(), x!.equal(x!), x!.neg()],
      [[64]],
    );
    const data = Float64Array.from({ length: 64 }, (_, i) => [NaN, Infinity, -Infinity, 0, -0, 1, -1][i % 7]!);
    expect(compile(graph, { executor: "wasm" }).runSync([data])).toEqual(
      compile(graph, { executor: "js" }).runSync([data]),
    );
  });
});

describe("memory of programs", () => {
  it("is apart for programs that live together", () => {
    const graphs = Array.from({ length: 40 }, (_, k) => trace((x) => x!.mul(k).add(1), [[500 + k]]));
    const programs = graphs.map((graph) => compile(graph, { executor: "wasm" }));
    const x = wave(600);
    for (let repeat = 0; repeat < 2; repeat++)
      programs.forEach((program, k) => {
        const { data } = program.runSync([x.slice(0, 500 + k)])[0]!;
        expect(data.every((value, i) => value === x[i]! * k + 1)).toBe(true);
      });
  });
  it("is found for large programs, too", () => {
    const n = 2 ** 20;
    const graph = trace((x) => x!.mul(2).roll(1).add(x!), [[n]]);
    const { data } = compile(graph, { executor: "wasm" }).runSync([wave(n)])[0]!;
    expect(data[5]).toBe(wave(6)[4]! * 2 + wave(6)[5]!);
  });
  it("doesn't overlap and keeps its distance from the constants", () => {
    const owners = [{}, {}, {}];
    const regions = owners.map((owner) => reserve(1000, owner));
    const starts = regions.map(({ base }) => base);
    expect(new Set(starts).size).toBe(3);
    for (const base of starts) expect(base).toBeGreaterThanOrEqual(4096);
    for (const [i, a] of regions.entries())
      for (const b of regions.slice(i + 1))
        if (a.memory === b.memory) expect(Math.abs(a.base - b.base)).toBeGreaterThanOrEqual(1000);
  });
  it("is not taken by calls: ten thousand leave none behind", () => {
    const graph = trace((x) => x!.mul(2).sum(), [[2000]]);
    const program = compile(graph, { executor: "wasm" });
    const [x, out] = [wave(2000), [new Float64Array(1)]];
    const bytes = (): number => process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 100; i++) program.runSync([x], { out });
    const before = bytes();
    for (let i = 0; i < 10_000; i++) program.runSync([x], { out });
    // A call that kept its argument or a view's copy would leave 160 MB.
    expect(bytes() - before).toBeLessThan(2 ** 23);
  });
});
