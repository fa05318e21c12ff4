import { expect, it } from "vitest";
import {
  evaluateGraph,
  grad,
  hessianVectorProduct,
  jacobian,
  jvp,
  printGraph,
  scan,
  stack,
  type Tensor,
  trace,
  valueAndGrad,
  vjp,
  vmap,
} from "../../../src/engine/graph/index.ts";

const lorenz = (x: Tensor): Tensor => {
  const [a, b, c] = [x.at(0), x.at(1), x.at(2)];
  return stack([b.sub(a).mul(10), a.mul(c.neg().add(28)).sub(b), a.mul(b).sub(c.mul(8 / 3))]);
};
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
const run = (x: Tensor, steps: number, checkpoint = false): Tensor =>
  scan(([c]) => ({ carry: [rk4(lorenz, c!, 0.01)] }), [x], [], { length: steps, checkpoint }).carry[0]!;

it("integrates Lorenz 63", () => {
  const graph = trace((x) => run(x, 10), [[3]]);
  const [y] = evaluateGraph(graph, [[1.509, -1.531, 25.46]]);
  expect(Math.abs(y!.data[0]! - -0.26446683949)).toBeLessThan(1e-10);
});

it("differentiates loops", () => {
  const cost = trace((x) => run(x, 13).square().sum(), [[3]]);
  const g = evaluateGraph(grad(cost), [[1.509, -1.531, 25.46]])[0]!;
  const at = (x: number[]) => evaluateGraph(cost, [x])[0]!.data[0]!;
  for (let i = 0; i < 3; i++) {
    const plus = [1.509, -1.531, 25.46];
    const minus = [...plus];
    plus[i]! += 1e-5;
    minus[i]! -= 1e-5;
    expect(Math.abs((at(plus) - at(minus)) / 2e-5 / g.data[i]! - 1)).toBeLessThan(1e-7);
  }
  const checkpointed = trace((x) => run(x, 13, true).square().sum(), [[3]]);
  expect(evaluateGraph(valueAndGrad(checkpointed), [[1.509, -1.531, 25.46]])[1]!.data).toEqual(g.data);
  const h = evaluateGraph(hessianVectorProduct(cost), [
    [1.509, -1.531, 25.46],
    [1, 0, 0],
  ])[0]!;
  const gp = evaluateGraph(grad(cost), [[1.509 + 1e-5, -1.531, 25.46]])[0]!;
  const gm = evaluateGraph(grad(cost), [[1.509 - 1e-5, -1.531, 25.46]])[0]!;
  for (let i = 0; i < 3; i++) expect(Math.abs((gp.data[i]! - gm.data[i]!) / 2e-5 / h.data[i]! - 1)).toBeLessThan(1e-5);
  const J = evaluateGraph(jacobian(trace((x) => run(x, 13), [[3]])), [[1.509, -1.531, 25.46]])[0]!;
  const t = evaluateGraph(jvp(trace((x) => run(x, 13), [[3]])), [
    [1.509, -1.531, 25.46],
    [0, 1, 0],
  ])[1]!;
  expect([J.data[1], J.data[4], J.data[7]]).toEqual([...t.data]);
  const v = evaluateGraph(vjp(trace((x) => run(x, 13), [[3]])), [
    [1.509, -1.531, 25.46],
    [0, 1, 0],
  ])[1]!;
  [J.data[3]!, J.data[4]!, J.data[5]!].forEach((j, i) => {
    expect(Math.abs(j / v.data[i]! - 1)).toBeLessThan(1e-12);
  });
  const batch = evaluateGraph(vmap(grad(cost), 2), [
    [
      [1.509, -1.531, 25.46],
      [1, 2, 3],
    ],
  ])[0]!;
  expect(batch.data.slice(0, 3)).toEqual(g.data);
  expect(printGraph(grad(cost))).toContain("scan 13 reverse");
});
