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
});
