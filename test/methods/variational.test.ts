import { describe, expect, it } from "vitest";
import { stack, type Tensor } from "../../src/engine/graph/index.ts";
import { lbfgs } from "../../src/engine/minimize/index.ts";
import { randomStreams } from "../../src/engine/random/index.ts";
import { toNdArray } from "../../src/engine/tensor/index.ts";
import { collectRun } from "../../src/methods/common/index.ts";
import { kalman } from "../../src/methods/filters/index.ts";
import type { Problem } from "../../src/methods/method.ts";
import { fourDVar, threeDVar, type WindowProblem, windowCosts } from "../../src/methods/variational/index.ts";
import { denseCovariance, diagonalCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import { functionModel, lorenz63, lorenz96 } from "../../src/problem/models/index.ts";
import {
  functionOperator,
  identityOperator,
  indicesOperator,
  tracedOperator,
} from "../../src/problem/operators/index.ts";
import { linearProblem } from "./problems.ts";

const stream = randomStreams(5).stream("test");

describe("tutorials", () => {
  it("3D-Var reaches the exact minimum in few evaluations", () => {
    const result = threeDVar({
      background: { mean: new Float64Array(3), covariance: scalarCovariance(3, 1) },
      observations: {
        operator: identityOperator(3),
        error: scalarCovariance(3, 1),
        values: Float64Array.of(10, 20, 30),
      },
    });
    [5, 10, 15].forEach((value, i) => {
      expect(Math.abs(result.state[i]! - value)).toBeLessThan(1e-8);
    });
    expect(Math.abs(2 * result.J - 700)).toBeLessThan(1e-9);
    expect(result.minimization.evaluations).toBeLessThan(30);
  });

  it.each([[[1, 1, 1]], [[0.5, 0.5, 1.5]], [[2, 2, 2]]])(
    "4D-Var recovers the start of a chaotic path from %j",
    async (xb) => {
      const model = lorenz63({ rho: 35, dt: 1e-3, scheme: "euler" });
      const x0 = Float64Array.of(0, 1, 2);
      const operator = identityOperator(3);
      const error = scalarCovariance(3, 4e-8);
      const at = (step: number) => (step === 0 ? x0 : model.advance(step).apply(x0));
      const observations = [0, 500, 1000].map((step) => ({
        step,
        time: step * 1e-3,
        values: at(step),
        operator,
        error,
      }));
      const result = fourDVar({
        model,
        background: { mean: Float64Array.from(xb), covariance: scalarCovariance(3, 1) },
        observations,
      });
      x0.forEach((value, i) => {
        expect(Math.abs(result.state[i]! - value)).toBeLessThan(1e-6);
      });
      expect(result.minimization.evaluations).toBeLessThan(150);
      expect(result.minimization.status).toBe("converged");
    },
  );
});

describe("window costs", () => {
  const n = 12;
  const model = lorenz96({ size: n });
  const nonlinear = tracedOperator({
    name: "squares",
    inShape: [n],
    outShape: [3],
    fn: (x: Tensor) => stack([x.at(0).square(), x.at(4).mul(x.at(5)), x.at(9)]),
  });
  const dense3 = denseCovariance(
    toNdArray([
      [1, 0.3, 0],
      [0.3, 2, 0.1],
      [0, 0.1, 0.5],
    ]),
  );
  const B = denseCovariance({
    data: Float64Array.from({ length: n * n }, (_, k) => 0.8 * 0.5 ** Math.abs(Math.floor(k / n) - (k % n))),
    shape: [n, n],
  });
  const observation = (step: number, missing: number[] = []) => {
    const values = stream.normals(3).map((value) => 2 + value);
    for (const i of missing) values[i] = Number.NaN;
    return { step, values, operator: nonlinear, error: dense3 };
  };
  const identity = identityOperator(n);
  const all = (step: number, missing: number[] = []) => {
    const values = stream.normals(n);
    for (const i of missing) values[i] = Number.NaN;
    return { step, values, operator: identity, error: unit };
  };
  const unit = diagonalCovariance(Float64Array.from({ length: n }, (_, i) => 0.5 + i / 10));
  const mean = stream.normals(n).map((value) => 3 + value);
  const background = { mean, covariance: B };
  const windows: [string, WindowProblem][] = [
    ["equal gaps", { model, background, observations: [all(2), all(4), all(6)] }],
    ["an observation at the start", { model, background, observations: [all(0), all(3), all(6)] }],
    ["unequal gaps", { model, background, observations: [observation(1), observation(4), observation(6)] }],
    ["many unequal gaps", { model, background, observations: [all(1), all(2), all(4), all(7), all(8), all(11)] }],
    ["missing values, independent errors", { model, background, observations: [all(2, [1, 5]), all(4), all(6, [0])] }],
    [
      "missing values, correlated errors",
      { model, background, observations: [observation(1, [1]), observation(4), observation(6, [0, 2])] },
    ],
    [
      "everything missing at one time",
      { model, background, observations: [observation(1), observation(4, [0, 1, 2]), observation(6)] },
    ],
    [
      "operators and errors that change",
      { model, background, observations: [observation(1), all(4), observation(6), all(9)] },
    ],
    ["the state as the control", { model, background, control: "state", observations: [all(2), observation(4)] }],
    ["no model needed", { background, observations: [observation(0)] }],
  ];

  it.each(windows)("%s: the gradient is that of the cost, the cost that of its definition", (_, problem) => {
    const cost = windowCosts("4dvar").cost(problem);
    const z = cost.start().map((value) => value + 0.1 * stream.normal());
    const { value, gradient } = cost.evaluate(z);
    const kept = gradient.slice();
    const direction = stream.normals(z.length);
    const slope = direction.reduce((sum, d, i) => sum + d * kept[i]!, 0);
    const errors = [1e-2, 1e-3].map((h) => {
      const plus = cost.evaluate(z.map((v, i) => v + h * direction[i]!)).value;
      const minus = cost.evaluate(z.map((v, i) => v - h * direction[i]!)).value;
      return Math.abs((plus - minus) / (2 * h) - slope);
    });
    expect(Math.log10(errors[0]! / errors[1]!)).toBeGreaterThan(1.9);
    const x0 = cost.state(z);
    const departure = x0.map((v, i) => v - mean[i]!);
    let J = 0.5 * departure.reduce((sum, d, i) => sum + d * B.solve(departure)[i]!, 0);
    for (const { step, values, operator, error } of problem.observations) {
      const x = step === 0 ? x0 : model.advance(step).apply(x0);
      const seen = [...values.keys()].filter((i) => !Number.isNaN(values[i]!));
      if (seen.length === 0) continue;
      const Hx = operator.apply(x) as Float64Array;
      const d = Float64Array.from(seen, (i) => values[i]! - Hx[i]!);
      J +=
        0.5 *
        error
          .restrict(seen)
          .solve(d)
          .reduce((sum, w, i) => sum + w * d[i]!, 0);
    }
    expect(Math.abs(value / J - 1)).toBeLessThan(1e-12);
  });

  it.each(windows.filter(([name]) => name !== "no model needed"))(
    "%s: hand-written adjoints give the same",
    (_, problem) => {
      const plain = functionModel({
        name: "by hand",
        shape: [n],
        dt: model.dt,
        step: (x: Float64Array) => model.advance(1).apply(x),
        adjoint: (x: Float64Array, dy: Float64Array) => model.advance(1).adjoint(x, dy),
      });
      const costs = windowCosts("4dvar");
      const [a, b] = [costs.cost(problem), costs.cost({ ...problem, model: plain })];
      const z = a.start().map((value) => value + 0.1 * stream.normal());
      const [one, two] = [a.evaluate(z), b.evaluate(z)];
      expect(Math.abs(one.value / two.value - 1)).toBeLessThan(1e-12);
      one.gradient.forEach((g, i) => {
        expect(Math.abs(g - two.gradient[i]!)).toBeLessThan(1e-9 * (1 + Math.abs(g)));
      });
    },
  );

  it("says which operator has no derivative", () => {
    const H = functionOperator({
      name: "black box",
      inShape: [n],
      outShape: [1],
      fn: (x: Float64Array) => x.slice(0, 1),
    });
    const observations = [{ step: 0, values: Float64Array.of(1), operator: H, error: scalarCovariance(1, 1) }];
    expect(() => windowCosts("3dvar").cost({ background, observations })).toThrow(
      /3dvar: .*"black box".*plain function/,
    );
  });

  it("refuses what doesn't fit, by name", () => {
    const costs = windowCosts("4dvar");
    expect(() => costs.cost({ model, background, observations: [all(4), all(2)] })).toThrow(
      /observations\[1\]\.step: expected increasing/,
    );
    expect(() => costs.cost({ model, background, observations: [{ ...all(1), values: new Float64Array(3) }] })).toThrow(
      /observations\[0\]\.values: expected 12 numbers/,
    );
    expect(() =>
      costs.cost({ background: { mean: mean.map(() => Number.NaN), covariance: B }, observations: [all(0)] }),
    ).toThrow(/background\.mean: expected finite/);
  });

  it("reports a cost that isn't finite", () => {
    const observations = [
      { step: 900, values: new Float64Array(3), operator: identityOperator(3), error: scalarCovariance(3, 1) },
    ];
    const wild = {
      model: lorenz63({ dt: 0.2 }),
      background: { mean: Float64Array.of(30, 30, 30), covariance: scalarCovariance(3, 1) },
      observations: observations.map((o) => ({ ...o, time: 0 })),
    };
    expect(() => fourDVar(wild)).toThrow(/finite/);
  });
});

describe("linear problems", () => {
  it("3D-Var's mean is Kalman's, 4D-Var ends where Kalman's filter ends", async () => {
    const { problem } = linearProblem(0);
    const filter = await collectRun(kalman(), problem);
    const minimizer = lbfgs({ tolerance: 1e-14, memory: 30 });
    const smoother = await collectRun(fourDVar({ window: problem.observations.length, minimizer }), problem);
    const n = problem.model.size;
    const last = problem.observations.length - 1;
    for (let i = 0; i < n; i++)
      expect(
        Math.abs(smoother.analysisMean.data[last * n + i]! - filter.analysisMean.data[last * n + i]!),
      ).toBeLessThan(1e-9);
    const single: Problem = { ...problem, observations: problem.observations.slice(0, 1) };
    const covariance = filterCovariance(single);
    const three = await collectRun(threeDVar({ covariance, minimizer }), single);
    for (let i = 0; i < n; i++)
      expect(Math.abs(three.analysisMean.data[i]! - filter.analysisMean.data[i]!)).toBeLessThan(1e-10);
  });
});

/** M B Mᵀ at the first observation time. */
function filterCovariance({ model, observations, background }: Problem) {
  const n = model.size;
  const M = model.advance(observations[0]!.step);
  const B = background.covariance.dense();
  const columns = Array.from(
    { length: n },
    (_, j) => M.apply(Float64Array.from({ length: n }, (_, i) => B[i * n + j]!)) as Float64Array,
  );
  const rows = Array.from(
    { length: n },
    (_, i) => M.apply(Float64Array.from({ length: n }, (_, j) => columns[j]![i]!)) as Float64Array,
  );
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) data[i * n + j] = 0.5 * (rows[i]![j]! + rows[j]![i]!);
  return denseCovariance({ data, shape: [n, n] });
}

describe("cycling", () => {
  const model = lorenz63();
  const operator = indicesOperator(3, [0, 2]);
  const error = scalarCovariance(2, 2);
  const truth = Float64Array.of(1.509, -1.531, 25.46);
  const steps = [0, 10, 25, 40, 48, 60, 70];
  const draws = randomStreams(1).stream("observations");
  const problem: Problem = {
    model,
    background: { mean: Float64Array.of(2, -1, 24), covariance: scalarCovariance(3, 2) },
    observations: steps.map((step) => {
      const x = step === 0 ? truth : model.advance(step).apply(truth);
      return {
        step,
        time: step * 0.01,
        values: Float64Array.of(x[0]! + draws.normal(), x[2]! + draws.normal()),
        operator,
        error,
      };
    }),
  };
  it("goes through unequal windows and gives each observation time once", async () => {
    const run = await collectRun(fourDVar({ window: 3 }), problem);
    expect(run.cycles.map(({ step }) => step)).toEqual(steps);
    expect(
      run.cycles.flatMap(({ window }) => (window === undefined ? [] : [[window.index, window.startStep]])),
    ).toEqual([
      [0, 0],
      [1, 25],
      [2, 60],
    ]);
    for (const { window } of run.cycles) if (window !== undefined) expect(window.converged).toBe(true);
  });
  it("goes on from a saved state as if it had not stopped", async () => {
    for (const method of [fourDVar({ window: 3 }), threeDVar()]) {
      const whole = await collectRun(method, problem);
      const after = 2;
      const rest = await collectRun(method, problem, { resume: { after, state: whole.cycles[after]!.state! } });
      expect(rest.analysisMean.data).toEqual(whole.analysisMean.data.slice((after + 1) * 3));
    }
  });
  it("gives the states of every step when asked", async () => {
    const run = await collectRun(fourDVar({ window: 2 }), problem, { everyStep: true });
    const { trajectory, analysisMean } = run.cycles[2]!;
    expect(trajectory!.shape).toEqual([15, 3]);
    expect([...trajectory!.data.slice(-3)]).toEqual([...analysisMean]);
  });
});
