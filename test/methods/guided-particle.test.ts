// Particles drawn given the observations: exact weights, Kalman's posterior when all is linear, effective sizes of theory.
import { describe, expect, it } from "vitest";
import { randomStreams } from "../../src/engine/random/index.ts";
import type { NdArray } from "../../src/engine/tensor/index.ts";
import { collectRun, effectiveSize } from "../../src/methods/common/index.ts";
import {
  enkfProposal,
  type GuidedInput,
  kalmanFilter,
  optimalProposal,
  particle,
  particleWeights,
} from "../../src/methods/filters/index.ts";
import type { Problem } from "../../src/methods/method.ts";
import { denseCovariance, diagonalCovariance, scalarCovariance } from "../../src/problem/covariance/index.ts";
import { identityModel, linearModel } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSeries, presentObservations } from "../../src/problem/observe/index.ts";
import {
  functionOperator,
  identityOperator,
  matrixOperator,
  type Operator,
  tracedOperator,
} from "../../src/problem/operators/index.ts";
import { distance } from "../problem/derivatives.ts";
import { definite, inverse, linearProblem, matrix, product, sum, transposed } from "./problems.ts";

const determinant = ({ data, shape }: NdArray): number => {
  const n = shape[0]!;
  if (n === 1) return data[0]!;
  let total = 0;
  for (let j = 0; j < n; j++) {
    const rows: number[] = [];
    for (let i = 1; i < n; i++) for (let k = 0; k < n; k++) if (k !== j) rows.push(data[i * n + k]!);
    total += (j % 2 === 0 ? 1 : -1) * data[j]! * determinant({ data: Float64Array.from(rows), shape: [n - 1, n - 1] });
  }
  return total;
};

/** ln N(d; 0, C) by the inverse and the determinant. */
const logNormal = (d: ArrayLike<number>, C: NdArray): number => {
  const column = { data: Float64Array.from(d), shape: [d.length, 1] };
  const square = product(transposed(column), product(inverse(C), column)).data[0]!;
  return -0.5 * (square + Math.log(determinant(C)) + d.length * Math.log(2 * Math.PI));
};

const [Q, R, H] = [definite("Q", 4), definite("R", 3), matrix("H", 3, 4)];
const y = matrix("y", 1, 3).data;

function input(N: number, seed: number, centres = matrix("centres", N, 4)): GuidedInput {
  const error = denseCovariance(Q);
  const draws = randomStreams(5);
  const E = { data: centres.data.slice(), shape: [N, 4] };
  for (let k = 0; k < N; k++)
    error.sample(draws.stream("noise", 0, k)).forEach((value, i) => {
      E.data[4 * k + i]! += value;
    });
  const observation = observationSeries(
    observationNetwork({ dt: 1, steps: [1], operator: matrixOperator(H), error: denseCovariance(R) }),
    { data: y, shape: [1, 3] },
  )[0]!;
  const seen = presentObservations(observation);
  const streams = randomStreams(seed);
  return {
    centres,
    E,
    HE: product(E, transposed(H)),
    w: new Float64Array(N).fill(1 / N),
    observation,
    seen,
    R: seen.error!,
    error,
    stream: (member) => streams.stream("proposal", 0, member),
  };
}

const factors = (E: NdArray, corrections: Float64Array): Float64Array =>
  corrections.map((value, k) => {
    const x = { data: E.data.slice(4 * k, 4 * k + 4), shape: [4, 1] };
    const d = product(H, x).data.map((hx, i) => y[i]! - hx);
    return value + logNormal(d, R);
  });

describe("the optimal proposal", () => {
  const S = sum(product(H, product(Q, transposed(H))), R);
  it("gives weights that don't depend on the draw: ln N(y; H f, H Q Hᵀ + R)", async () => {
    const N = 6;
    const centres = matrix("centres", N, 4);
    const [one, other] = [await optimalProposal(input(N, 1)), await optimalProposal(input(N, 2))];
    expect(distance(one.ensemble.data, other.ensemble.data)).toBeGreaterThan(1);
    const exact = Array.from({ length: N }, (_, k) => {
      const f = { data: centres.data.slice(4 * k, 4 * k + 4), shape: [4, 1] };
      return logNormal(
        product(H, f).data.map((hf, i) => y[i]! - hf),
        S,
      );
    });
    for (const { ensemble, corrections } of [one, other])
      expect(distance(factors(ensemble, corrections), exact)).toBeLessThan(1e-11);
  });
  it("draws from the posterior under the error of the last step", async () => {
    const N = 40_000;
    const f = matrix("f", 1, 4);
    const centres = { data: Float64Array.from({ length: 4 * N }, (_, i) => f.data[i % 4]!), shape: [N, 4] };
    const { ensemble } = await optimalProposal(input(N, 3, centres));
    const K = product(product(Q, transposed(H)), inverse(S));
    const d = { data: product(H, transposed(f)).data.map((hf, i) => y[i]! - hf), shape: [3, 1] };
    const mean = sum(transposed(f), product(K, d)).data;
    const covariance = sum(Q, product(K, product(H, Q)), -1);
    const sampled = new Float64Array(4);
    const second = new Float64Array(16);
    for (let k = 0; k < N; k++)
      for (let i = 0; i < 4; i++) {
        sampled[i]! += ensemble.data[4 * k + i]! / N;
        for (let j = 0; j < 4; j++)
          second[4 * i + j]! += ((ensemble.data[4 * k + i]! - mean[i]!) * (ensemble.data[4 * k + j]! - mean[j]!)) / N;
      }
    expect(distance(sampled, mean)).toBeLessThan(0.012);
    expect(distance(second, covariance.data)).toBeLessThan(0.02);
    expect(distance(second, Q.data)).toBeGreaterThan(0.2);
  });
});

it("the proposal of the EnKF is weighted by both densities exactly", async () => {
  const N = 7;
  const given = input(N, 4);
  const { ensemble, corrections } = await enkfProposal(given);
  // K from sample covariances, and the proposal's mean and covariance as matrices.
  const centre = (A: NdArray): NdArray => {
    const [rows, n] = [A.shape[0]!, A.shape[1]!];
    const mean = new Float64Array(n);
    A.data.forEach((value, at) => {
      mean[at % n]! += value / rows;
    });
    return { data: A.data.map((value, at) => value - mean[at % n]!), shape: A.shape };
  };
  const [X, Y] = [centre(given.E), centre(given.HE)];
  const scaled = (A: NdArray): NdArray => ({ data: A.data.map((value) => value / (N - 1)), shape: A.shape });
  const K = product(scaled(product(transposed(X), Y)), inverse(sum(scaled(product(transposed(Y), Y)), R)));
  const unit = { data: Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0)), shape: [4, 4] };
  const rest = sum(unit, product(K, H), -1);
  const C = sum(product(rest, product(Q, transposed(rest))), product(K, product(R, transposed(K))));
  for (let k = 0; k < N; k++) {
    const f = { data: given.centres.data.slice(4 * k, 4 * k + 4), shape: [4, 1] };
    const x = ensemble.data.slice(4 * k, 4 * k + 4);
    const d = { data: product(H, f).data.map((hf, i) => y[i]! - hf), shape: [3, 1] };
    const mean = sum(f, product(K, d)).data;
    const prior = logNormal(
      x.map((value, i) => value - f.data[i]!),
      Q,
    );
    const proposed = logNormal(
      x.map((value, i) => value - mean[i]!),
      C,
    );
    expect(Math.abs(corrections[k]! - (prior - proposed))).toBeLessThan(1e-9);
  }
});

describe.each(["optimal", "enkf"] as const)("the particle filter with the proposal %s", (proposal) => {
  it("tends to the Kalman filter on a linear problem, as 1/√N", async () => {
    const { problem: strict } = linearProblem(1, true);
    const observations = strict.observations.map((one) => ({ ...one, error: one.error.scaled(10) }));
    const problem = { ...strict, observations };
    const exact = await kalmanFilter(problem);
    const error = async (particles: number): Promise<number> => {
      let total = 0;
      for (let seed = 0; seed < 16; seed++) {
        const run = await collectRun(particle({ particles, proposal }), problem, { seed });
        run.analysisMean.data.forEach((value, i) => {
          total += (value - exact.analysisMean.data[i]!) ** 2 / 16 / 24;
        });
      }
      return Math.sqrt(total);
    };
    const [few, many] = [await error(200), await error(7200)];
    expect(few / many).toBeGreaterThan(6 * 0.65);
    expect(few / many).toBeLessThan(6 * 1.5);
    // Weights of the EnKF's proposal scatter more: three standard deviations between seeds are 0.06 and 0.12.
    const optimal = proposal === "optimal";
    const run = await collectRun(particle({ particles: optimal ? 20_000 : 80_000, proposal }), problem, { seed: 5 });
    run.cycles.forEach(({ analysisSpread }, k) => {
      expect(distance(analysisSpread!, exact.cycles[k]!.analysisSpread!)).toBeLessThan(optimal ? 0.06 : 0.12);
    });
    expect(Math.abs(run.logEvidence - exact.logEvidence)).toBeLessThan(0.1);
  });
  it("resumes to the same bytes", async () => {
    const { problem } = linearProblem();
    const method = particle({ particles: 100, proposal });
    const whole = await collectRun(method, problem, { seed: 9 });
    const rest = await collectRun(method, problem, { seed: 9, resume: { after: 2, state: whole.cycles[2]!.state! } });
    expect(rest.analysisMean.data).toEqual(whole.analysisMean.data.slice(3 * 4));
  });
});

// n independent variables x = a x′ + η, var x′ = P, var η = q, one observation each of error variance r. The weights of particles drawn
// from the model are likelihoods of x, with spread v = a² P + q and error s = r; of optimal ones those of a x′, v = a² P, s = q + r. For
// innovations d the effective part of many particles is Π sqrt((s + 2v) s)/(s + v) exp(−d²/(s + v) + d²/(s + 2v)).
const independent = (n: number, times: number): { problem: Problem; part: (v: number, s: number) => number } => {
  const [a, P, q, r] = [0.5, 0.2, 1, 0.25];
  const streams = randomStreams(17);
  const spread = Math.sqrt(a * a * P + q + r);
  const values = Array.from({ length: times }, (_, k) =>
    streams
      .stream("values", k)
      .normals(n)
      .map((z) => spread * z),
  );
  const network = observationNetwork({
    dt: 1,
    steps: values.map((_, k) => k + 1),
    operator: identityOperator(n),
    error: scalarCovariance(n, r),
  });
  const F = { data: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? a : 0)), shape: [n, n] };
  return {
    problem: {
      model: linearModel({ matrix: F, dt: 1 }),
      observations: observationSeries(network, values),
      background: { mean: new Float64Array(n), covariance: scalarCovariance(n, P) },
      modelError: scalarCovariance(n, q),
    },
    part: (v, s) =>
      values[0]!.reduce((all, d) => {
        const square = d * d;
        return (all * Math.sqrt((s + 2 * v) * s) * Math.exp(square / (s + 2 * v) - square / (s + v))) / (s + v);
      }, 1),
  };
};

describe("where model error is large", () => {
  it("effective sizes are those of theory", async () => {
    const { problem, part } = independent(5, 1);
    const N = 100_000;
    const size = async (proposal: "bootstrap" | "optimal"): Promise<number> => {
      const method = particle({ particles: N, proposal, threshold: 0 });
      const { cycles } = await collectRun(method, problem, { seed: 2 });
      return effectiveSize(cycles[0]!.state!.weights!.data) / N;
    };
    const [bootstrap, optimal] = [part(1.05, 0.25), part(0.05, 1.25)];
    expect(optimal).toBeGreaterThan(0.8);

    expect(bootstrap).toBeLessThan(0.2);
    expect(Math.abs((await size("optimal")) / optimal - 1)).toBeLessThan(0.01);
    expect(Math.abs((await size("bootstrap")) / bootstrap - 1)).toBeLessThan(0.05);
  });
  it("200 optimal particles keep the Kalman filter's score of 40 variables, bootstrap ones lose it", async () => {
    const { problem } = independent(40, 40);
    const exact = await kalmanFilter(problem);
    const run = async (proposal: "bootstrap" | "optimal") => {
      const { analysisMean, cycles, logEvidence } = await collectRun(
        particle({ particles: 200, proposal, jitter: 0, threshold: 1 }),
        problem,
        { seed: 3 },
      );
      // Root mean square distance to the exact mean, in its standard deviations.
      let total = 0;
      cycles.forEach((_, k) => {
        exact.cycles[k]!.analysisSpread!.forEach((sd, i) => {
          total += ((analysisMean.data[40 * k + i]! - exact.analysisMean.data[40 * k + i]!) / sd) ** 2 / 1600;
        });
      });
      return { error: Math.sqrt(total), logEvidence };
    };
    const [optimal, bootstrap] = [await run("optimal"), await run("bootstrap")];
    expect(optimal.error).toBeLessThan(0.2);
    expect(bootstrap.error).toBeGreaterThan(1);
    expect(Math.abs(optimal.logEvidence - exact.logEvidence)).toBeLessThan(0.002 * Math.abs(exact.logEvidence));
    expect(Math.abs(bootstrap.logEvidence - exact.logEvidence)).toBeGreaterThan(0.2 * Math.abs(exact.logEvidence));
  });
});

describe("nonlinear operators", () => {
  const bent = tracedOperator({ name: "bent", inShape: [1], outShape: [1], fn: (x) => x.add(x.pow(3).mul(0.1)) });
  const curved = (operator: Operator): Problem => ({
    model: identityModel({ size: 1 }),
    observations: observationSeries(
      observationNetwork({ dt: 1, steps: [1], operator, error: scalarCovariance(1, 0.5) }),
      [[2.5]],
    ),
    background: { mean: Float64Array.of(0.3), covariance: scalarCovariance(1, 0.2) },
    modelError: scalarCovariance(1, 1),
  });
  it.each(["optimal", "enkf"] as const)("%s has the exact posterior: quadrature", async (proposal) => {
    let [mass, first, second] = [0, 0, 0];
    for (let x = -8; x < 8; x += 1e-4) {
      const prior = Math.exp(-((x - 0.3) ** 2) / 2.4) / Math.sqrt(2.4 * Math.PI);
      const density = (prior * Math.exp(-((2.5 - x - 0.1 * x ** 3) ** 2)) * 1e-4) / Math.sqrt(Math.PI);
      mass += density;
      first += density * x;
      second += density * x * x;
    }
    const mean = first / mass;
    const { cycles } = await collectRun(particle({ particles: 60_000, proposal }), curved(bent), { seed: 1 });
    expect(Math.abs(cycles[0]!.analysisMean[0]! - mean)).toBeLessThan(0.01);
    expect(Math.abs(cycles[0]!.analysisSpread![0]! - Math.sqrt(second / mass - mean ** 2))).toBeLessThan(0.01);
    expect(Math.abs(cycles[0]!.logEvidence! - Math.log(mass))).toBeLessThan(0.02);
  });
  it.each(["optimal", "enkf"] as const)("%s needs a derivative", async (proposal) => {
    const plain = functionOperator({ name: "plain", inShape: [1], outShape: [1], fn: (x) => [x[0]! ** 3] });
    await expect(collectRun(particle({ particles: 10, proposal }), curved(plain))).rejects.toThrow(
      'particle: needs a derivative, but "plain" is a plain function',
    );
  });
});

describe("refused", () => {
  it("without model error, or for the EnKF where it is singular", async () => {
    const { problem } = linearProblem(0);
    for (const proposal of ["optimal", "enkf"] as const)
      await expect(collectRun(particle({ particles: 10, proposal }), problem)).rejects.toThrow(
        `particle: expected a problem with model error for \`proposal: ${proposal}\``,
      );
    const partial = { ...problem, modelError: diagonalCovariance([1, 0, 1, 1]) };
    await expect(collectRun(particle({ particles: 10, proposal: "enkf" }), partial)).rejects.toThrow(
      "expected a positive definite model error",
    );
    const run = await collectRun(particle({ particles: 10, proposal: "optimal" }), partial);
    expect(run.cycles.length).toBe(6);
  });
  it("weights keep what they are without corrections", () => {
    const HE = matrix("HE", 4, 2);
    const args = { HE, y: Float64Array.of(0.3, -0.2), R: scalarCovariance(2, 0.5) };
    const w = Float64Array.of(0.1, 0.2, 0.3, 0.4);
    expect(particleWeights(args, w, new Float64Array(4))).toEqual(particleWeights(args, w));
  });
  it("an unknown proposal", () => {
    expect(() => particle({ particles: 5, proposal: JSON.parse('"magic"') })).toThrow(
      "proposal: expected bootstrap, optimal or enkf, got magic",
    );
  });
});
