// The tests of derivatives must pass what is right, kinks included, and fail what is wrong by little.
import { describe, expect, it } from "vitest";
import {
  type DerivativeTests,
  type DifferentiableMap,
  testDerivatives,
} from "../../../src/diagnostics/testing/index.ts";
import { randomStreams } from "../../../src/engine/random/index.ts";

const n = 30;
const x = randomStreams(1).stream("x").normals(n);
/** F(x)ᵢ = f(xᵢ) + x₀; derivatives wrong by the given factors. */
function map(
  f: (x: number) => number,
  df: (x: number) => number,
  wrong = { tangent: 1, adjoint: 1 },
): DifferentiableMap {
  return {
    apply: (z) => z.map((value) => f(value) + z[0]!),
    tangent: (z, u) => u.map((value, i) => wrong.tangent * df(z[i]!) * value + u[0]!),
    adjoint: (z, v) =>
      v.map((value, i) => wrong.adjoint * df(z[i]!) * value + (i === 0 ? v.reduce((a, b) => a + b, 0) : 0)),
  };
}
const run = (own: DifferentiableMap, kinks = false, at = x): Promise<DerivativeTests> =>
  testDerivatives({ map: own, x: at, random: randomStreams(3).stream("u"), kinks });
const relu: [(x: number) => number, (x: number) => number] = [(z) => Math.max(z, 0), (z) => Number(z > 0)];

describe("tests of derivatives", () => {
  it("pass what is right", async () => {
    for (const result of await Promise.all([
      run(map(Math.sin, Math.cos)),
      run(
        map(
          (z) => 3 * z,
          () => 3,
        ),
      ),
      run(map(...relu), true),
      run(
        map(
          (z) => z ** 3,
          (z) => 3 * z * z,
        ),
        false,
        new Float64Array(n),
      ),
    ]))
      expect(result.passed, JSON.stringify(result)).toBe(true);
    const { rows } = (await run(map(Math.sin, Math.cos))).taylor;
    for (const { order } of rows.slice(1, 5)) expect(Math.abs(order! - 2)).toBeLessThan(0.1);
  });
  it("pass kinks at the input itself, beside it", async () => {
    const { passed, taylor } = await run(map(...relu), true, new Float64Array(n));
    expect([passed, taylor.remark]).toEqual([true, "a kink lies at the input itself: tested beside it"]);
    expect((await run(map(...relu), false, new Float64Array(n))).passed).toBe(false);
  });
  it.each([1e-1, 1e-4])("fail what is wrong by %d", async (by) => {
    for (const [f, df, kinks] of [
      [Math.sin, Math.cos, false],
      [...relu, true],
    ] as const) {
      const tangent = await run(map(f, df, { tangent: 1 + by, adjoint: 1 + by }), kinks);
      expect([tangent.tangent.passed, tangent.adjoint.passed, tangent.taylor.passed]).toEqual([false, true, false]);
      const adjoint = await run(map(f, df, { tangent: 1, adjoint: 1 + by }), kinks);
      expect([adjoint.tangent.passed, adjoint.adjoint.passed, adjoint.taylor.passed]).toEqual([true, false, true]);
    }
  });
});
