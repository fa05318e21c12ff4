// Edges: empty axes, loops of no or one step, constants that aren't finite, values that are their own outputs, types without
// derivatives, long chains. Generated code against the reference, and both against what must come out.
import { describe, expect, it } from "vitest";
import { ArgumentError, ShapeError } from "../../../src/engine/errors/index.ts";
import { compile } from "../../../src/engine/execute/index.ts";
import {
  concat,
  evaluateGraph,
  full,
  type Graph,
  grad,
  hessianVectorProduct,
  jacobian,
  jvp,
  scan,
  stack,
  type Tensor,
  tensor,
  trace,
  valueAndGrad,
  vjp,
  vmap,
  where,
} from "../../../src/engine/graph/index.ts";
import type { NdArray } from "../../../src/engine/tensor/index.ts";
import { everyExecutable } from "./executors.ts";

function fill(shape: readonly number[], seed: number): NdArray {
  const size = shape.reduce((a, b) => a * b, 1);
  return { data: Float64Array.from({ length: size }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233) * 1.5), shape };
}

/** Generated code gives what the reference gives, twice, NaN and infinities included. */
function agrees(graph: Graph): void {
  const args = graph.inputs.map((input, i) => fill(input.shape, i + 1));
  const want = evaluateGraph(graph, args);
  const executables = everyExecutable(graph);
  for (const { name, run } of [...executables, ...executables]) {
    const got = run(args);
    want.forEach(({ data, shape }, i) => {
      expect(got[i]!.shape).toEqual(shape);
      data.forEach((w, j) => {
        const v = got[i]!.data[j]!;
        const same = Object.is(v, w) || Math.abs(v - w) <= 1e-12 * (1 + Math.abs(w));
        expect(same, `output ${i}[${j}]: ${v} for ${w} by ${name}`).toBe(true);
      });
    });
  }
}

type Fn = (...args: Tensor[]) => Tensor | Tensor[];
const forms: readonly [string, (graph: Graph) => Graph][] = [
  ["value", (graph) => graph],
  ["jvp", (graph) => jvp(graph)],
  ["vjp", (graph) => vjp(graph)],
  ["vmap", (graph) => vmap(graph, 3)],
  ["jacobian", (graph) => jacobian(graph)],
  ["vmap of jvp", (graph) => vmap(jvp(graph), 2)],
  ["vjp of vjp", (graph) => vjp(vjp(graph))],
];
function edge(name: string, shapes: readonly (readonly number[])[], fn: Fn): void {
  it.each(forms)(`${name}: %s`, (_, form) => agrees(form(trace(fn, shapes))));
}
const value = (graph: Graph, ...args: (number | number[] | NdArray)[]): number[][] =>
  evaluateGraph(graph, args).map(({ data }) => [...data]);

describe("empty axes", () => {
  for (const n of [0, 1])
    for (const m of [3, 20])
      edge(`${n} × ${m}`, [[n, m]], (x) => [
        x,
        x.sin(),
        x.sum(0),
        x.sum(1),
        x.sum(),
        x.transpose(),
        x.reshape([m, n]),
        x.reverse(),
        x.roll(1, 1).sum(0),
        x.slice([0, 1], [n, m - 1]),
        concat([x, x], 0),
        concat([x, x.square()], 1),
        x.pad([2, 0], [1, 1]),
        x.mul(x.sum(0)),
        x.scatterAdd(
          Array.from({ length: n }, () => 1),
          5,
          0,
        ),
        x.exp().roll(2, 1).mul(x),
        x.transpose().matmul(x),
        x.matmul(x.transpose()),
        x.max(1),
      ]);
  edge("nothing taken", [[5, 4]], (x) => x.take([], 0));
  edge("no transforms", [[0, 8]], (x) => x.rfft());
  edge("a vector of nothing to a matrix", [[0]], (x) => full([3], 1).add(x.sum()));
  edge("a vector to nothing", [[5]], (x) => x.slice([0], [0]));

  it("reduce to the neutral element", () => {
    const graph = trace((x) => [x.sum(0), x.max(0), x.min(0)], [[0, 20]]);
    const got = compile(graph).runSync([fill([0, 20], 1)]);
    expect(got.map(({ data }) => data[7])).toEqual([0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});

describe("loops", () => {
  for (const n of [1, 3, 20])
    for (const length of [0, 1, 2, 5])
      for (const kind of ["plain", "reverse", "checkpoint"] as const) {
        const options = { length, reverse: kind === "reverse", checkpoint: kind === "checkpoint" };
        edge(`${length} steps of ${n}, ${kind}`, [[n], [n], [length, n]], (x, w, u) => {
          const { carry, ys } = scan(
            ([c, d], [v]) => {
              const next = c!.mul(w!).add(v!).sin();
              return {
                carry: [d!, next.add(c!.sum())],
                ys: [c!, next, next, v!, d!, tensor(3), full([n], 2), w!],
              };
            },
            [x!, x!.mul(2)],
            [u!],
            options,
          );
          return [...carry, ...ys, carry[0]!];
        });
        edge(`constant carries, ${length} steps of ${n}, ${kind}`, [[n], [n], [length, n]], (x, w, u) => {
          const { carry, ys } = scan(([c, d], [v]) => ({ carry: [c!, w!], ys: [v!.add(d!)] }), [x!, x!], [u!], options);
          return [...carry, ...ys, x!, x!];
        });
      }
  for (const checkpoint of [false, true])
    edge(`scalar carry, checkpoint ${checkpoint}`, [[], []], (x, w) => {
      const { carry, ys } = scan(([c]) => ({ carry: [c!.mul(w!).add(1).sin()], ys: [c!] }), [x!], [], {
        length: 7,
        checkpoint,
      });
      return [carry[0]!, ys[0]!, ys[0]!.sum()];
    });
  edge(
    "captured values",
    [[3], [20], [5, 20]],
    (x, w, e) => scan((_, [v]) => ({ ys: [v!.mul(w!).add(x!.sum())] }), [], [e!]).ys[0]!,
  );
  it.each([[[false, true, false]], [[true, false, false]], [[true, true, false]], [[false, false, true]]])(
    "batches of captured values %j",
    (batched) => {
      const graph = trace(
        (x, w, e) =>
          scan(([c], [v]) => ({ carry: [c!.mul(0.5).add(w!)], ys: [v!.mul(w!).add(x!.sum()).add(c!)] }), [w!], [e!])
            .ys[0]!,
        [[3], [20], [5, 20]],
      );
      const batch = vmap(graph, 4, batched);
      agrees(batch);
      const args = batch.inputs.map(({ shape }, i) => fill(shape, i + 1));
      const part = (x: NdArray, k: number): NdArray => {
        const size = x.data.length / 4;
        return { data: x.data.slice(k * size, (k + 1) * size), shape: x.shape.slice(1) };
      };
      const together = evaluateGraph(batch, args)[0]!;
      for (let k = 0; k < 4; k++) {
        const alone = evaluateGraph(
          graph,
          args.map((arg, i) => (batched[i] ? part(arg, k) : arg)),
        )[0]!;
        expect(part(together, k)).toEqual(alone);
      }
    },
  );
  it("checkpointed loops have the same second derivatives, to the bit", () => {
    const product = (checkpoint: boolean): Float64Array => {
      const cost = trace(
        (x) =>
          scan(([s]) => ({ carry: [s!.sin().mul(s!.roll(1)).add(s!)] }), [x], [], { length: 17, checkpoint })
            .carry[0]!.square()
            .sum(),
        [[20]],
      );
      return compile(hessianVectorProduct(cost)).runSync([fill([20], 1), fill([20], 2)])[0]!.data;
    };
    expect(product(true)).toEqual(product(false));
  });
  it("second derivatives through checkpoints match differences of gradients", () => {
    const cost = trace(
      (x) =>
        scan(([s]) => ({ carry: [s!.roll(1).mul(0.3).sin().add(s!.square().mul(0.1))] }), [x], [], {
          length: 10,
          checkpoint: true,
        })
          .carry[0]!.square()
          .sum(),
      [[5]],
    );
    const [x, v] = [fill([5], 1), fill([5], 2)];
    const at = (h: number): Float64Array =>
      evaluateGraph(grad(cost), [x.data.map((value, i) => value + h * v.data[i]!)])[0]!.data;
    const exact = evaluateGraph(hessianVectorProduct(cost), [x, v])[0]!.data;
    const [plus, minus] = [at(1e-5), at(-1e-5)];
    exact.forEach((value, i) => {
      expect(Math.abs((plus[i]! - minus[i]!) / 2e-5 - value)).toBeLessThan(1e-7 * (1 + Math.abs(value)));
    });
  });
  it("float32 programs of loops stay near float64", () => {
    const graph = valueAndGrad(
      trace(
        (x, u) => {
          const { carry, ys } = scan(
            ([c], [v]) => {
              const next = c!.add(c!.roll(-1).sub(c!.roll(2)).mul(c!.roll(1)).sub(c!).add(8).mul(0.01)).add(v!);
              return { carry: [next], ys: [next.sum()] };
            },
            [x],
            [u],
          );
          return carry[0]!.square().sum().add(ys[0]!.sum());
        },
        [[20], [12, 20]],
      ),
    );
    const args = graph.inputs.map(({ shape }, i) => fill(shape, i + 1));
    const want = compile(graph).runSync(args);
    compile(graph, { dtype: "float32" })
      .runSync(args)
      .forEach(({ data }, i) => {
        const scale = Math.max(...want[i]!.data.map(Math.abs));
        data.forEach((value, j) => {
          expect(Math.abs(value - want[i]!.data[j]!) / scale).toBeLessThan(2e-6);
        });
      });
  });
  it("float32 carries stay float32", () => {
    const graph = trace(
      (x) => scan(([c]) => ({ carry: [c!.mul(0.1).add(full([3], 1))] }), [x], [], { length: 3 }).carry[0]!,
      [{ shape: [3], dtype: "float32" }],
    );
    expect(graph.outputs[0]!.dtype).toBe("float32");
    agrees(graph);
    for (const entry of value(graph, [1, 2, 3])[0]!) expect(Math.fround(entry)).toBe(entry);
  });
  it("refuse a carry that changes from integers to numbers, which would lose its derivative", () => {
    const build = (): Graph =>
      trace(
        (x) => scan(([c]) => ({ carry: [c!.add(x)] }), [tensor(0).cast("int32")], [], { length: 5 }).carry[0]!,
        [[]],
      );
    expect(build).toThrow(ArgumentError);
    expect(build).toThrow("scan: expected the step to keep the carry's type int32, got float64");
  });
  it("refuse sequences of another length, checkpointed or not", () => {
    for (const checkpoint of [false, true])
      for (const rows of [9, 12]) {
        const build = (): Graph =>
          trace(
            (x, u) => scan(([c], [v]) => ({ carry: [c!.add(v!)] }), [x], [u], { length: 10, checkpoint }).carry[0]!,
            [[], [rows]],
          );
        expect(build).toThrow(ShapeError);
        expect(build).toThrow(`expected sequences of 10 steps, got one of shape (${rows})`);
      }
    expect(() =>
      trace((x) => scan(([c]) => ({ carry: [c!] }), [x], [], { length: -3, checkpoint: true }).carry[0]!, [[3]]),
    ).toThrow("expected a length ≥ 0, got -3");
  });
  it("refuse a tensor that another loop's step made", () => {
    const build = (use: (leaked: Tensor, x: Tensor) => Tensor) => (): Graph =>
      trace(
        (x) => {
          let leaked = x;
          scan(
            ([c]) => {
              leaked = c!;
              return { carry: [c!] };
            },
            [x],
            [],
            { length: 3 },
          );
          return use(leaked, x);
        },
        [[]],
      );
    const inLoop = build((leaked, x) => scan(([c]) => ({ carry: [c!.add(leaked)] }), [x], [], { length: 3 }).carry[0]!);
    for (const attempt of [inLoop, build((leaked, x) => leaked.add(x))]) {
      expect(attempt).toThrow(ArgumentError);
      expect(attempt).toThrow(/^trace: a tensor of another/);
    }
  });
});

describe("outputs", () => {
  edge("that are inputs", [[20], [3]], (x, y) => [x!, y!, x!, y!, x!]);
  edge("that are constants", [[4]], (x) => [
    tensor([1, 2, 3]),
    full([40], 2),
    tensor(Array.from({ length: 40 }, (_, i) => i)),
    full([3], Number.NaN),
    full([40], Number.POSITIVE_INFINITY),
    x!,
  ]);
  edge("given twice", [[5, 5]], (x) => {
    const [y, z] = [x!.sin(), x!.matmul(x!)];
    return [y, y, z, z, y.transpose(), y.transpose()];
  });
  it("of a plain evaluation can be changed without changing the graph or the argument", () => {
    const graph = trace((x) => [tensor([1, 2, 3]), x], [[2]]);
    const argument = Float64Array.of(4, 5);
    for (const { data } of evaluateGraph(graph, [argument])) data.fill(9);
    expect(value(graph, [...argument])).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });
});

describe("constants", () => {
  for (const n of [3, 20])
    edge(`that aren't finite, huge, tiny or negative zero, on ${n}`, [[n]], (x) => [
      x!.mul(Number.POSITIVE_INFINITY),
      x!.add(Number.NEGATIVE_INFINITY),
      x!.mul(Number.NaN),
      x!.mul(1e300).mul(1e300),
      x!.mul(5e-324),
      x!.div(5e-324),
      x!.div(2 ** 1023),
      x!.div(2 ** -1022),
      x!.div(-0),
      x!.mul(-0),
      x!.maximum(Number.NEGATIVE_INFINITY),
      x!.minimum(Number.NaN),
      x!.clip(Number.NEGATIVE_INFINITY, 0.5),
      x!.clip(0, Number.POSITIVE_INFINITY),
      x!.pow(1e300),
      x!.pow(-0.5),
      x!.mul(Number.MAX_VALUE),
      x!.max(),
      x!.sum(),
    ]);
  it("keep infinite limits apart", () => {
    const graph = trace(
      (x) => [
        x.clip(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
        x.clip(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
      ],
      [[2]],
    );
    expect(value(graph, [1, 2])).toEqual([
      [1, 2],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    ]);
  });
  it("are copied when they are given", () => {
    const data = new Float64Array([1, 2, 3]);
    const graph = trace((x) => x.add(data), [[3]]);
    data[0] = 100;
    expect(value(graph, [0, 0, 0])).toEqual([[1, 2, 3]]);
  });
  it("0 · x is not 0 for infinite x", () => {
    const graph = trace((x) => x.mul(0), [[3]]);
    expect([...compile(graph).runSync([[Number.POSITIVE_INFINITY, Number.NaN, 1]])[0]!.data]).toEqual([
      Number.NaN,
      Number.NaN,
      0,
    ]);
  });
});

describe("jacobians", () => {
  edge("wide", [[30]], (x) => x!.slice([0], [2]).sin());
  edge("tall", [[2]], (x) =>
    x!
      .sum()
      .mul(tensor(Array.from({ length: 30 }, (_, i) => i)))
      .sin(),
  );
  edge("of constants", [[2]], () => full([30], 1));
  it("are the same by rows and by columns", () => {
    const f = (x: Tensor): Tensor => x.square().sum().mul(x).sin();
    const both = (pad: number): number[][] => {
      const graph = trace((x) => (pad > 0 ? concat([f(x), full([pad], 0)]) : f(x).slice([0], [4])), [[5]]);
      const { data } = evaluateGraph(jacobian(graph), [[0.1, 0.2, 0.3, 0.4, 0.5]])[0]!;
      return Array.from({ length: 4 }, (_, i) => [...data.slice(5 * i, 5 * i + 5)]);
    };
    const [columns, rows] = [both(3), both(0)];
    columns.flat().forEach((entry, i) => {
      expect(Math.abs(entry - rows.flat()[i]!)).toBeLessThan(1e-15);
    });
  });
});

describe("types without derivatives", () => {
  edge("masks and integers", [[20], [20]], (x, y) => [
    x!.less(y!).mul(x!),
    x!.cast("int32").mul(x!),
    where(x!.less(0), x!, y!),
    x!.less(y!).sum(),
    x!.less(y!),
    x!.cast("int32"),
  ]);
  it("have zero tangents and no cotangents", () => {
    const graph = trace((x) => [x.cast("int32"), x.mul(2)], [[2]]);
    expect(value(jvp(graph), [1.5, -1.5], [1, 1])).toEqual([
      [1, -1],
      [3, -3],
      [0, 0],
      [2, 2],
    ]);
    expect(vjp(graph).inputs.length).toBe(2);
    expect(value(grad(trace((x) => x.floor().add(x.sign()).sum(), [[2]])), [1.5, -1.5])).toEqual([[0, 0]]);
  });
  it("joined with numbers become numbers", () => {
    const joined = trace(
      (x) =>
        concat([x.less(0), x])
          .mul(2)
          .sum(),
      [[3]],
    );
    expect(value(grad(joined), [1, 2, 3])).toEqual([[2, 2, 2]]);
    const stacked = trace((x) => stack([x.cast("int32"), x]), [[3]]);
    expect(stacked.outputs[0]!.dtype).toBe("float64");
  });
  it("keep the type that the operation has when it is simplified", () => {
    const graph = trace((x) => [x.less(0).add(0), x.less(0).mul(1), x.cast("float32").add(full([3], 0))], [[3]]);
    expect(graph.outputs.map(({ dtype }) => dtype)).toEqual(["float64", "float64", "float64"]);
  });
});

describe("powers", () => {
  it("have derivatives at and below zero", () => {
    const cost = trace((a, b) => a.pow(b).sum(), [[4], [4]]);
    expect(value(grad(cost), [0, 0, -2, 2], [0, 2, 3, 2])).toEqual([
      [0, 0, 12, 4],
      [0, 0, 0, 4 * Math.log(2)],
    ]);
    const second = value(jvp(grad(trace((a, b) => a.pow(b).sum(), [[2], [2]]))), [0, -2], [2, 3], [1, 1], [1, 1]);
    expect(second.flat().every((entry) => !Number.isNaN(entry))).toBe(true);
  });
});

describe("long chains", () => {
  it.each([
    [1, 4000],
    [40, 4000],
  ])("of %i elements", (n, length) => {
    const graph = trace(
      (first) => {
        let x = first;
        for (let i = 0; i < length; i++)
          x = x
            .mul(x)
            .mul(0.5)
            .add(1 / (i + 3));
        return x.sum();
      },
      [[n]],
    );
    const x = new Float64Array(n).fill(0.3);
    const want = evaluateGraph(graph, [x])[0]!.data[0]!;
    expect(Math.abs(compile(graph).runSync([x])[0]!.data[0]! - want)).toBeLessThan(1e-12);
    expect(() => compile(grad(graph))).not.toThrow();
  });
  it("read once at other positions", () => {
    const graph = trace(
      (first) => {
        let x = first;
        for (let i = 0; i < 1000; i++)
          x = x
            .mul(x)
            .mul(0.5)
            .add(1 / (i + 3));
        return x.roll(1).add(first);
      },
      [[40]],
    );
    agrees(graph);
  });
});

describe("arguments", () => {
  it.each<[string, (x: Tensor) => Tensor, string]>([
    ["broadcastTo", (x) => x.broadcastTo([4]), "broadcastTo: expected a shape that (3) broadcasts to, got (4)"],
    ["broadcastTo of lower rank", (x) => x.broadcastTo([]), "broadcastTo: expected a shape that (3) broadcasts to"],
    ["broadcastTo of part of an element", (x) => x.sum().broadcastTo([1.5]), "broadcastTo: expected a shape"],
    ["a fractional start", (x) => x.slice([0.5], [2]), "slice: expected integer positions, got 0.5"],
    ["a stop that is no number", (x) => x.slice([0], [Number.NaN]), "slice: expected integer positions, got NaN"],
    ["a fractional index", (x) => x.scatterAdd([0, 1.5, 2], 4), "scatterAdd: expected indices below 4"],
    ["no points", (x) => x.sum().broadcastTo([1, 2]).irfft(0), "irfft: expected a number of points ≥ 1, got 0"],
    ["no rows", (x) => x.slice([0], [0]).reshape([0, 1]).rfft(2), "rfft: expected at least 2 axes, none of them empty"],
  ])("%s is refused", (_, fn, message) => {
    expect(() => trace(fn, [[3]])).toThrow(message);
  });
  it("refuse the same input twice", () => {
    expect(() =>
      jvp(
        trace((x) => x, [[3]]),
        [0, 0],
      ),
    ).toThrow("wrt: expected different inputs, got 0, 0");
  });
});
