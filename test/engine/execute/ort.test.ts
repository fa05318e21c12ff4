import { describe, expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { scan, tensor, trace, valueAndGrad } from "../../../src/engine/graph/index.ts";
import { lorenz96 } from "../../../src/problem/models/index.ts";

const x = Float64Array.from({ length: 40 }, (_, i) => 3 + Math.sin(i));

describe("executor ort", () => {
  it("runs loops and their gradients as generated code does", async () => {
    const step = lorenz96().advance(1).traced!;
    const graph = valueAndGrad(
      trace(
        (z) =>
          scan(([c]) => ({ carry: [step(c!, tensor(0))] }), [z], [], { length: 20 })
            .carry[0]!.square()
            .sum(),
        [[40]],
      ),
    );
    const want = compile(graph).runSync([x]);
    const ort = compile(graph, { executor: "ort" });
    for (let repeat = 0; repeat < 2; repeat++) {
      const got = await ort.run([x]);
      want.forEach(({ data, shape }, i) => {
        expect(got[i]!.shape).toEqual(shape);
        for (let j = 0; j < data.length; j++) expect(Math.abs(got[i]!.data[j]! / data[j]! - 1)).toBeLessThan(1e-11);
      });
    }
  });
  it("runs in float32 when asked, and fills what it is given", async () => {
    const graph = trace((a) => a.sigmoid().mul(3), [[40]]);
    const out = [new Float64Array(40)];
    await compile(graph, { executor: "ort", dtype: "float32" }).run([x], { out });
    const want = compile(graph).runSync([x])[0]!.data;
    out[0]!.forEach((value, i) => {
      expect(Math.abs(value - want[i]!)).toBeLessThan(1e-6);
      expect(Math.fround(value)).toBe(value);
    });
  });
  it("refuses shapes by name", async () => {
    const graph = trace((a) => a.erf(), [{ shape: [3], name: "field" }]);
    const single = compile(graph, { executor: "ort", dtype: "float32" });
    await expect(single.run([[1, 2]])).rejects.toThrow(/field: expected shape \(3\)/);
  });
  it("makes added channels the bias of a transposed convolution, unless its own values are used, too", async () => {
    const wave = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(1 + i));
    const kernel = { data: wave(2 * 3 * 9), shape: [2, 3, 3, 3] };
    const bias = { data: Float64Array.of(5, -7, 9), shape: [3, 1, 1] };
    const once = trace((z) => z.convTranspose(tensor(kernel), { strides: 2 }).add(tensor(bias)), [[1, 2, 4, 4]]);
    const twice = trace(
      (z) => {
        const y = z.convTranspose(tensor(kernel), { strides: 2 });
        return [y.add(tensor(bias)), y];
      },
      [[1, 2, 4, 4]],
    );
    const input = { data: wave(32), shape: [1, 2, 4, 4] };
    for (const graph of [once, twice]) {
      const want = compile(graph, { executor: "js" }).runSync([input]);
      const got = await compile(graph, { executor: "ort", dtype: "float32" }).run([input]);
      want.forEach(({ data }, k) => {
        data.forEach((value, i) => {
          expect(Math.abs(got[k]!.data[i]! - value)).toBeLessThan(1e-5);
        });
      });
    }
  });
});
