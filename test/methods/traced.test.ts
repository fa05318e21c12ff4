// Differentiable filters: their log evidence, its gradient, and parameters learned by it.
import { describe, expect, it } from "vitest";
import { compile } from "../../src/engine/execute/index.ts";
import {
  call,
  type Graph,
  grad,
  inverseSquareRoot,
  stack,
  type Tensor,
  tensor,
  trace,
  valueAndGrad,
} from "../../src/engine/graph/index.ts";
import { qr } from "../../src/engine/linalg/index.ts";
import { lbfgs } from "../../src/engine/minimize/index.ts";
import { randomStreams } from "../../src/engine/random/index.ts";
import { collectRun } from "../../src/methods/common/index.ts";
import { etkf, kalman, tracedEnkf, tracedEtkf, tracedKalman } from "../../src/methods/filters/index.ts";
import { denseCovariance } from "../../src/problem/covariance/index.ts";
import { linearModel, lorenz96, tracedModel } from "../../src/problem/models/index.ts";
import { matrixOperator } from "../../src/problem/operators/index.ts";

const normals = (purpose: string, ...shape: number[]) => ({
  data: randomStreams(5)
    .stream(purpose)
    .normals(shape.reduce((a, b) => a * b, 1)),
  shape,
});
const matrix = (rows: number[][]) => ({ data: Float64Array.from(rows.flat()), shape: [rows.length, rows[0]!.length] });
const F = matrix([
  [0.9, 0.2, 0],
  [-0.1, 0.8, 0.1],
  [0, 0.3, 0.7],
]);
const Q = matrix([
  [0.3, 0.1, 0],
  [0.1, 0.2, 0],
  [0, 0, 0.1],
]);
const H = matrix([
  [1, 0, 0],
  [0, 1, 1],
]);
const R = matrix([
  [0.5, 0.1],
  [0.1, 0.4],
]);
const P = matrix([
  [1, 0.2, 0],
  [0.2, 1, 0],
  [0, 0, 2],
]);
const y = normals("y", 6, 2);

/** Central differences of a cost of a vector against its gradient, relative to the gradient. */
function checkGradient(graph: Graph, at: Float64Array, tolerance: number): void {
  const executable = compile(graph);
  const gradient = executable.runSync([at])[1]!.data;
  const size = Math.max(...gradient.map(Math.abs));
  at.forEach((_, i) => {
    const moved = (h: number): number => {
      const x = at.slice();
      x[i]! += h;
      return executable.runSync([x])[0]!.data[0]!;
    };
    const slope = (h: number): number => (moved(h) - moved(-h)) / (2 * h);
    const richardson = (4 * slope(5e-4) - slope(1e-3)) / 3;
    expect(Math.abs(richardson - gradient[i]!)).toBeLessThan(tolerance * size);
  });
}

describe("the linear Gaussian filter as a graph", () => {
  const filter = (scales: Tensor) =>
    tracedKalman({
      propagator: tensor(F).mul(scales.at(0)),
      modelError: tensor(Q).mul(scales.at(1)),
      operator: tensor(H),
      error: tensor(R).mul(scales.at(2)),
      mean: tensor([1, 0, -1]),
      covariance: tensor(P),
      observations: y,
    });
  const graph = trace((s) => filter(s!).logEvidence, [[3]]);
  it("has the evidence and the means of the Kalman filter", async () => {
    const run = await collectRun(kalman(), {
      model: linearModel({ matrix: F, dt: 1 }),
      modelError: denseCovariance(Q, { place: "Q", singular: false }),
      background: { mean: Float64Array.of(1, 0, -1), covariance: denseCovariance(P, { place: "P", singular: false }) },
      observations: Array.from({ length: 6 }, (_, k) => ({
        step: k + 1,
        time: k + 1,
        values: y.data.slice(2 * k, 2 * k + 2),
        operator: matrixOperator(H),
        error: denseCovariance(R, { place: "R", singular: false }),
      })),
    });
    const whole = trace((s) => [filter(s!).logEvidence, filter(s!).means], [[3]]);
    const [evidence, means] = compile(whole).runSync([[1, 1, 1]]);
    expect(Math.abs(evidence!.data[0]! - run.logEvidence)).toBeLessThan(1e-10);
    means!.data.forEach((value, i) => {
      expect(Math.abs(value - run.analysisMean.data[i]!)).toBeLessThan(1e-10);
    });
  });
  it("has the gradient of its evidence", () => {
    checkGradient(valueAndGrad(graph), Float64Array.of(1.02, 0.8, 1.3), 1e-6);
  });
});

describe("the ensemble Kalman filter as a graph", () => {
  const N = 12;
  const linear = (scales: Tensor, stochastic: boolean) =>
    tracedEnkf({
      forecast: (x, w) =>
        tensor(F)
          .mul(scales.at(0))
          .matmul(x)
          .add(tensor(Q).cholesky().matmul(w!).mul(scales.at(1))),
      observe: (x) => tensor(H).matmul(x),
      error: tensor(R).mul(scales.at(2)),
      ensemble: tensor(normals("E", N, 3)),
      observations: y,
      noise: normals("noise", 6, N, 3),
      inflation: scales.at(3),
      ...(stochastic && { perturbations: normals("eps", 6, N, 2) }),
    });
  it.each([true, false])("has the gradient of its evidence (stochastic %s)", (stochastic) => {
    checkGradient(
      valueAndGrad(trace((s) => linear(s!, stochastic).logEvidence, [[4]])),
      Float64Array.of(1.01, 0.9, 1.2, 1.05),
      1e-6,
    );
  });
  it("has one analysis that is the Kalman filter's on the sample covariance", () => {
    const E = normals("E", N, 3);
    const forecast = E.data;
    const mean = [0, 1, 2].map(
      (i) => Array.from({ length: N }, (_, k) => forecast[k * 3 + i]!).reduce((a, b) => a + b) / N,
    );
    const sample = Array.from({ length: 3 }, (_, i) =>
      Array.from(
        { length: 3 },
        (_, j) =>
          Array.from(
            { length: N },
            (_, k) => (forecast[k * 3 + i]! - mean[i]!) * (forecast[k * 3 + j]! - mean[j]!),
          ).reduce((a, b) => a + b) /
          (N - 1),
      ),
    );
    const first = { data: y.data.slice(0, 2), shape: [1, 2] };
    const still = matrix([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    const [a, b, xa, xb] = compile(
      trace(() => {
        const ensemble = tracedEnkf({
          forecast: (x) => x,
          observe: (x) => tensor(H).matmul(x),
          error: tensor(R),
          ensemble: tensor(E),
          observations: first,
        });
        const exact = tracedKalman({
          propagator: tensor(still),
          modelError: tensor({ data: new Float64Array(9), shape: [3, 3] }),
          operator: tensor(H),
          error: tensor(R),
          mean: tensor(mean),
          covariance: tensor(matrix(sample)),
          observations: first,
        });
        return [ensemble.logEvidence, exact.logEvidence, ensemble.means, exact.means];
      }, []),
    ).runSync([]);
    expect(Math.abs(a!.data[0]! - b!.data[0]!)).toBeLessThan(1e-10);
    xa!.data.forEach((value, i) => {
      expect(Math.abs(value - xb!.data[i]!)).toBeLessThan(1e-10);
    });
  });
  it("takes tapers: ones change nothing, none on the gain leave the forecast, and their radius has a gradient", () => {
    const tapered = (cross: (row: number, column: number) => Tensor, scale: Tensor): Tensor[] => {
      const factors = (rows: number): Tensor =>
        stack(Array.from({ length: rows }, (_, i) => stack([cross(i, 0), cross(i, 1)])));
      const result = tracedEnkf({
        forecast: (x) => tensor(F).mul(scale).matmul(x),
        observe: (x) => tensor(H).matmul(x),
        error: tensor(R),
        ensemble: tensor(normals("E", N, 3)),
        observations: y,
        localization: { cross: factors(3), observed: factors(2) },
      });
      return [result.logEvidence, result.means];
    };
    const [one, zero] = [(): Tensor => tensor(1), (): Tensor => tensor(0)];
    const [a, b, c, d] = compile(
      trace(
        (s) => {
          const free = tracedEnkf({
            forecast: (x) => tensor(F).mul(s!).matmul(x),
            observe: (x) => tensor(H).matmul(x),
            error: tensor(R),
            ensemble: tensor(normals("E", N, 3)),
            observations: y,
          });
          return [free.means, tapered(one, s!)[1]!, tapered(zero, s!)[1]!, tensor(normals("E", N, 3)).mean(0)];
        },
        [[]],
      ),
    ).runSync([1]);
    expect(b!.data).toEqual(a!.data);
    let mean: Float64Array = d!.data;
    for (let k = 0; k < 6; k++) {
      mean = matrixOperator(F).apply(mean);
      mean.forEach((value, i) => {
        expect(Math.abs(c!.data[3 * k + i]! - value)).toBeLessThan(1e-13);
      });
    }
    const cost = trace(
      (radius) =>
        tapered(
          (i, j) =>
            tensor(-((i - j) ** 2))
              .div(radius!.at(0).square())
              .exp(),
          tensor(1),
        )[0]!,
      [[1]],
    );
    checkGradient(valueAndGrad(cost), Float64Array.of(1.3), 1e-6);
  });
});

describe.each(["enkf", "etkf"] as const)("the %s as a graph", (name) => {
  it("learns the forcing of Lorenz 96 to a per cent from a wrong start", () => {
    const [n, K, members] = [12, 40, 20];
    const forced = (x: Tensor, forcing: Tensor): Tensor => {
      const slope = (z: Tensor): Tensor => z.roll(-1).sub(z.roll(2)).mul(z.roll(1)).sub(z).add(forcing);
      const dt = 0.05;
      const k1 = slope(x);
      const k2 = slope(x.add(k1.mul(dt / 2)));
      const k3 = slope(x.add(k2.mul(dt / 2)));
      const k4 = slope(x.add(k3.mul(dt)));
      return x.add(
        k1
          .add(k2.mul(2))
          .add(k3.mul(2))
          .add(k4)
          .mul(dt / 6),
      );
    };
    const model = lorenz96({ size: n });
    let x = model.advance(200).apply(normals("start", n).data);
    const start = x.slice();
    const noise = normals("errors", K, n).data;
    const seen = new Float64Array(K * n);
    for (let k = 0; k < K; k++) {
      x = model.advance(1).apply(x);
      for (let i = 0; i < n; i++) seen[k * n + i] = x[i]! + 0.5 * noise[k * n + i]!;
    }
    const spread = normals("members", members, n).data;
    const ensemble = {
      data: Float64Array.from(spread, (value, i) => start[i % n]! + 0.5 * value),
      shape: [members, n],
    };
    const cost = valueAndGrad(
      trace(
        (forcing) => {
          const input = {
            forecast: (state: Tensor) => forced(state, forcing!.at(0)),
            observe: (state: Tensor) => state,
            error: tensor({
              data: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 0.25 : 0)),
              shape: [n, n],
            }),
            ensemble: tensor(ensemble),
            observations: { data: seen, shape: [K, n] },
            inflation: 1.02,
          };
          const perturbations = normals("draws", K, members, n);
          const filter = name === "etkf" ? tracedEtkf(input) : tracedEnkf({ ...input, perturbations });
          return filter.logEvidence.neg();
        },
        [[1]],
      ),
    );
    checkGradient(cost, Float64Array.of(6), 1e-5);
    const executable = compile(cost);
    const found = lbfgs({ iterations: 30, tolerance: 1e-5 }).minimize(
      {
        size: 1,
        evaluate: (forcing) => {
          const [value, gradient] = executable.runSync([forcing]);
          return { value: value!.data[0]!, gradient: gradient!.data };
        },
      },
      Float64Array.of(6),
    );
    expect(Math.abs(found.x[0]! / 8 - 1)).toBeLessThan(0.01);
  });
});

describe("the ensemble transform filter as a graph", () => {
  const N = 9;
  const filter = (scales: Tensor) =>
    tracedEtkf({
      forecast: (x) => tensor(F).mul(scales.at(0)).matmul(x).tanh().mul(2),
      observe: (x) => tensor(H).matmul(x),
      error: tensor(R).mul(scales.at(1)),
      ensemble: tensor(normals("E", N, 3)),
      observations: y,
      inflation: scales.at(2),
    });
  it("has the means, members and evidence of etkf", async () => {
    const model = tracedModel({ name: "tanh", shape: [3], dt: 1, step: (x) => tensor(F).matmul(x).tanh().mul(2) });
    const run = await collectRun(etkf({ members: N, inflation: 1.05 }), {
      model,
      background: {
        mean: new Float64Array(3),
        covariance: denseCovariance(P, { place: "P", singular: false }),
        ensemble: normals("E", N, 3),
      },
      observations: Array.from({ length: 6 }, (_, k) => ({
        step: k + 1,
        time: k + 1,
        values: y.data.slice(2 * k, 2 * k + 2),
        operator: matrixOperator(H),
        error: denseCovariance(R, { place: "R", singular: false }),
      })),
    });
    const whole = trace(
      (s) => {
        const { logEvidence, means, ensemble } = filter(s!);
        return [logEvidence, means, ensemble];
      },
      [[3]],
    );
    const [evidence, means, ensemble] = compile(whole).runSync([[1, 1, 1.05]]);
    expect(Math.abs(evidence!.data[0]! - run.logEvidence)).toBeLessThan(1e-10);
    means!.data.forEach((value, i) => {
      expect(Math.abs(value - run.analysisMean.data[i]!)).toBeLessThan(1e-10);
    });
    ensemble!.data.forEach((value, i) => {
      expect(Math.abs(value - run.cycles[5]!.analysisEnsemble!.data[i]!)).toBeLessThan(1e-10);
    });
  });
  it("has the gradient of its evidence", () => {
    const graph = valueAndGrad(trace((s) => filter(s!).logEvidence, [[3]]));
    checkGradient(graph, Float64Array.of(1.1, 0.8, 1.05), 1e-6);
  });
});

describe("the inverse square root", () => {
  const run = (data: Float64Array, n: number) =>
    compile(trace((a) => inverseSquareRoot(a!), [[n, n]])).runSync([{ data, shape: [n, n] }])[0]!.data;
  it("is that of the eigenvectors, whatever the size and the condition", () => {
    for (const condition of [1, 1e2, 1e6]) {
      const n = 6;
      const Z = normals("orthogonal", n, n);
      const { Q: V } = qr(Z.data, n, n);
      const values = Array.from({ length: n }, (_, i) => 37 * condition ** (-i / (n - 1)));
      const of = (f: (value: number) => number): Float64Array => {
        const out = new Float64Array(n * n);
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++)
            for (let l = 0; l < n; l++) out[i * n + j]! += V[i * n + l]! * f(values[l]!) * V[j * n + l]!;
        return out;
      };
      const [found, exact] = [
        run(
          of((value) => value),
          n,
        ),
        of((value) => value ** -0.5),
      ];
      const size = Math.max(...exact.map(Math.abs));
      found.forEach((value, i) => {
        expect(Math.abs(value - exact[i]!)).toBeLessThan(1e-14 * condition ** 0.9 * size + 1e-13 * size);
      });
    }
  });
  it("has exact derivatives, of second order too", () => {
    const A = [2, 0.3, 0.3, 1];
    const cost = trace(
      (s) => {
        const moved = tensor({ data: Float64Array.from(A), shape: [2, 2] }).add(
          tensor({ data: Float64Array.of(1, 0.5, 0.5, 2), shape: [2, 2] }).mul(s!.at(0)),
        );
        return inverseSquareRoot(moved).sum();
      },
      [[1]],
    );
    checkGradient(valueAndGrad(cost), Float64Array.of(0.3), 1e-9);
    checkGradient(valueAndGrad(trace((s) => call(grad(cost), [s!])[0]!.sum(), [[1]])), Float64Array.of(0.3), 1e-8);
  });
});
