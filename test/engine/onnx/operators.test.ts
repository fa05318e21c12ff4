// One operator at a time against ONNX Runtime: test/fixtures/onnx/README.md.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { evaluateGraph, jvp, vjp } from "../../../src/engine/graph/index.ts";
import { operators } from "../../../src/engine/onnx/import/operators/index.ts";
import { readOnnx } from "../../../src/engine/onnx/index.ts";
import type { NdArray } from "../../../src/engine/tensor/index.ts";

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}
interface Case {
  readonly name: string;
  readonly model: string;
  readonly inputs: readonly Stored[];
  readonly outputs: readonly Stored[];
}
const cases = ["operators.json", "more-operators.json"].flatMap((name): Case[] => {
  const file = new URL(`../../fixtures/onnx/${name}`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).cases;
});
const numbers: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, "-inf": -Infinity };
const array = ({ shape, data }: Stored): NdArray => ({
  data: Float64Array.from(data, (value) => (typeof value === "string" ? numbers[value]! : value)),
  shape,
});

function expectClose(got: NdArray, want: NdArray, tolerance: number): void {
  expect(got.shape).toEqual(want.shape);
  const scale = Math.max(1, ...want.data.filter(Number.isFinite).map(Math.abs));
  want.data.forEach((value, i) => {
    if (Number.isFinite(value)) expect(Math.abs(got.data[i]! - value) / scale, `element ${i}`).toBeLessThan(tolerance);
    else expect(got.data[i]).toBe(value);
  });
}

let draws = 0;
const draw = ({ shape }: { readonly shape: readonly number[] }): NdArray => ({
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.sin(++draws * 12.9898)),
  shape,
});
const dot = (a: readonly NdArray[], b: readonly NdArray[]): number =>
  a.reduce((sum, { data }, i) => sum + data.reduce((part, value, j) => part + value * b[i]!.data[j]!, 0), 0);

describe("operators", () => {
  it.each(cases)("$name", ({ model, inputs, outputs }) => {
    const network = readOnnx(Buffer.from(model, "base64"));
    const graph = network.toGraph();
    const args = inputs.map(array);
    const reference = evaluateGraph(graph, args);
    outputs.forEach((output, i) => {
      expectClose(reference[i]!, array(output), 2e-6);
    });
    compile(graph)
      .runSync(args)
      .forEach((got, i) => {
        expectClose(got, reference[i]!, 1e-12);
      });
    const floating = graph.inputs.flatMap(({ dtype }, i) => (dtype === "float64" ? [i] : []));
    const results = network.outputs.flatMap(({ type }, i) => (type === "float" ? [i] : []));
    if (floating.length === 0 || results.length !== graph.outputs.length) return;
    const dx = floating.map((i) => draw(graph.inputs[i]!));
    const dy = graph.outputs.map(draw);
    const forward = evaluateGraph(jvp(graph, floating), [...args, ...dx]).slice(outputs.length);
    const backward = evaluateGraph(vjp(graph, floating), [...args, ...dy]).slice(outputs.length);
    const [left, right] = [dot(forward, dy), dot(dx, backward)];
    if (Number.isFinite(left)) expect(Math.abs(left - right) / (1 + Math.abs(left))).toBeLessThan(1e-10);
  });

  it("are all tested", () => {
    const seen = new Set(cases.flatMap(({ model }) => [...readOnnx(Buffer.from(model, "base64")).operators.keys()]));
    const untested = Object.keys(operators).filter((name) => !seen.has(name));
    expect(untested).toEqual([]);
  });
});
