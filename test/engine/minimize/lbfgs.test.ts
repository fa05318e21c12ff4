import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError, NumericalError, ShapeError } from "../../../src/engine/errors/index.ts";
import { lbfgs, type Objective } from "../../../src/engine/minimize/index.ts";
import { type LinePoint, type LineSearchResult, lineSearch } from "../../../src/engine/minimize/lineSearch.ts";
import { randomStreams } from "../../../src/engine/random/index.ts";
import { lorenz4dvar, quadratic, rosenbrock } from "./problems.ts";

const far = (x: Float64Array, t: ArrayLike<number>): number =>
  x.reduce((worst, value, i) => Math.max(worst, Math.abs(value - t[i]!)), 0);

describe("lbfgs", () => {
  it("solves a small 3D-Var to machine level", () => {
    // ½‖x‖² + ½‖x − y‖²: Hessian 2, minimum y/2, cost there ‖y‖²/4.
    const y = [3, -5, 100];
    const half = y.map((value) => value / 2);
    const result = lbfgs().minimize(quadratic([2, 2, 2], half, 2508.5), new Float64Array(3));
    expect(result.status).toBe("converged");
    expect(far(result.x, half)).toBeLessThan(1e-12);
    expect(result.evaluations).toBeLessThan(10);
    expect(result.value).toBeCloseTo(2508.5, 9);
  });

  it("solves a badly scaled 4D-Var of Lorenz 63", () => {
    // Cost 3e9 at the start; the observations' weight puts the minimum within 2e-6 of the truth.
    const truth: [number, number, number] = [1.509, -1.531, 25.46];
    const objective = lorenz4dvar(truth, [2, -1, 24], 0.001);
    const result = lbfgs().minimize(objective, Float64Array.of(2, -1, 24));
    expect(result.history[0]!.value).toBeGreaterThan(1e9);
    expect(result.status).toBe("converged");
    expect(far(result.x, truth)).toBeLessThan(3e-6);
    expect(result.evaluations).toBeLessThan(60);
    const again = lbfgs().minimize(objective, Float64Array.of(1.6, -1.5, 25.5));
    expect(far(again.x, result.x)).toBeLessThan(1e-8);
    for (const { parts, value } of result.history) expect(parts!.Jb! + parts!.Jo!).toBe(value);
    expect(result.history[0]!.parts!.Jb).toBe(0);
  });

  it.each([
    [2, 60],
    [10, 130],
  ])("walks Rosenbrock's valley, n = %i", (n, evaluations) => {
    const x0 = Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
    const result = lbfgs().minimize(rosenbrock(n), x0);
    expect(far(result.x, new Float64Array(n).fill(1))).toBeLessThan(1e-7);
    expect(result.evaluations).toBeLessThan(evaluations);
    expect(x0[0]).toBe(-1.2);
  });

  it("solves quadratics of condition number 1e6, sooner with more memory", () => {
    const d = Array.from({ length: 20 }, (_, i) => 10 ** ((6 * i) / 19));
    const t = randomStreams(1).stream("target").normals(20);
    const short = lbfgs({ iterations: 5000 }).minimize(quadratic(d, t), new Float64Array(20));
    const long = lbfgs({ memory: 40 }).minimize(quadratic(d, t), new Float64Array(20));
    for (const { x, status } of [short, long]) {
      expect(status).toBe("converged");
      expect(far(x, t)).toBeLessThan(1e-3);
    }
    expect(long.evaluations).toBeLessThan(short.evaluations / 3);
  });

  it("finds the minimum of random quadratics from anywhere", () => {
    const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), number, number), { minLength: 1, maxLength: 6 }),
        number,
        (entries, offset) => {
          const d = entries.map(([power]) => 10 ** power);
          const t = entries.map(([, target]) => target);
          const x0 = Float64Array.from(entries, ([, , start]) => start);
          const result = lbfgs().minimize(quadratic(d, t, offset), x0);
          expect(result.status).toBe("converged");
          expect(result.value).toBeLessThanOrEqual(offset + 1e-9 * (1 + Math.abs(offset) + result.history[0]!.value));
        },
      ),
    );
  });

  it("starts at the minimum without ado", () => {
    const exact = lbfgs().minimize(quadratic([1, 4], [3, 5], 7), Float64Array.of(3, 5));
    expect(exact).toMatchObject({ status: "converged", iterations: 0, evaluations: 1, value: 7 });
    const near = lbfgs().minimize(quadratic([1, 1e12], [3, 5], 7), Float64Array.of(3, 5 + 1e-15));
    expect(near.status).toBe("converged");
    const empty = lbfgs().minimize(quadratic([], [], 1), new Float64Array(0));
    expect(empty).toMatchObject({ status: "converged", value: 1 });
  });

  it("copes with single precision", () => {
    const exact = quadratic([1, 10, 1000], [3, 5, 7], 100);
    const rounded: Objective = {
      size: 3,
      evaluate(x) {
        const { value, gradient } = exact.evaluate(x.map(Math.fround));
        return { value: Math.fround(value), gradient: gradient.map(Math.fround) };
      },
    };
    const result = lbfgs().minimize(rounded, new Float64Array(3));
    expect(result.status).toBe("converged");
    expect(result.value).toBeCloseTo(100, 4);
    expect(result.evaluations).toBeLessThan(200);
  });

  it("shrinks steps that leave the domain", () => {
    // x − log x, whose steps from 40 jump below zero.
    const objective: Objective = {
      size: 1,
      evaluate: ([x = 0]) => ({ value: x > 0 ? x - Math.log(x) : NaN, gradient: Float64Array.of(1 - 1 / x) }),
    };
    for (const start of [1e-6, 0.1, 40, 1e4])
      expect(lbfgs({ tolerance: 1e-14 }).minimize(objective, Float64Array.of(start)).x[0]).toBeCloseTo(1, 6);
  });

  it("throws where no finite cost is found", () => {
    const nowhere: Objective = {
      size: 1,
      evaluate: ([x = 0]) => ({ value: x === 1 ? 0 : Infinity, gradient: Float64Array.of(1) }),
    };
    expect(() => lbfgs().minimize(nowhere, Float64Array.of(1))).toThrow(NumericalError);
    expect(() => lbfgs().minimize(nowhere, Float64Array.of(1))).toThrow(/^cost: no finite cost .* at iteration 0/);
    expect(() => lbfgs().minimize(nowhere, Float64Array.of(2))).toThrow(/starting point \(iteration 0\)/);
    expect(() => lbfgs().minimize(nowhere, new Float64Array(2))).toThrow(ShapeError);
  });

  it("reports a gradient that isn't the cost's", () => {
    const { evaluate } = quadratic([1, 2], [3, 4]);
    const wrong: Objective = {
      size: 2,
      evaluate(x) {
        const { value, gradient } = evaluate(x);
        return { value, gradient: gradient.map((g) => -g) };
      },
    };
    const result = lbfgs().minimize(wrong, new Float64Array(2));
    expect(result.status).toBe("stalled");
    expect(result.reason).toMatch(/does the gradient belong to the cost\?/);
  });

  it("obeys the caller and keeps the history", () => {
    const start = Float64Array.of(-1.2, 1);
    const limited = lbfgs({ iterations: 5 }).minimize(rosenbrock(2), start, { keepIterates: true });
    expect(limited).toMatchObject({ status: "iteration-limit", iterations: 5 });
    expect(limited.history.map(({ iteration }) => iteration)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(limited.history[0]!.x).toEqual(start);
    expect(limited.history[5]!.x).toEqual(limited.last);
    expect(limited.value).toBe(Math.min(...limited.history.map(({ value }) => value)));
    const stopped = lbfgs().minimize(rosenbrock(2), start, { onIteration: ({ iteration }) => iteration < 3 });
    expect(stopped).toMatchObject({ status: "stopped", iterations: 3, reason: "stopped by onIteration" });
    const aborted = lbfgs().minimize(rosenbrock(2), start, { signal: AbortSignal.abort() });
    expect(aborted).toMatchObject({ status: "stopped", iterations: 0, reason: "stopped by the signal" });
  });

  it("freezes and checks its options", () => {
    expect(Object.isFrozen(lbfgs().options)).toBe(true);
    expect(lbfgs({ memory: 3 }).options).toEqual({ iterations: 500, tolerance: 1e-10, memory: 3 });
    expect(() => lbfgs({ memory: 0 })).toThrow(ArgumentError);
    expect(() => lbfgs({ memory: 0 })).toThrow("minimizer.memory: expected an integer of at least 1, got 0");
    expect(() => lbfgs({ tolerance: -1 })).toThrow(/^minimizer\.tolerance: /);
    expect(() => lbfgs({ iterations: 1.5 })).toThrow(/^minimizer\.iterations: /);
  });
});

describe("lineSearch", () => {
  const along =
    (f: (a: number) => number, df: (a: number) => number) =>
    (step: number): { step: number; value: number; slope: number } => ({ step, value: f(step), slope: df(step) });

  /** The search, answered at once. */
  const searched = (trial: (step: number) => LinePoint, start: LinePoint, first: number): LineSearchResult => {
    const steps = lineSearch<number, LinePoint>(
      function* (step) {
        return yield step;
      },
      start,
      first,
    );
    let next = steps.next();
    while (!next.done) next = steps.next(trial(next.value));
    return next.value;
  };

  it("satisfies the strong Wolfe conditions from any first step", () => {
    const cases = [
      along(
        (a) => (a - 2) ** 2,
        (a) => 2 * (a - 2),
      ),
      along(
        (a) => -a / (a * a + 2),
        (a) => (a * a - 2) / (a * a + 2) ** 2,
      ),
      along(
        (a) => (a + 0.004) ** 5 - 2 * (a + 0.004) ** 4,
        (a) => 5 * (a + 0.004) ** 4 - 8 * (a + 0.004) ** 3,
      ),
    ];
    for (const trial of cases)
      for (const first of [1e-3, 0.1, 1, 10, 1e3]) {
        const start = trial(0);
        const found = searched(trial, start, first);
        if (!found.ok) throw new Error("no step");
        const end = trial(found.step);
        expect(end.value).toBeLessThanOrEqual(start.value + 1e-4 * found.step * start.slope);
        expect(Math.abs(end.slope)).toBeLessThanOrEqual(0.9 * Math.abs(start.slope));
      }
  });
});
