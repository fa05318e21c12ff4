import { expect, it } from "vitest";
import { compile } from "../../../src/engine/execute/index.ts";
import { trace, valueAndGrad, vmap } from "../../../src/engine/graph/index.ts";
import { adam, type Evaluation, lbfgs, minimizeTogether } from "../../../src/engine/minimize/index.ts";
import { quadratic } from "./problems.ts";

/** Rosenbrock's valley with its minimum at (a, a²), as one graph. */
const valley = valueAndGrad(
  trace(
    (x, a) => {
      const [first, second] = [x!.at(0), x!.at(1)];
      return second.sub(first.square()).square().mul(100).add(a!.sub(first).square());
    },
    [[2], []],
  ),
  [0],
);
const places = [1, -0.5, 2, 0];
const starts = places.map((_, i) => Float64Array.of(-1.2, 1 + i));

it.each([lbfgs(), adam({ iterations: 60, learningRate: 0.05 })])(
  "$name takes the steps that it would take alone, all costs of a round in one call of a batched graph",
  async (minimizer) => {
    const N = places.length;
    const [one, all] = [compile(valley), compile(vmap(valley, N))];
    const alone = places.map((a, i) => {
      const objective = {
        size: 2,
        evaluate(x: Float64Array): Evaluation {
          const [value, gradient] = one.runSync([x, a]);
          return { value: value!.data[0]!, gradient: Float64Array.from(gradient!.data) };
        },
      };
      return minimizer.minimize(objective, starts[i]!);
    });
    const rounds: number[][] = [];
    const latest = new Float64Array(2 * N);
    const together = await minimizeTogether(
      minimizer,
      {
        size: 2,
        evaluate(points, which) {
          rounds.push([...which]);
          which.forEach((problem, k) => {
            latest.set(points[k]!, 2 * problem);
          });
          const [values, gradients] = all.runSync([{ data: latest, shape: [N, 2] }, Float64Array.from(places)]);
          return which.map((problem) => ({
            value: values!.data[problem]!,
            gradient: Float64Array.from(gradients!.data.subarray(2 * problem, 2 * problem + 2)),
          }));
        },
      },
      starts,
    );
    expect(together).toEqual(alone);
    expect(rounds.length).toBe(Math.max(...alone.map(({ evaluations }) => evaluations)));
    places.forEach((_, i) => {
      expect(rounds.filter((which) => which.includes(i)).length).toBe(alone[i]!.evaluations);
    });
    if (minimizer.name === "lbfgs") {
      expect(new Set(alone.map(({ evaluations }) => evaluations)).size).toBeGreaterThan(1);
      together.forEach(({ x, status }, i) => {
        expect(status).toBe("converged");
        expect(Math.abs(x[0]! - places[i]!)).toBeLessThan(1e-7);
      });
    }
  },
);

it("waits for promises, and minimises nothing at once", async () => {
  const parts = [quadratic([1, 4], [1, 2], 0), quadratic([2, 3], [-1, 0], 0)];
  const objective = {
    size: 2,
    evaluate: async (points: readonly Float64Array[], which: readonly number[]) =>
      points.map((x, k) => parts[which[k]!]!.evaluate(x)),
  };
  const [a, b] = await minimizeTogether(lbfgs(), objective, [new Float64Array(2), new Float64Array(2)]);
  expect(Math.abs(a!.x[1]! - 2) + Math.abs(b!.x[0]! + 1)).toBeLessThan(1e-8);
  expect(await minimizeTogether(lbfgs(), objective, [])).toEqual([]);
});

it("says what is wrong with one problem, or with the answers", async () => {
  const objective = (bad: number) => ({
    size: 1,
    evaluate: (points: readonly Float64Array[], which: readonly number[]) =>
      which.map((problem, k) => ({
        value: problem === bad ? Number.NaN : points[k]![0]! ** 2,
        gradient: Float64Array.of(2 * points[k]![0]!),
      })),
  });
  const starts = [Float64Array.of(1), Float64Array.of(2)];
  await expect(minimizeTogether(lbfgs(), objective(1), starts)).rejects.toThrow("NaN");
  await expect(minimizeTogether(lbfgs(), objective(2), [Float64Array.of(1), new Float64Array(2)])).rejects.toThrow();
  const few = { size: 1, evaluate: () => [] };
  await expect(minimizeTogether(lbfgs(), few, starts)).rejects.toThrow("objective: expected 2 evaluations, got 0");
});
