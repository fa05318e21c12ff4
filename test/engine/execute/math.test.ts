// Elementary functions of vectors: within one unit in the last place of the exact value, over the whole range.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { javascriptExecutable } from "../../../src/engine/execute/js/executable.ts";
import { type Tensor, trace } from "../../../src/engine/graph/index.ts";
import { erf } from "../../../src/engine/graph/primitives/erf.ts";

/** Rows of x, the double nearest to f(x), and what that lacks (test/fixtures/math/generate.py). */
const table = JSON.parse(readFileSync(new URL("../../fixtures/math/values.json", import.meta.url), "utf8")) as Readonly<
  Record<string, readonly (readonly [number, number, number])[]>
>;

const functions = {
  exp: (x: Tensor) => x.exp(),
  log: (x: Tensor) => x.log(),
  sin: (x: Tensor) => x.sin(),
  cos: (x: Tensor) => x.cos(),
  tanh: (x: Tensor) => x.tanh(),
  sigmoid: (x: Tensor) => x.sigmoid(),
  erf: (x: Tensor) => x.erf(),
};

const others = { sigmoid: (x: number): number => 1 / (1 + Math.exp(-x)), erf };

function evaluate(name: keyof typeof functions, points: readonly number[]): Float64Array {
  // Long enough that it isn't taken apart into variables.
  const padded = [...points, ...Array<number>(20).fill(1)];
  const graph = trace((x) => functions[name](x!), [[padded.length]]);
  const executable = javascriptExecutable(graph, { single: false, vectors: "always" });
  expect(executable.vectors).toBe(true);
  return executable.runSync([Float64Array.from(padded)])[0]!.data.slice(0, points.length);
}

/** Distance from a double to the next one away from zero. */
function unit(x: number): number {
  const bits = new BigInt64Array(Float64Array.of(Math.abs(x)).buffer);
  bits[0]! += 1n;
  return new Float64Array(bits.buffer)[0]! - Math.abs(x);
}

describe("elementary functions of vectors", () => {
  for (const name of Object.keys(functions) as (keyof typeof functions)[]) {
    it(`${name} is within one unit in the last place`, () => {
      const rows = table[name]!;
      expect(rows.length).toBeGreaterThan(200);
      const got = evaluate(
        name,
        rows.map(([x]) => x),
      );
      let worst = 0;
      rows.forEach(([x, nearest, rest], i) => {
        const error = Math.abs(got[i]! - nearest - rest) / unit(nearest);
        expect(error, `${name}(${x}) = ${got[i]}, expected ${nearest}`).toBeLessThanOrEqual(1);
        worst = Math.max(worst, error);
      });
      expect(worst).toBeGreaterThan(0.3);
    });
    it(`${name} has the infinities, NaN and zeros of JavaScript`, () => {
      const points = [Number.NaN, Infinity, -Infinity, 0, -0, 1e308, -1e308, 5e-324, -5e-324];
      const plain = name === "sigmoid" || name === "erf" ? others[name] : Math[name];
      const got = evaluate(name, points);
      points.forEach((x, i) => {
        expect(got[i], `${name}(${x})`).toBe(plain(x));
      });
    });
  }
  it("exp passes over to infinity and to zero where JavaScript does", () => {
    expect([...evaluate("exp", [709.782712893384, 709.7827128933841, -745.13, -745.14])]).toEqual([
      Math.exp(709.782712893384),
      Infinity,
      5e-324,
      0,
    ]);
  });
});
