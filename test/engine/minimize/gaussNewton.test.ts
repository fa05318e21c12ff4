import { describe, expect, it } from "vitest";
import { gaussNewton, nonlinearCg, type Objective } from "../../../src/engine/minimize/index.ts";
import { randomStreams } from "../../../src/engine/random/index.ts";
import { quadratic, rosenbrock } from "./problems.ts";

const far = (x: Float64Array, t: ArrayLike<number>): number =>
  x.reduce((worst, value, i) => Math.max(worst, Math.abs(value - t[i]!)), 0);

/** ½|r|² of residuals with their Jacobian as rows. */
function squares(size: number, residuals: (x: Float64Array) => { r: number[]; J: number[][] }): Objective {
  return {
    size,
    evaluate(x) {
      const { r, J } = residuals(x);
      const gradient = new Float64Array(size);
      r.forEach((value, k) => {
        for (let i = 0; i < size; i++) gradient[i]! += J[k]![i]! * value;
      });
      return { value: 0.5 * r.reduce((sum, value) => sum + value * value, 0), gradient };
    },
    curvature(x, v) {
      const { J } = residuals(x);
      const out = new Float64Array(size);
      for (const row of J) {
        const along = row.reduce((sum, value, i) => sum + value * v[i]!, 0);
        for (let i = 0; i < size; i++) out[i]! += row[i]! * along;
      }
      return out;
    },
  };
}

const valley = squares(2, (x) => ({
  r: [10 * (x[1]! - x[0]! ** 2), 1 - x[0]!],
  J: [
    [-20 * x[0]!, 10],
    [-1, 0],
  ],
}));

describe("gauss-newton", () => {
  it("solves a linear problem in one outer loop", () => {
    const draws = randomStreams(3).stream("test");
    const J = Array.from({ length: 12 }, () => [...draws.normals(6)]);
    const y = draws.normals(12);
    const problem = squares(6, (x) => ({
      r: J.map((row, k) => row.reduce((sum, value, i) => sum + value * x[i]!, 0) - y[k]!),
      J,
    }));
    const result = gaussNewton({ inner: { tolerance: 1e-13 }, tolerance: 1e-10 }).minimize(
      problem,
      new Float64Array(6),
    );
    expect(result).toMatchObject({ status: "converged", iterations: 1 });
    expect(result.inner).toHaveLength(1);
    expect(result.inner![0]!.iterations).toBeLessThanOrEqual(7);
    expect(result.gradientNorm / result.history[0]!.gradientNorm).toBeLessThan(1e-12);
  });

  it("shortens steps through Rosenbrock's valley, and ends quadratically", () => {
    const result = gaussNewton({ iterations: 50, tolerance: 1e-12, inner: { tolerance: 1e-12 } }).minimize(
      valley,
      Float64Array.of(-1.2, 1),
    );
    expect(result.status).toBe("converged");
    expect(far(result.x, [1, 1])).toBeLessThan(1e-10);
    expect(result.history.every(({ value }, i, all) => i === 0 || value <= all[i - 1]!.value)).toBe(true);
    expect(result.evaluations).toBeGreaterThan(result.iterations + 1);
  });

  it("preconditions later loops by the eigenpairs of earlier ones", () => {
    const n = 40;
    // Slightly nonlinear residuals of very different scales.
    const scales = Array.from({ length: n }, (_, i) => 10 ** (3 - i / 8));
    const problem = squares(2 * n, (x) => ({
      r: [...scales.map((s, i) => s * (x[i]! + 0.05 * x[i]! ** 2 + 0.1 * x[n + i]! - 1)), ...x],
      J: [
        ...scales.map((s, i) =>
          Array.from({ length: 2 * n }, (_, j) => (j === i ? s * (1 + 0.1 * x[i]!) : j === n + i ? 0.1 * s : 0)),
        ),
        ...Array.from({ length: 2 * n }, (_, k) => Array.from({ length: 2 * n }, (_, j) => (j === k ? 1 : 0))),
      ],
    }));
    const settings = { iterations: 4, tolerance: 1e-12, inner: { tolerance: 1e-4, iterations: 300 } };
    const products = (pairs: number): number[] =>
      gaussNewton({ ...settings, pairs })
        .minimize(problem, new Float64Array(2 * n))
        .inner!.map(({ iterations }) => iterations);
    const [plain, better] = [products(0), products(30)];
    expect(better[0]).toBeLessThanOrEqual(plain[0]!);
    expect(better[2]!).toBeLessThan(0.7 * plain[2]!);
  });

  it("says when it stalls, and gives the best point", () => {
    const wrong: Objective = {
      ...valley,
      evaluate: (x) => ({ ...valley.evaluate(x), gradient: valley.evaluate(x).gradient.map((g) => -g) }),
    };
    const stalled = gaussNewton().minimize(wrong, Float64Array.of(-1.2, 1));
    expect(stalled.status).toBe("stalled");
    expect([...stalled.x]).toEqual([-1.2, 1]);
    const indefinite = gaussNewton().minimize(
      { ...quadratic([1, 2], [3, 4]), curvature: (_, v) => v.map((x) => -x) },
      new Float64Array(2),
    );
    expect(indefinite.status).toBe("stalled");
    expect(indefinite.reason).toMatch(/curvature is not positive definite/);
  });

  it("ends at its limit, by the caller, and without a curvature", async () => {
    const start = Float64Array.of(-1.2, 1);
    expect(gaussNewton({ iterations: 1 }).minimize(valley, start).status).toBe("iteration-limit");
    expect(gaussNewton().minimize(valley, start, { onIteration: () => false }).status).toBe("stopped");
    expect(() => gaussNewton().minimize(rosenbrock(2), start)).toThrow(/curvature for the minimizer "gauss-newton"/);
    expect(() => gaussNewton().minimize({ ...valley, curvature: () => new Float64Array(3) }, start)).toThrow(
      /curvature: expected 2 numbers, got 3/,
    );
    const later = await gaussNewton().minimizeAsync(
      {
        size: 2,
        evaluate: (x) => Promise.resolve(valley.evaluate(x)),
        curvature: (x, v) => Promise.resolve(valley.curvature!(x, v)),
      },
      start,
    );
    expect(later.x).toEqual(gaussNewton().minimize(valley, start).x);
    expect(() => gaussNewton({ inner: { iterations: 0 } })).toThrow(/inner\.iterations/);
  });
});

describe("cg", () => {
  it("solves a quadratic and Rosenbrock's valley", () => {
    const d = Array.from({ length: 20 }, (_, i) => 10 ** ((3 * i) / 19));
    const t = randomStreams(1).stream("target").normals(20);
    const bowl = nonlinearCg({ iterations: 2000 }).minimize(quadratic(d, t), new Float64Array(20));
    expect(bowl.status).toBe("converged");
    expect(far(bowl.x, t)).toBeLessThan(1e-6);
    const bend = nonlinearCg({ iterations: 2000 }).minimize(rosenbrock(6), new Float64Array(6).fill(-1));
    expect(bend.status).toBe("converged");
    // One of the chained valley's two minima.
    expect(bend.gradientNorm).toBeLessThan(1e-6);
  });
  it("says that a gradient isn't the cost's", () => {
    const { evaluate } = quadratic([1, 2], [3, 4]);
    const wrong = {
      size: 2,
      evaluate: (x: Float64Array) => ({ ...evaluate(x), gradient: evaluate(x).gradient.map((g) => -g) }),
    };
    expect(nonlinearCg().minimize(wrong, new Float64Array(2)).status).toBe("stalled");
  });
});
