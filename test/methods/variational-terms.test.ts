// What can be asked of a variational analysis besides: overlapping windows, fixed increments, robust costs, biases, parameters, penalties.
import { describe, expect, it } from "vitest";
import { concat, stack, type Tensor } from "../../src/engine/graph/index.ts";
import { gaussNewton, lbfgs } from "../../src/engine/minimize/index.ts";
import { randomStreams } from "../../src/engine/random/index.ts";
import type { NdArray } from "../../src/engine/tensor/index.ts";
import { augmentedModel, augmentedOperator, collectRun } from "../../src/methods/common/index.ts";
import type { Problem } from "../../src/methods/method.ts";
import {
  constantBias,
  digitalFilter,
  digitalFilterPenalty,
  fourDVar,
  threeDVar,
  windowCosts,
} from "../../src/methods/variational/index.ts";
import { blockCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import { functionModel, identityModel, linearModel, lorenz63, lorenz96 } from "../../src/problem/models/index.ts";
import { functionOperator, identityOperator, tracedOperator } from "../../src/problem/operators/index.ts";
import { inverse, linearProblem, product, sum, transposed } from "./problems.ts";

const far = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst: number, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
const exact = gaussNewton({ tolerance: 1e-13, inner: { tolerance: 1e-14, iterations: 200 } });

/** A Lorenz 96 twin experiment, all observed with unit errors every `every` steps. */
function twin(seed: number, count: number, { size = 20, every = 1, R = 1 } = {}): Problem & { truth: Float64Array[] } {
  const draws = randomStreams(seed).stream("twin");
  const model = lorenz96({ size });
  let x = model.advance(500).apply(draws.normals(size).map((value) => 2 + value));
  const mean = x.map((value) => value + draws.normal());
  const operator = identityOperator(size);
  const error = scalarCovariance(size, R);
  const truth: Float64Array[] = [];
  const observations = Array.from({ length: count }, (_, k) => {
    x = model.advance(every).apply(x);
    truth.push(x);
    const step = (k + 1) * every;
    return {
      step,
      time: step * model.dt,
      values: x.map((value) => value + Math.sqrt(R) * draws.normal()),
      operator,
      error,
    };
  });
  return { model, background: { mean, covariance: scalarCovariance(size, 0.15) }, observations, truth };
}

/** Root mean square error of the analyses of a run, the first quarter left out. */
async function errorOf(
  method: ReturnType<typeof fourDVar>,
  problem: Problem,
  truth: readonly Float64Array[],
): Promise<number> {
  const run = await collectRun(method, problem);
  const from = Math.floor(truth.length / 4);
  const errors = run.cycles
    .slice(from)
    .map(
      ({ analysisMean }, k) =>
        analysisMean.reduce((s, v, i) => s + (v - truth[from + k]![i]!) ** 2, 0) / analysisMean.length,
    );
  return Math.sqrt(errors.reduce((s, v) => s + v, 0) / errors.length);
}

describe("overlapping windows", () => {
  // The same Kalman step, by matrices, for each window: x + B Gᵀ (G B Gᵀ + R/w)⁻¹ (y − G x).
  function byMatrices(window: number, shift: number, weights: readonly number[]): Float64Array[] {
    const { problem, F, H, R, P0 } = linearProblem(0);
    const steps = problem.observations.map(({ step }) => step);
    const power = (k: number) => {
      let M = product(F, inverse(F));
      for (let i = 0; i < k; i++) M = product(F, M);
      return M;
    };
    let x: NdArray = { data: problem.background.mean, shape: [4, 1] };
    let start = 0;
    const results: Float64Array[] = [];
    for (let first = 0; first < steps.length; first += shift) {
      const nominal = first + shift - 1;
      const last = Math.min(nominal, steps.length - 1);
      const place = Math.max(-1, nominal - window);
      const next = place < 0 ? 0 : steps[place]!;
      x = product(power(next - start), x);
      start = next;
      const all = steps.flatMap((step, k) => {
        const weight = k > place && k <= last ? (weights[window - 1 - (nominal - k)] ?? 0) : 0;
        return weight > 0 ? [{ step, k, weight }] : [];
      });
      const G = { data: new Float64Array(all.length * 12), shape: [all.length * 3, 4] };
      const S = { data: new Float64Array((all.length * 3) ** 2), shape: [all.length * 3, all.length * 3] };
      const y = { data: new Float64Array(all.length * 3), shape: [all.length * 3, 1] };
      all.forEach(({ step, k, weight }, j) => {
        G.data.set(product(H, power(step - start)).data, 12 * j);
        y.data.set(problem.observations[k]!.values, 3 * j);
        for (let a = 0; a < 3; a++)
          for (let b = 0; b < 3; b++) S.data[(3 * j + a) * 3 * all.length + 3 * j + b] = R.data[3 * a + b]! / weight;
      });
      const BG = product(P0, transposed(G));
      const K = product(BG, inverse(sum(product(G, BG), S)));
      x = sum(x, product(K, sum(y, product(G, x), -1)));
      for (let k = first; k <= last; k++) results.push(product(power(steps[k]! - start), x).data);
    }
    return results;
  }

  it.each([
    [3, 1, undefined],
    [3, 2, undefined],
    [4, 4, undefined],
    [2, 1, [0.5, 0.5]],
    [3, 1, [0.2, 0.3, 0.5]],
    [4, 2, [0.25, 0.5, 0.75, 0.5]],
  ])("window %i, shift %i, weights %j: each window is its own Kalman step", async (window, shift, weights) => {
    const { problem } = linearProblem(0);
    const method = fourDVar({ window, shift, ...(weights && { weights }), minimizer: exact });
    const run = await collectRun(method, problem);
    expect(run.cycles.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    const single = Array.from({ length: window }, (_, i) => (i >= window - shift ? 1 : 0));
    const wanted = byMatrices(window, shift, weights ?? single);
    for (const [k, { analysisMean }] of run.cycles.entries()) expect(far(analysisMean, wanted[k]!)).toBeLessThan(1e-10);
    const after = 2 * shift - 1;
    if (after > 4) return;
    const rest = await collectRun(method, problem, { resume: { after, state: run.cycles[after]!.state! } });
    expect(rest.analysisMean.data).toEqual(run.analysisMean.data.slice((after + 1) * 4));
  });

  it("refuses layouts that make no sense", () => {
    expect(() => fourDVar({ window: 2, shift: 3 })).toThrow(/4dvar: shift: expected at most the window, 2, got 3/);
    expect(() => fourDVar({ window: 2, shift: 1, weights: [0.5, 0.6] })).toThrow(/weights/);
    expect(() => fourDVar({ window: 2, weights: [1] })).toThrow(/weights/);
  });
});

describe("observations anywhere in a window", () => {
  it("are thinned per time, down to none, without one at the start or the end", async () => {
    const { problem } = linearProblem(0);
    const holes = problem.observations.map((o, k) => ({
      ...o,
      values: o.values.map((v, i) => (k === 5 || (k + i) % 2 === 0 ? Number.NaN : v)),
    }));
    const kept = fourDVar({ ...problem, observations: holes, minimizer: exact });
    // The same with the components taken out by hand.
    const seen = problem.observations.flatMap((o, k) => {
      const indices = [0, 1, 2].filter((i) => k !== 5 && (k + i) % 2 !== 0);
      if (indices.length === 0) return [];
      const all = o.operator;
      const operator = tracedOperator({
        name: "some",
        inShape: [4],
        outShape: [indices.length],
        fn: (x: Tensor, t: Tensor) => all.traced!(x, t).take(indices),
      });
      return [
        { ...o, operator, error: o.error.restrict(indices), values: Float64Array.from(indices, (i) => o.values[i]!) },
      ];
    });
    const taken = fourDVar({ ...problem, observations: seen, minimizer: exact });
    expect(far(kept.state, taken.state)).toBeLessThan(1e-12);
    const blind = problem.observations.map((o) => ({ ...o, values: o.values.map(() => Number.NaN) }));
    for (const weak of [false, true]) {
      const nothing = fourDVar({ ...linearProblem(1).problem, observations: blind, weak, minimizer: exact });
      expect(nothing.minimization.status).toBe("converged");
      expect([...nothing.state]).toEqual([...problem.background.mean]);
    }
    expect(() => fourDVar({ ...problem, observations: [] })).toThrow(
      /observations: expected at least one observation time/,
    );
  });
});

describe("first guess at appropriate time", () => {
  const squares = tracedOperator({
    name: "squares",
    inShape: [20],
    outShape: [10],
    fn: (x: Tensor) => x.slice([0], [10]).square().mul(0.1),
  });
  const problem = twin(3, 6, { every: 2 });
  const observations = problem.observations.map((o) => ({
    ...o,
    operator: squares,
    values: squares.apply(o.values),
    error: scalarCovariance(10, 0.5),
  }));

  it("is incremental 4D-Var with M′ = I: one outer loop about the background's trajectory", () => {
    const { model, background } = problem;
    const one = gaussNewton({ iterations: 1, inner: { tolerance: 1e-14, iterations: 100 } });
    const fgat = fourDVar({ model, background, observations, fgat: true, minimizer: one });
    // The same trajectory with an identity for its tangent and adjoint.
    const frozen = functionModel({
      name: "frozen",
      shape: [20],
      dt: model.dt,
      step: (x: Float64Array) => model.advance(1).apply(x) as Float64Array,
      tangent: (_x: Float64Array, dx: Float64Array) => dx.slice(),
      adjoint: (_x: Float64Array, dy: Float64Array) => dy.slice(),
    });
    const costs = windowCosts("4dvar");
    const cost = costs.cost({ model: frozen, background, observations });
    const z = one.minimize(
      {
        size: cost.size,
        evaluate: (v) => (v.every((x) => x === 0) ? cost.evaluate(v) : { value: -1, gradient: v }),
        curvature: (x, v) => cost.curvature!(x, v),
      },
      cost.start(),
    ).x;
    expect(far(fgat.state, cost.state(z))).toBeLessThan(1e-12);
    expect(far(fgat.state, background.mean)).toBeGreaterThan(0.1);
  });

  it("has the deviations of the start all over the window", async () => {
    const model = identityModel({ size: 20 });
    const whole = { ...problem, model, observations };
    const [fixed, moved] = await Promise.all(
      [true, false].map((fgat) => collectRun(fourDVar({ window: 6, fgat, posterior: true, minimizer: exact }), whole)),
    );
    for (const [k, { analysisSpread }] of fixed!.cycles.entries())
      expect(far(analysisSpread!, moved!.cycles[k]!.analysisSpread!)).toBeLessThan(1e-10);
  });

  it("with a model that stands still is 4D-Var, 3D-Var at the start", () => {
    const model = identityModel({ size: 20 });
    const { background } = problem;
    const whole = { model, background, observations, minimizer: exact };
    expect(far(fourDVar({ ...whole, fgat: true }).state, fourDVar(whole).state)).toBeLessThan(1e-12);
  });

  it("cycles without the model's derivatives", async () => {
    const { model, truth, ...rest } = twin(5, 120);
    const plain = functionModel({
      name: "black box",
      shape: [20],
      dt: model.dt,
      step: (x: Float64Array) => model.advance(1).apply(x) as Float64Array,
    });
    const whole = { ...rest, model };
    const method = fourDVar({ window: 3, fgat: true });
    const run = await collectRun(method, { ...rest, model: plain });
    const traced = await collectRun(method, whole);
    expect(far(run.analysisMean.data, traced.analysisMean.data)).toBeLessThan(1e-6);
    const [error, free] = [
      await errorOf(method, whole, truth),
      await errorOf(fourDVar({ window: 3, covariance: scalarCovariance(20, 1e-12) }), whole, truth),
    ];
    expect(error).toBeLessThan(0.6);
    expect(free).toBeGreaterThan(3);
    await expect(collectRun(fourDVar({ window: 3 }), { ...rest, model: plain })).rejects.toThrow(
      /"black box".*4denvar/,
    );
    expect(() => fourDVar({ fgat: true, weak: true })).toThrow(/4dvar: fgat/);
  });
});

describe("weak constraints", () => {
  it("are better than strong ones where the model errs: 0.48 instead of 0.65", async () => {
    const draws = randomStreams(51).stream("model error");
    const model = lorenz96({ size: 20 });
    const modelError = scalarCovariance(20, 4);
    const noise = modelError.scaled(model.dt);
    let x = model.advance(500).apply(draws.normals(20).map((value) => 2 + value));
    const mean = x.map((value) => value + draws.normal());
    const truth: Float64Array[] = [];
    const operator = identityOperator(20);
    const observations = Array.from({ length: 120 }, (_, k) => {
      const error = noise.sample(draws);
      x = model
        .advance(1)
        .apply(x)
        .map((value, i) => value + error[i]!);
      truth.push(x);
      const values = x.map((value) => value + draws.normal());
      return { step: k + 1, time: (k + 1) * model.dt, values, operator, error: scalarCovariance(20, 1) };
    });
    const problem = { model, background: { mean, covariance: scalarCovariance(20, 0.3) }, observations, modelError };
    const [strong, weak] = await Promise.all(
      [false, true].map((weak) => errorOf(fourDVar({ window: 8, weak, incremental: true }), problem, truth)),
    );
    expect(weak).toBeLessThan(0.8 * strong!);
  });
});

describe("robust costs", () => {
  const clean = twin(11, 400);
  const draws = randomStreams(12).stream("outliers");
  const observations = clean.observations.map((o) => ({
    ...o,
    values: o.values.map((v) => (draws.uniform() < 0.05 ? v + (draws.uniform() < 0.5 ? 15 : -15) : v)),
  }));
  const dirty = { ...clean, observations };

  it("with an infinite constant are Gaussian, to the bit, and with a large one, too", async () => {
    const [plain, infinite, large] = await Promise.all(
      [{}, { robust: { huber: Number.POSITIVE_INFINITY } }, { robust: { huber: 1e6 } }].map(async (options) => {
        const run = await collectRun(threeDVar(options), { ...clean, observations: clean.observations.slice(0, 5) });
        return run.analysisMean.data;
      }),
    );
    expect(infinite).toEqual(plain);
    expect(large).toEqual(plain);
  });

  it("withstand 5 % gross errors", async () => {
    const method = (robust: boolean) => fourDVar({ window: 2, ...(robust && { robust: { huber: 1.5 } }) });
    const [without, plain, robust] = [
      await errorOf(method(false), clean, clean.truth),
      await errorOf(method(false), dirty, clean.truth),
      await errorOf(method(true), dirty, clean.truth),
    ];
    expect(plain).toBeGreaterThan(1.6 * without);
    expect(robust).toBeLessThan(1.15 * without);
  });

  it("refuse constants that aren't positive", () => {
    expect(() => threeDVar({ robust: { huber: 0 } })).toThrow(
      /3dvar: robust\.huber: expected a positive number, got 0/,
    );
    expect(() => fourDVar({ robust: { huber: Number.NaN } })).toThrow(/robust\.huber/);
  });
});

describe("biases of observations", () => {
  it("are found with the state, to 5 %, by 3D- and 4D-Var", async () => {
    const { truth, ...whole } = twin(21, 900);
    const biased = {
      ...whole,
      observations: whole.observations.map((o) => ({ ...o, values: o.values.map((v, i) => (i < 10 ? v + 0.5 : v)) })),
    };
    // Only half of the instruments are biased: the other half anchors the state.
    const bias = {
      mean: new Float64Array(1),
      covariance: scalarCovariance(1, 0.01),
      predictors: () =>
        concat([stack(Array.from({ length: 10 }, () => 1)), stack(Array.from({ length: 10 }, () => 0))]).reshape([
          1, 20,
        ]),
    };
    for (const make of [() => threeDVar({ bias }), () => fourDVar({ window: 3, bias })]) {
      const run = await collectRun(make(), biased);
      const found = run.cycles
        .slice(100)
        .flatMap(({ window }) => (window?.bias === undefined ? [] : [window.bias[0]!]));
      const mean = found.reduce((s, v) => s + v, 0) / found.length;
      expect(Math.abs(mean / 0.5 - 1)).toBeLessThan(0.05);
    }
    const [ignored, corrected] = [
      await errorOf(fourDVar({ window: 3 }), biased, truth),
      await errorOf(fourDVar({ window: 3, bias }), biased, truth),
    ];
    expect(corrected).toBeLessThan(0.9 * ignored);
  });

  it("are those of the state with the bias appended, when all is linear", () => {
    const { problem } = linearProblem(0);
    const bias = constantBias({ variance: 0.7, mean: 0.2 });
    const joint = fourDVar({ ...problem, bias, minimizer: exact });
    const F = { data: new Float64Array(25), shape: [5, 5] };
    const M = problem.model.advance(1);
    for (let j = 0; j < 4; j++) {
      const column = M.apply(Float64Array.from({ length: 4 }, (_, i) => (i === j ? 1 : 0))) as Float64Array;
      for (let i = 0; i < 4; i++) F.data[5 * i + j] = column[i]!;
    }
    F.data[24] = 1;
    const appended = fourDVar({
      model: linearModel({ matrix: F, dt: problem.model.dt }),
      background: {
        mean: Float64Array.of(...problem.background.mean, 0.2),
        covariance: blockCovariance([problem.background.covariance, scalarCovariance(1, 0.7)]),
      },
      observations: problem.observations.map((o) => ({
        ...o,
        operator: tracedOperator({
          name: "with bias",
          inShape: [5],
          outShape: [3],
          fn: (z: Tensor, t: Tensor) => o.operator.traced!(z.slice([0], [4]), t).add(z.at(4)),
        }),
      })),
      minimizer: exact,
    });
    expect(far([...joint.state, joint.bias![0]!], appended.state)).toBeLessThan(1e-10);
    expect(Math.abs(joint.J / appended.J - 1)).toBeLessThan(1e-12);
    const spread = (A: ReturnType<typeof joint.posterior>) => A.diagonal().slice(0, 4);
    expect(far(spread(joint.posterior()), spread(appended.posterior()))).toBeLessThan(1e-10);
  });

  it("go on from a saved state, and refuse what doesn't fit", async () => {
    const { truth: _, ...whole } = twin(22, 8);
    for (const method of [
      threeDVar({ bias: constantBias({ variance: 0.1 }) }),
      fourDVar({ window: 2, bias: constantBias({ variance: 0.1 }) }),
    ]) {
      const run = await collectRun(method, whole);
      const rest = await collectRun(method, whole, { resume: { after: 3, state: run.cycles[3]!.state! } });
      expect(rest.analysisMean.data).toEqual(run.analysisMean.data.slice(80));
    }
    expect(() => constantBias({ variance: 0 })).toThrow(/bias\.variance/);
    const bad = { ...constantBias({ variance: 1 }), covariance: scalarCovariance(2, 1) };
    await expect(collectRun(threeDVar({ bias: bad }), whole)).rejects.toThrow(/bias\.covariance: expected size 1/);
    const operator = functionOperator({
      name: "plain",
      inShape: [20],
      outShape: [20],
      fn: (x: Float64Array) => x,
      adjoint: (_x: Float64Array, dy: Float64Array) => dy,
    });
    const plain = { ...whole, observations: whole.observations.map((o) => ({ ...o, operator })) };
    await expect(collectRun(threeDVar({ bias: constantBias({ variance: 1 }) }), plain)).rejects.toThrow(
      /formulas for a bias/,
    );
  });
});

describe("parameters", () => {
  it("of the model are found with the state", async () => {
    const size = 20;
    const { observations, background, truth: _ } = twin(31, 120, { R: 0.1 });
    const model = augmentedModel({
      name: "lorenz96 with its forcing",
      size,
      parameters: 1,
      dt: 0.05,
      step: (x, forcing) => {
        const tendency = (y: Tensor) => y.roll(-1).sub(y.roll(2)).mul(y.roll(1)).sub(y).add(forcing);
        const k1 = tendency(x);
        const k2 = tendency(x.add(k1.mul(0.025)));
        const k3 = tendency(x.add(k2.mul(0.025)));
        const k4 = tendency(x.add(k3.mul(0.05)));
        return x.add(
          k1
            .add(k2.mul(2))
            .add(k3.mul(2))
            .add(k4)
            .mul(0.05 / 6),
        );
      },
    });
    const operator = augmentedOperator(observations[0]!.operator, 1);
    const problem: Problem = {
      model,
      background: {
        mean: Float64Array.of(...background.mean, 6.5),
        covariance: blockCovariance([scalarCovariance(size, 0.1), scalarCovariance(1, 0.05)]),
      },
      observations: observations.map((o) => ({ ...o, operator })),
    };
    const run = await collectRun(fourDVar({ window: 6, incremental: true }), problem);
    const forcing = run.cycles.slice(60).map(({ analysisMean }) => analysisMean[size]!);
    const mean = forcing.reduce((s, v) => s + v, 0) / forcing.length;
    expect(Math.abs(mean / 8 - 1)).toBeLessThan(0.02);
  });
});

describe("penalties", () => {
  it("are terms of the cost as they are defined", () => {
    const problem = twin(41, 3, { every: 2 });
    const { model, background, observations } = problem;
    const penalty = { residual: (states: Tensor) => states.sum(0).mul(0.1) };
    const cost = windowCosts("4dvar").cost({ model, background, observations, penalty });
    const plain = windowCosts("4dvar").cost({ model, background, observations });
    const z = randomStreams(42).stream("z").normals(20);
    const difference = cost.evaluate(z).value - plain.evaluate(z).value;
    const x0 = cost.state(z);
    const path = model.trajectory(6).apply(x0) as Float64Array;
    let wanted = 0;
    for (let i = 0; i < 20; i++) {
      let total = x0[i]!;
      for (let k = 0; k < 6; k++) total += path[k * 20 + i]!;
      wanted += 0.5 * (0.1 * total) ** 2;
    }
    expect(Math.abs(difference / wanted - 1)).toBeLessThan(1e-10);
    expect(Math.abs(cost.parts().Jc! / wanted - 1)).toBeLessThan(1e-12);
  });

  it("by digital filters pass slow and stop fast oscillations, as their windows say", () => {
    for (const window of ["dolph", "lanczos"] as const) {
      const h = digitalFilter({ steps: 36, dt: 1, period: 12, window });
      expect(Math.abs(h.reduce((s, v) => s + v, 0) - 1)).toBeLessThan(1e-14);
      expect(far(h, h.slice().reverse())).toBeLessThan(1e-14);
      const response = (period: number) =>
        Math.abs(h.reduce((s, v, j) => s + v * Math.cos((2 * Math.PI * (j - 18)) / period), 0));
      expect(response(1000)).toBeGreaterThan(0.99);
      expect(response(4)).toBeLessThan(0.02);
      if (window === "lanczos") continue;
      // Dolph and Chebyshev: ripples of one height, 1/T_36(z_0), beyond the edge.
      const height = 1 / Math.cosh(36 * Math.acosh(1 / Math.cos(Math.PI / 12)));
      for (let period = 2; period <= 12; period += 0.01) expect(response(period)).toBeLessThan(height * (1 + 1e-9));
      expect(Math.abs(response(12) / height - 1)).toBeLessThan(1e-9);
    }
  });

  it("by a digital filter remove a fast wave and keep a slow one", () => {
    // Two oscillators: periods 240 and 6 steps.
    const turn = (period: number) => [Math.cos((2 * Math.PI) / period), Math.sin((2 * Math.PI) / period)] as const;
    const [[c, s], [C, S]] = [turn(240), turn(6)];
    const model = linearModel({
      matrix: [
        [c, s, 0, 0],
        [-s, c, 0, 0],
        [0, 0, C, S],
        [0, 0, -S, C],
      ],
      dt: 1,
    });
    const operator = tracedOperator({
      name: "sum",
      inShape: [4],
      outShape: [1],
      fn: (x: Tensor) => x.at(0).add(x.at(2)).reshape([1]),
    });
    const observations = Array.from({ length: 31 }, (_, k) => ({
      step: k,
      time: k,
      operator,
      error: scalarCovariance(1, 1),
      values: Float64Array.of(Math.cos((2 * Math.PI * k) / 240) + Math.cos((2 * Math.PI * k) / 6)),
    }));
    const problem = {
      model,
      background: { mean: new Float64Array(4), covariance: scalarCovariance(4, 1) },
      observations,
      minimizer: exact,
    };
    const free = fourDVar(problem);
    const filtered = fourDVar({
      ...problem,
      penalty: digitalFilterPenalty({ steps: 30, dt: 1, period: 12, strength: 1e3 }),
    });
    const size = (x: Float64Array, i: number) => Math.hypot(x[i]!, x[i + 1]!);
    expect(size(free.state, 2)).toBeGreaterThan(0.9);
    expect(size(filtered.state, 2)).toBeLessThan(0.05);
    expect(size(filtered.state, 0)).toBeGreaterThan(0.85 * size(free.state, 0));
    expect(() =>
      fourDVar({ ...problem, penalty: digitalFilterPenalty({ steps: 20, dt: 1, period: 15, strength: 1 }) }),
    ).toThrow(/window of 20 steps.*got 30/);
    expect(() => digitalFilterPenalty({ steps: 5, dt: 1, period: 15, strength: 1 })).toThrow(
      /steps: expected an even number/,
    );
    expect(() => digitalFilterPenalty({ steps: 6, dt: 1, period: 2, strength: 1 })).toThrow(
      /period: expected more than two steps/,
    );
    expect(() => digitalFilterPenalty({ steps: 6, dt: 1, period: 5, strength: 0 })).toThrow(/strength/);
  });
});

describe("what can't be", () => {
  it("is refused by name", async () => {
    const { problem } = linearProblem(0);
    expect(() => fourDVar({ ...problem, weak: true })).toThrow(/4dvar: needs the covariance of the model's errors/);
    await expect(collectRun(fourDVar({ weak: true }), problem)).rejects.toThrow(/give the problem a modelError/);
    expect(() => fourDVar({ incremental: true, minimizer: lbfgs() })).toThrow(
      /4dvar: minimizer: expected gauss-newton/,
    );
    expect(() =>
      fourDVar({ ...problem, background: { ...problem.background, covariance: scalarCovariance(3, 1) } }),
    ).toThrow(/background\.covariance: expected size 4/);
    const cost = () => windowCosts("4dvar").cost({ ...problem, modelError: scalarCovariance(3, 1) });
    expect(cost).toThrow(/modelError: expected size 4/);
  });

  it("a minimisation that stalls says so and gives the best iterate", () => {
    // A model whose adjoint is wrong: no step along what it says is downhill.
    const model = functionModel({
      name: "wrong",
      shape: [3],
      dt: 0.01,
      step: (x: Float64Array) => lorenz63().advance(1).apply(x),
      tangent: (x: Float64Array, dx: Float64Array) => lorenz63().advance(1).tangent(x, dx),
      adjoint: (_x: Float64Array, dy: Float64Array) => dy.map((value) => -value),
    });
    const mean = Float64Array.of(1, 2, 20);
    const observations = [
      {
        step: 1,
        time: 0.01,
        values: Float64Array.of(3, 4, 22),
        operator: identityOperator(3),
        error: scalarCovariance(3, 0.01),
      },
    ];
    for (const minimizer of [lbfgs(), gaussNewton()]) {
      const { minimization, state } = fourDVar({
        model,
        background: { mean, covariance: scalarCovariance(3, 1) },
        observations,
        minimizer,
      });
      expect(minimization.status).toBe("stalled");
      expect(far(state, mean)).toBeLessThan(1e-12);
    }
  });
});
