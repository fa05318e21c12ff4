// Every primitive against four truths: central differences, ⟨Jv, w⟩ = ⟨v, Jᵀw⟩, vmap = loop, generated code = reference.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { evaluateGraph, type Graph, jvp, stack, trace, vjp, vmap } from "../../../src/engine/graph/index.ts";
import { primitives } from "../../../src/engine/graph/primitives/index.ts";
import type { NdArray } from "../../../src/engine/tensor/index.ts";
import { sizeOf } from "../../../src/engine/tensor/index.ts";
import { everyExecutable } from "./executors.ts";
import { type Sample, samples, shape } from "./samples.ts";

let draws = 0;
function draw(shapeOf: readonly number[], domain: (x: number) => number = (x) => x): NdArray {
  return {
    data: Float64Array.from({ length: sizeOf(shapeOf) }, () =>
      domain(1.9 * Math.sin(++draws * 12.9898) + 0.07 * Math.cos(draws * 3.7)),
    ),
    shape: shapeOf,
  };
}
const dot = (a: readonly NdArray[], b: readonly NdArray[]): number =>
  a.reduce((sum, x, i) => sum + x.data.reduce((part, value, j) => part + value * b[i]!.data[j]!, 0), 0);
const size = (a: readonly NdArray[]): number => Math.sqrt(dot(a, a));
const far = (a: readonly NdArray[], b: readonly NdArray[]): number =>
  Math.max(
    0,
    ...a.map((x, i) =>
      x.data.reduce((worst, value, j) => Math.max(worst, Math.abs(value - b[i]!.data[j]!) / (1 + Math.abs(value))), 0),
    ),
  );
const rows = (x: NdArray, k: number): NdArray => ({
  data: x.data.slice((k * x.data.length) / 2, ((k + 1) * x.data.length) / 2),
  shape: x.shape.slice(1),
});

function check({ shapes, fn, domain, kinks = false }: Sample): void {
  const graph = trace(fn, shapes);
  const x = shapes.map((own) => draw(own, domain));
  const dx = shapes.map((own) => draw(own));
  const y = evaluateGraph(graph, x);
  const w = y.map((value) => draw(value.shape));
  const tangent = jvp(graph);
  const adjoint = vjp(graph);
  const dy = evaluateGraph(tangent, [...x, ...dx]).slice(y.length);
  const back = evaluateGraph(adjoint, [...x, ...w]).slice(y.length);
  expect(Math.abs(dot(dy, w) - dot(dx, back)) / (1 + size(dy) * size(w))).toBeLessThan(1e-12);
  if (!kinks) {
    const h = 1e-5;
    const at = (sign: number): NdArray[] =>
      evaluateGraph(
        graph,
        x.map((value, i) => ({
          data: value.data.map((entry, j) => entry + sign * h * dx[i]!.data[j]!),
          shape: value.shape,
        })),
      );
    const [plus, minus] = [at(1), at(-1)];
    const numeric = plus.map((value, i) => ({
      data: value.data.map((entry, j) => (entry - minus[i]!.data[j]!) / (2 * h)),
      shape: value.shape,
    }));
    expect(far(dy, numeric)).toBeLessThan(1e-6);
  }
  const X = shapes.map((own) => draw([2, ...own], domain));
  const flags = shapes.map((_, i) => i === 0 || draws % 2 === 0);
  const args = X.map((value, i) => (flags[i] ? value : rows(value, 0)));
  const batch: Graph = vmap(graph, 2, flags);
  const together = evaluateGraph(batch, args);
  for (const k of [0, 1])
    expect(
      far(
        together.map((value) => rows(value, k)),
        evaluateGraph(
          graph,
          args.map((value, i) => (flags[i] ? rows(value, k) : value)),
        ),
      ),
    ).toBeLessThan(1e-13);
  for (const { run } of everyExecutable(graph)) expect(far(run(x), y)).toBeLessThan(1e-12);
  for (const { run } of everyExecutable(tangent))
    expect(far(run([...x, ...dx]).slice(y.length), dy)).toBeLessThan(1e-12);
  for (const { run } of everyExecutable(adjoint))
    expect(far(run([...x, ...w]).slice(y.length), back)).toBeLessThan(1e-12);
  for (const { run } of everyExecutable(batch)) expect(far(run(args), together)).toBeLessThan(1e-12);
  const single = compile(graph, { dtype: "float32" }).runSync(x);
  if (!kinks) expect(far(single, y)).toBeLessThan(2e-4);
}

describe("primitives", () => {
  it("are all sampled", () => {
    expect(Object.keys(samples).sort()).toEqual([...Object.keys(primitives), "scan"].sort());
  });
  it.each(Object.entries(samples))("%s", (_, arbitrary) => {
    fc.assert(fc.property(arbitrary, check), { numRuns: 25, seed: 20240901 });
  });
  it("stack joins along a new axis", () => {
    fc.assert(
      fc.property(shape(0, 2), (own) =>
        check({ shapes: [own, own], fn: (a, b) => stack([a, b.sin(), a.mul(b)], own.length === 0 ? 0 : -1) }),
      ),
      { numRuns: 20, seed: 7 },
    );
  });
});
