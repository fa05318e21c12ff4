import { describe, expect, it } from "vitest";
import {
  concat,
  evaluateGraph,
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
import { everyExecutable } from "./executors.ts";

function fill(shape: readonly number[], seed: number): { data: Float64Array; shape: readonly number[] } {
  const size = shape.reduce((a, b) => a * b, 1);
  return { data: Float64Array.from({ length: size }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233) * 1.5), shape };
}

function same(graph: Graph, tolerance = 1e-13): void {
  const args = graph.inputs.map((input, i) => fill(input.shape, i + 1));
  const want = evaluateGraph(graph, args);
  const executables = everyExecutable(graph);
  for (const { name, source, run } of [...executables, ...executables]) {
    const got = run(args);
    want.forEach((w, i) => {
      expect(got[i]!.shape).toEqual(w.shape);
      const scale = Math.max(1e-300, ...w.data.map(Math.abs));
      w.data.forEach((value, j) => {
        if (Number.isNaN(value)) expect(got[i]!.data[j]).toBeNaN();
        else
          expect(
            Math.abs(got[i]!.data[j]! - value) / scale,
            `output ${i}[${j}]: ${got[i]!.data[j]} for ${value} by ${name}\n${source}`,
          ).toBeLessThanOrEqual(tolerance);
      });
    });
  }
}
const lorenz63 = (x: Tensor): Tensor => {
  const [a, b, c] = [x.at(0), x.at(1), x.at(2)];
  return stack([b.sub(a).mul(10), a.mul(c.neg().add(28)).sub(b), a.mul(b).sub(c.mul(8 / 3))]);
};
const lorenz96 = (x: Tensor): Tensor => x.roll(-1).sub(x.roll(2)).mul(x.roll(1)).sub(x).add(8);
const rk4 = (f: (x: Tensor) => Tensor, x: Tensor, dt: number): Tensor => {
  const k1 = f(x);
  const k2 = f(x.add(k1.mul(dt / 2)));
  const k3 = f(x.add(k2.mul(dt / 2)));
  const k4 = f(x.add(k3.mul(dt)));
  return x.add(
    k1
      .add(k2.mul(2))
      .add(k3.mul(2))
      .add(k4)
      .mul(dt / 6),
  );
};
const run = (f: (x: Tensor) => Tensor, x: Tensor, length: number, checkpoint = false): Tensor =>
  scan(([c]) => ({ carry: [rk4(f, c!, 0.01)] }), [x], [], { length, checkpoint }).carry[0]!;
const swe = (s: Tensor): Tensor => {
  const [u, v, h] = [s.at(0), s.at(1), s.at(2)];
  const dx = (a: Tensor): Tensor => a.roll(-1, 1).sub(a.roll(1, 1)).mul(0.5);
  const dy = (a: Tensor): Tensor => a.roll(-1, 0).sub(a.roll(1, 0)).mul(0.5);
  return stack([
    u.add(dx(h).mul(-0.1)),
    v.add(dy(h).mul(-0.1)),
    h.sub(
      dx(u.mul(h))
        .add(dy(v.mul(h)))
        .mul(0.1),
    ),
  ]);
};
const all = (
  name: string,
  fn: (...args: Tensor[]) => Tensor | Tensor[],
  shapes: number[][],
  tolerance?: number,
): void => {
  describe(name, () => {
    const graph = trace(fn, shapes);
    it("forward", () => same(graph, tolerance));
    it("jvp", () => same(jvp(graph), tolerance));
    it("vjp", () => same(vjp(graph), tolerance));
    it("vmap", () => same(vmap(graph, 3), tolerance));
    if (graph.outputs[0]!.shape.length === 0) {
      it("value and gradient", () => same(valueAndGrad(graph), tolerance));
      it("hessian vector product", () => same(hessianVectorProduct(graph), tolerance));
      it("batch of gradients", () => same(vmap(grad(graph), 3), tolerance));
    } else it("jacobian", () => same(jacobian(graph), tolerance));
  });
};

all("Lorenz 63", (x) => run(lorenz63, x, 7), [[3]]);
all("Lorenz 63 cost", (x) => run(lorenz63, x, 7).square().sum(), [[3]]);
all("Lorenz 96", (x) => run(lorenz96, x, 5), [[40]]);
all("Lorenz 96 cost", (x) => run(lorenz96, x, 5).square().sum(), [[40]]);
all("Lorenz 96 small", (x) => run(lorenz96, x, 5), [[8]]);
all("checkpointed", (x) => run(lorenz96, x, 17, true).square().sum(), [[40]]);
all(
  "trajectory",
  (x) =>
    scan(
      ([c]) => {
        const next = rk4(lorenz96, c!, 0.05);
        return { carry: [next], ys: [c!, next, next.sum()] };
      },
      [x],
      [],
      { length: 4 },
    ).ys,
  [[20]],
);
all(
  "observations",
  (x, y) =>
    scan(
      ([c], [o]) => {
        const next = run(lorenz96, c!, 3);
        return { carry: [next], ys: [next.sub(o!).square().sum()] };
      },
      [x],
      [y],
      { length: 4 },
    ).ys[0]!.sum(),
  [[20], [4, 20]],
);
all("map", (e) => scan((_, [x]) => ({ ys: [run(lorenz63, x!, 4)] }), [], [e]).ys[0]!, [[6, 3]]);
all(
  "map of fields",
  (e) =>
    scan((_, [x]) => ({ ys: [run(lorenz96, x!, 4)] }), [], [e])
      .ys[0]!.square()
      .sum(),
  [[6, 40]],
);
all("shallow water", (s) => scan(([c]) => ({ carry: [swe(c!)] }), [s], [], { length: 3 }).carry[0]!, [[3, 6, 5]]);
all(
  "shallow water cost",
  (s) =>
    scan(([c]) => ({ carry: [swe(c!)] }), [s], [], { length: 3 })
      .carry[0]!.square()
      .sum(),
  [[3, 6, 5]],
);
all("mlp", (x, w1, b1, w2) => x.matmul(w1).add(b1).tanh().matmul(w2).sigmoid(), [[6, 5], [5, 7], [7], [7, 4]]);
all("mlp cost", (x, w1, b1, w2) => x.matmul(w1).add(b1).tanh().matmul(w2).square().mean(), [
  [6, 5],
  [5, 7],
  [7],
  [7, 4],
]);
all(
  "recurrent",
  (x, w) =>
    scan(
      ([h], [u]) => {
        const next = h!.matmul(w).add(u!).tanh();
        return { carry: [next], ys: [next] };
      },
      [tensor(0).broadcastTo([18])],
      [x],
      {},
    ).ys[0]!,
  [
    [3, 18],
    [18, 18],
  ],
);
all(
  "indexing",
  (x) => [
    x.take([3, 3, 0, 19], 1),
    x.reverse(1).slice([0, 2], [3, 17], [1, 3]),
    x.transpose().reshape([4, 15]),
    concat([x, x.slice([0, 0], [1, 20])], 0),
    x.pad([1, 2], [0, 3], "periodic"),
    x.pad([1, 2], [0, 3], "edge"),
    x.pad([1, 2], [0, 3], "constant", 4),
    x.scatterAdd([1, 1, 4], 6, 0),
  ],
  [[3, 20]],
);
all(
  "small indexing",
  (x) => [
    x.take([2, 0], 1),
    x.reverse(1),
    x.transpose().reshape([2, 6]),
    x.roll(1, 0).square().sum(0),
    x.max(1),
    x.min(),
    x.pad([1, 0], [0, 1]),
    x.scatterAdd([1, 1, 4, 0], 6, 1),
  ],
  [[3, 4]],
);
all(
  "reductions",
  (x) => [
    x.sum(0),
    x.sum(1),
    x.sum([0, 2]),
    x.sum(),
    x.mean(2, true),
    x.max(2),
    x.min(0),
    x.max(),
    x.square().sum([1, 2]),
  ],
  [[3, 5, 7]],
);
all(
  "mixed",
  (x, y) =>
    where(x.less(y), x.mul(y), x.sub(y))
      .clip(-1, 0.7)
      .add(x.abs().sqrt().add(1).log())
      .maximum(y.sin())
      .minimum(x.cos().exp()),
  [[5, 9], [9]],
);
all("broadcast", (x, y) => x.exp().reshape([20, 1]).mul(y.square().add(y)).sum(1).add(x), [[20], [30]]);
all(
  "powers",
  (x, y) =>
    x
      .square()
      .add(1)
      .pow(y)
      .add(x.square().add(0.1).pow(-1))
      .add(x.tan())
      .add(x.expm1())
      .add(x.square().log1p())
      .add(x.floor())
      .add(x.sign())
      .add(x.relu()),
  [[17], [17]],
);
all(
  "fourier",
  (x) => {
    const f = x.rfft();
    return f.mul(f.roll(1, 0)).irfft(24);
  },
  [[24]],
  1e-12,
);
all(
  "fourier 2d",
  (x) => {
    const f = x.rfft(2);
    return f.square().irfft(7, 2);
  },
  [[2, 6, 7]],
  1e-12,
);
all(
  "scalars and fields",
  (x, a) => {
    const s = x.mul(a).sum();
    return [x.mul(s.square()).add(x.mean()), s.exp().mul(a)];
  },
  [[33], []],
);
all(
  "long expression reused",
  (x) => {
    const e = x.mul(x).add(x).mul(3).sub(x.square());
    return e.roll(1).add(e.roll(-1)).mul(e).add(e.roll(3).square().roll(2));
  },
  [[40]],
);

all(
  "a copy of a view of an expression that others read later",
  (x) => {
    const [A, W] = [fill([20, 20], 3), fill([20, 20], 4)];
    const a = x.matmul(A).add(fill([1, 20], 5));
    const h = a.reshape([1, 1, 20]).broadcastTo([3, 1, 20]).slice([1], [2]).reshape([1, 20]);
    const y = x.matmul(W).add(h.matmul(W)).sigmoid();
    return y.mul(h).sub(y.matmul(A).tanh().mul(h));
  },
  [[1, 20]],
);
