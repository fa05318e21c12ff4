// The incremental form, the weak constraint, posterior covariances: identities.
import { describe, expect, it } from "vitest";
import { checkConformance } from "../../src/diagnostics/testing/index.ts";
import { gaussNewton, lbfgs } from "../../src/engine/minimize/index.ts";
import { randomStreams } from "../../src/engine/random/index.ts";
import { collectRun } from "../../src/methods/common/index.ts";
import { kalman } from "../../src/methods/filters/index.ts";
import { rts } from "../../src/methods/smoothers/index.ts";
import { fourDVar, threeDVar, type WindowProblem, windowCosts } from "../../src/methods/variational/index.ts";
import { denseCovariance, diagonalCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import { functionModel, lorenz96 } from "../../src/problem/models/index.ts";
import { functionOperator, identityOperator, indicesOperator } from "../../src/problem/operators/index.ts";
import { linearProblem } from "./problems.ts";

const stream = randomStreams(8).stream("test");
const far = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst: number, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
const exact = gaussNewton({ tolerance: 1e-13, inner: { tolerance: 1e-14, iterations: 200 } });

describe("gauss-newton in linear problems", () => {
  it.each([
    ["strong", 0],
    ["weak", 1],
  ] as const)("%s: is the RTS smoother at every time, means and deviations", async (_, error) => {
    for (const missing of [false, true]) {
      const { problem } = linearProblem(error, missing);
      const window = problem.observations.length;
      const smoother = await collectRun(rts({ filter: kalman() }), problem);
      const method = fourDVar({ window, weak: error > 0, incremental: true, minimizer: exact, posterior: true });
      const run = await collectRun(method, problem);
      for (const [k, cycle] of run.cycles.entries()) {
        expect(far(cycle.analysisMean, smoother.cycles[k]!.smootherMean!)).toBeLessThan(1e-10);
        expect(far(cycle.analysisSpread!, smoother.cycles[k]!.smootherSpread!)).toBeLessThan(1e-10);
      }
      const [first] = run.cycles;
      expect(first!.window!.converged).toBe(true);
      // One outer loop, and a second one for what rounding left, if any.
      expect(first!.window!.history.length).toBeLessThan(4);
    }
  });

  it("has the minimum of the full form, for strong and weak constraints", () => {
    const { problem } = linearProblem(1);
    for (const weak of [false, true]) {
      const [incremental, full] = [exact, lbfgs({ tolerance: 1e-14, memory: 60, iterations: 2000 })].map((minimizer) =>
        fourDVar({ ...problem, weak, minimizer }),
      );
      expect(far(incremental!.state, full!.state)).toBeLessThan(1e-10);
      expect(Math.abs(incremental!.J / full!.J - 1)).toBeLessThan(1e-12);
      if (weak) expect(far(incremental!.errors!, full!.errors!)).toBeLessThan(1e-9);
      expect(incremental!.minimization.gradientNorm / incremental!.minimization.history[0]!.gradientNorm).toBeLessThan(
        1e-12,
      );
    }
  });

  it("weak tends to strong as Q vanishes, in proportion to it, and is strong with Q = 0", () => {
    const { problem } = linearProblem(1);
    const { state: strong } = fourDVar({ ...problem, minimizer: exact });
    const differences = [1e-4, 1e-6, 1e-8].map((factor) => {
      const { state } = fourDVar({
        ...problem,
        modelError: problem.modelError!.scaled(factor),
        weak: true,
        minimizer: exact,
      });
      return far(state, strong);
    });
    expect(differences[2]).toBeLessThan(1e-6);
    expect(differences[0]! / differences[1]!).toBeCloseTo(100, -1);
    expect(differences[1]! / differences[2]!).toBeCloseTo(100, -1);
    const none = fourDVar({ ...problem, modelError: scalarCovariance(4, 0), weak: true, minimizer: exact });
    expect(far(none.state, strong)).toBeLessThan(1e-12);
    expect(none.errors!.every((value) => value === 0)).toBe(true);
  });

  it("takes model errors of a part of the variables alone", async () => {
    const { problem } = linearProblem(0);
    const modelError = diagonalCovariance(Float64Array.of(0.5, 0, 0, 0.1));
    const whole = { ...problem, modelError };
    const smoother = await collectRun(rts({ filter: kalman() }), whole);
    const run = await collectRun(fourDVar({ window: 6, weak: true, minimizer: exact }), whole);
    for (const [k, { analysisMean }] of run.cycles.entries())
      expect(far(analysisMean, smoother.cycles[k]!.smootherMean!)).toBeLessThan(1e-10);
  });
});

describe("the posterior covariance", () => {
  it("is Kalman's in linear problems", async () => {
    const { problem } = linearProblem(0);
    const single = { ...problem, observations: problem.observations.slice(0, 1) };
    const run = await collectRun(kalman(), single);
    const whole = await collectRun(fourDVar({ posterior: true, minimizer: exact }), single);
    expect(far(whole.cycles[0]!.analysisSpread!, run.cycles[0]!.analysisSpread!)).toBeLessThan(1e-10);
    // (B⁻¹ + Σ MᵀHᵀR⁻¹HM)⁻¹ by the definition.
    const { model, background, observations } = problem;
    const precision = Array.from({ length: 4 }, (_, j) => {
      const e = Float64Array.from({ length: 4 }, (_, i) => (i === j ? 1 : 0));
      const column = background.covariance.solve(e);
      for (const { step, operator, error } of observations) {
        const x = model.advance(step).apply(e) as Float64Array;
        const weighted = error.solve(operator.apply(x) as Float64Array);
        const back = model.advance(step).adjoint!(e, operator.adjoint!(x, weighted) as Float64Array) as Float64Array;
        back.forEach((value, i) => {
          column[i]! += value;
        });
      }
      return column;
    });
    const analysis = fourDVar({ ...problem, minimizer: exact });
    const A = analysis.posterior();
    for (let j = 0; j < 4; j++) {
      const e = Float64Array.from({ length: 4 }, (_, i) => (i === j ? 1 : 0));
      expect(far(A.apply(Float64Array.from(precision, (column) => column[j]!)), e)).toBeLessThan(1e-10);
    }
    const exactly = A.diagonal();
    const draws = Array.from({ length: 4000 }, () => A.sample(stream));
    exactly.forEach((value, i) => {
      const variance = draws.reduce((sum, x) => sum + x[i]! ** 2, 0) / draws.length;
      expect(Math.abs(variance / value - 1)).toBeLessThan(0.1);
    });
  });
  it("leaves what too few vectors don't find as the background has it", () => {
    const n = 30;
    const B = denseCovariance({
      data: Float64Array.from({ length: n * n }, (_, k) => 0.7 ** Math.abs(Math.floor(k / n) - (k % n))),
      shape: [n, n],
    });
    const operator = indicesOperator(n, [3, 9, 10, 20, 28]);
    const analysis = threeDVar({
      background: { mean: new Float64Array(n), covariance: B },
      observations: { operator, error: scalarCovariance(5, 0.05), values: stream.normals(5) },
      minimizer: exact,
    });
    const exactly = analysis.posterior().diagonal();
    expect(far(analysis.posterior({ vectors: 8 }).diagonal(), exactly)).toBeLessThan(1e-12);
    const coarse = analysis.posterior({ vectors: 4 }).diagonal();
    coarse.forEach((value, i) => {
      expect(value).toBeGreaterThan(exactly[i]! - 1e-3);
    });
    expect(far(coarse, exactly)).toBeGreaterThan(1e-2);
    const S = B.restrict([3, 9, 10, 20, 28]).dense();
    for (let i = 0; i < 5; i++) S[6 * i]! += 0.05;
    const K = denseCovariance({ data: S, shape: [5, 5] });
    const row = operator.apply(B.apply(Float64Array.from({ length: n }, (_, i) => (i === 12 ? 1 : 0))));
    const fall = K.solve(row).reduce((sum, value, i) => sum + value * row[i]!, 0);
    expect(Math.abs(B.diagonal()[12]! - fall - exactly[12]!)).toBeLessThan(1e-12);
  });
  it("goes through the conformance suite", async () => {
    const { problem } = linearProblem(1);
    for (const weak of [false, true]) {
      const { passed } = await checkConformance(fourDVar({ ...problem, weak, minimizer: exact }).posterior());
      expect(passed).toBe(true);
    }
  });
  it("needs the control sqrt", () => {
    const { problem } = linearProblem(0);
    expect(() => fourDVar({ ...problem, control: "state" }).posterior()).toThrow(/control "sqrt"/);
  });
});

describe("products with the curvature", () => {
  const n = 8;
  const model = lorenz96({ size: n });
  const B = denseCovariance({
    data: Float64Array.from({ length: n * n }, (_, k) => 0.8 * 0.5 ** Math.abs(Math.floor(k / n) - (k % n))),
    shape: [n, n],
  });
  const R = denseCovariance({
    data: Float64Array.from({ length: n * n }, (_, k) => 0.3 ** Math.abs(Math.floor(k / n) - (k % n))),
    shape: [n, n],
  });
  const mean = stream.normals(n).map((value) => 3 + value);
  const observations = [0, 2, 4, 7].map((step) => ({
    step,
    values: stream.normals(n).map((value, i) => (step === 4 && i === 2 ? Number.NaN : 3 + 3 * value)),
    operator: identityOperator(n),
    error: step === 7 ? R : diagonalCovariance(Float64Array.from({ length: n }, (_, i) => 0.5 + i / 10)),
  }));
  const plainModel = functionModel({
    name: "by hand",
    shape: [n],
    dt: model.dt,
    step: (x: Float64Array) => model.advance(1).apply(x),
    tangent: (x: Float64Array, dx: Float64Array) => model.advance(1).tangent(x, dx),
    adjoint: (x: Float64Array, dy: Float64Array) => model.advance(1).adjoint(x, dy),
  });
  const independent = observations.slice(0, 3);
  const problems: [string, WindowProblem][] = [
    ["strong", { model, background: { mean, covariance: B }, observations }],
    ["weak", { model, background: { mean, covariance: B }, observations, modelError: R.scaled(0.3) }],
    ["robust", { model, background: { mean, covariance: B }, observations: independent, huber: 1.2 }],
    [
      "fixed increments",
      {
        model,
        background: { mean, covariance: B },
        observations,
        references: observations.map(({ step }) => (step === 0 ? mean : model.advance(step).apply(mean))),
      },
    ],
    ["checkpoints", { model, background: { mean, covariance: B }, observations, checkpoint: true }],
    ["the state as the control", { model, background: { mean, covariance: B }, observations, control: "state" }],
  ];

  it.each(problems)("%s: cost, gradient and product are those of hand-written derivatives", (_, problem) => {
    const costs = windowCosts("4dvar");
    const [a, b] = [
      costs.cost(problem),
      costs.cost({
        ...problem,
        model: plainModel,
        observations: problem.observations.map((o) => ({
          ...o,
          operator: functionOperator({
            name: "by hand",
            inShape: [n],
            outShape: [n],
            fn: (x: Float64Array) => x.slice(),
            tangent: (_x: Float64Array, dx: Float64Array) => dx.slice(),
            adjoint: (_x: Float64Array, dy: Float64Array) => dy.slice(),
          }),
        })),
      }),
    ];
    const z = a.start().map((value) => value + 0.2 * stream.normal());
    const [one, two] = [a.evaluate(z), b.evaluate(z)];
    expect(Math.abs(one.value / two.value - 1)).toBeLessThan(1e-12);
    const scale = Math.hypot(...one.gradient);
    expect(far(one.gradient, two.gradient)).toBeLessThan(1e-11 * scale);
    const [v, w] = [stream.normals(z.length), stream.normals(z.length)];
    const Av = a.curvature!(z, v).slice();
    const Aw = a.curvature!(z, w).slice();
    expect(far(Av, b.curvature!(z, v))).toBeLessThan(1e-11 * Math.hypot(...Av));
    const dot = (p: Float64Array, q: Float64Array) => p.reduce((sum, x, i) => sum + x * q[i]!, 0);
    expect(Math.abs(dot(w, Av) / dot(v, Aw) - 1)).toBeLessThan(1e-11);
    expect(dot(v, Av)).toBeGreaterThan(0);
  });

  it.each(problems)("%s: the gradient is that of the cost", (_, problem) => {
    const cost = windowCosts("4dvar").cost(problem);
    const z = cost.start().map((value) => value + 0.1 * stream.normal());
    const gradient = cost.evaluate(z).gradient.slice();
    const direction = stream.normals(z.length);
    const slope = direction.reduce((sum, d, i) => sum + d * gradient[i]!, 0);
    const errors = [1e-3, 1e-4].map((h) => {
      const [plus, minus] = [h, -h].map((by) => cost.evaluate(z.map((v, i) => v + by * direction[i]!)).value);
      return Math.abs((plus! - minus!) / (2 * h) - slope);
    });
    // A cost that is quadratic along the line has no error but rounding.
    if (errors[0]! > 1e-8 * Math.abs(slope)) expect(Math.log10(errors[0]! / errors[1]!)).toBeGreaterThan(1.8);
  });

  it("checkpoints change nothing, whatever is found", () => {
    for (const modelError of [undefined, R.scaled(0.3)]) {
      const problem = { model, background: { mean, covariance: B }, observations, ...(modelError && { modelError }) };
      const costs = windowCosts("4dvar");
      const [a, b] = [costs.cost(problem), costs.cost({ ...problem, checkpoint: true })];
      const z = stream.normals(a.size).map((value) => 0.2 * value);
      const [one, two] = [a.evaluate(z), b.evaluate(z)];
      expect(two.value).toBe(one.value);
      expect(far(one.gradient, two.gradient)).toBeLessThan(1e-12 * Math.hypot(...one.gradient));
    }
  });

  it("is the Hessian where departures are linear", () => {
    const problem = problems.find(([name]) => name === "fixed increments")![1];
    const cost = windowCosts("4dvar").cost(problem);
    const z = stream.normals(cost.size);
    const v = stream.normals(cost.size);
    const before = cost.evaluate(z).gradient.slice();
    const after = cost.evaluate(z.map((value, i) => value + v[i]!)).gradient;
    const Av = cost.curvature!(z, v);
    expect(
      far(
        after.map((value, i) => value - before[i]!),
        Av,
      ),
    ).toBeLessThan(1e-10 * Math.hypot(...Av));
  });

  it("says which operator has no tangent", () => {
    const operator = functionOperator({
      name: "adjoint alone",
      inShape: [n],
      outShape: [n],
      fn: (x: Float64Array) => x,
      adjoint: (_x: Float64Array, dy: Float64Array) => dy,
    });
    const cost = windowCosts("3dvar").cost({
      background: { mean, covariance: B },
      observations: [{ ...observations[0]!, operator }],
    });
    expect(() => cost.curvature!(new Float64Array(n), new Float64Array(n))).toThrow(
      /"adjoint alone".*no tangent.*lbfgs/,
    );
  });
});

describe("eigenpairs as preconditioner", () => {
  it("save a good part of the products of later outer loops, for the same analysis", () => {
    // A few accurate observations of a window of Lorenz 96.
    const n = 40;
    const model = lorenz96({ size: n });
    const draws = randomStreams(4).stream("precondition");
    const x0 = model.advance(500).apply(draws.normals(n).map((value) => 2 + value));
    const operator = indicesOperator(n, [0, 1, 2, 8, 9, 10, 20, 21, 22, 30]);
    const observations = [2, 4, 6, 8].map((step) => ({
      step,
      time: step * model.dt,
      values: (model.advance(step).apply(x0) as Float64Array).filter((_, i) => operator.indices!.includes(i)),
      operator,
      error: scalarCovariance(10, 1e-4),
    }));
    const background = { mean: x0.map((value) => value + 0.3 * draws.normal()), covariance: scalarCovariance(n, 0.1) };
    const [plain, better] = [0, 20].map((pairs) =>
      fourDVar({
        model,
        background,
        observations,
        minimizer: gaussNewton({
          pairs,
          iterations: 20,
          tolerance: 1e-10,
          inner: { tolerance: 1e-3, iterations: 500 },
        }),
      }),
    );
    const products = (analysis: typeof plain) => analysis!.minimization.inner!.map(({ iterations }) => iterations);
    expect(plain!.minimization.status).toBe("converged");
    expect(better!.minimization.status).toBe("converged");
    expect(far(plain!.state, better!.state)).toBeLessThan(1e-5);
    const total = (all: readonly number[]) => all.reduce((a, b) => a + b, 0);
    const mean = (all: readonly number[]) => total(all.slice(1)) / (all.length - 1);
    // 14 24 41 43 52 58 without, 13 25 19 14 17 20 19 15 with them.
    expect(mean(products(better))).toBeLessThan(0.5 * mean(products(plain)));
    expect(total(products(better))).toBeLessThan(0.7 * total(products(plain)));
  });
});
