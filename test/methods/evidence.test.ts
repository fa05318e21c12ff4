// ln p(y_1 … y_K) of every method that has it, against the Kalman filter's when all is linear.
import { describe, expect, it } from "vitest";
import type { NdArray } from "../../src/engine/tensor/index.ts";
import { anomalies, collectRun, rootProduct } from "../../src/methods/common/index.ts";
import {
  constantCovarianceKalman,
  denkf,
  eakf,
  enkf,
  enkfNAnalysis,
  ensrf,
  etkf,
  extendedKalman,
  kalmanFilter,
  letkf,
  particle,
  rankHistogram,
  unscentedKalman,
} from "../../src/methods/filters/index.ts";
import type { Method, Problem } from "../../src/methods/method.ts";
import { enks, esMda, ienks, rts } from "../../src/methods/smoothers/index.ts";
import { denseCovariance } from "../../src/problem/covariance/index.ts";
import { linearProblem, matrix, product, sum, transposed } from "./problems.ts";

const N = 9;

/** A problem with members of exactly the background's mean and covariance. */
function exactMembers({ background, ...rest }: Problem): Problem {
  const X = anomalies(matrix("first", N, 4));
  const P = denseCovariance(rootProduct({ data: X.data.map((v) => v / Math.sqrt(N - 1)), shape: X.shape }));
  const data = new Float64Array(N * 4);
  for (let k = 0; k < N; k++)
    background.covariance.applySqrt(P.whiten(X.data.slice(4 * k, 4 * k + 4))).forEach((value, i) => {
      data[4 * k + i] = background.mean[i]! + value;
    });
  return { ...rest, background: { ...background, ensemble: { data, shape: [N, 4] } } };
}
const everywhere = { radius: Number.POSITIVE_INFINITY };
const evidences = async (method: Method, problem: Problem) =>
  (await collectRun(method, problem)).cycles.map(({ logEvidence }) => logEvidence ?? Number.NaN);

describe("with members of the exact mean and covariance", () => {
  const square = { members: N, modelErrors: "square-root" } as const;
  const exact: [string, Method, number][] = [
    ["etkf", etkf(square), 1],
    ["ensrf", ensrf(square), 1],
    ["eakf", eakf({ ...square, localization: everywhere }), 1],
    ["extended-kalman", extendedKalman(), 1],
    ["unscented-kalman", unscentedKalman(), 1],
    ["rts", rts({ filter: unscentedKalman() }), 1],
    ["enks", enks({ filter: ensrf(square), lag: 2 }), 1],
    ["ienks", ienks({ members: N }), 0],
    ["es-mda", esMda({ members: N }), 0],
  ];
  it.each(exact)("%s has every cycle's evidence of the Kalman filter", async (_, method, error) => {
    for (const missing of [false, true]) {
      const { problem } = linearProblem(error, missing);
      const wanted = (await kalmanFilter(problem)).cycles.map(({ logEvidence }) => logEvidence ?? Number.NaN);
      const found = await evidences(method, exactMembers(problem));
      wanted.forEach((value, k) => {
        if (Number.isNaN(value)) expect(found[k]).toBeNaN();
        else expect(Math.abs(found[k]! - value), `cycle ${k}`).toBeLessThan(1e-9);
      });
      expect(wanted.filter(Number.isNaN).length).toBe(missing ? 1 : 0);
    }
  });
  // Analyses that aren't Kalman's change what comes later, not the first evidence.
  it.each([
    ["enkf", enkf({ members: N, modelErrors: "square-root" })],
    ["denkf", denkf({ members: N, modelErrors: "square-root" })],
  ] as const)("%s has the first cycle's", async (_, method) => {
    const { problem } = linearProblem();
    const wanted = (await kalmanFilter(problem)).cycles[0]!.logEvidence!;
    expect(Math.abs((await evidences(method, exactMembers(problem)))[0]! - wanted)).toBeLessThan(1e-9);
  });
  it("the rank histogram filter's is the Gaussian one of the first observation", async () => {
    const { problem } = linearProblem();
    const observations = problem.observations.map((one) => ({
      ...one,
      values: Float64Array.of(one.values[0]!, Number.NaN, Number.NaN),
    }));
    const single = { ...problem, observations };
    const method = rankHistogram({ members: N, modelErrors: "square-root", localization: everywhere });
    const wanted = (await kalmanFilter(single)).cycles[0]!.logEvidence!;
    expect(Math.abs((await evidences(method, exactMembers(single)))[0]! - wanted)).toBeLessThan(1e-9);
  });
  it("denkf's stays near, as its covariance is a little too large", async () => {
    const { problem } = linearProblem();
    const exactly = (await kalmanFilter(problem)).logEvidence;
    const run = await collectRun(denkf({ members: N, modelErrors: "square-root" }), exactMembers(problem));
    expect(Math.abs(run.logEvidence - exactly)).toBeLessThan(0.1 * Math.abs(exactly));
    expect(Math.abs(run.logEvidence - exactly)).toBeGreaterThan(1e-6);
  });
  it("the first one of a constant covariance is the Kalman filter's after one step", async () => {
    const { problem, F, P0, Q } = linearProblem();
    const data = sum(product(F, product(P0, transposed(F))), Q, 0.5);
    const found = await evidences(constantCovarianceKalman({ covariance: denseCovariance(data) }), problem);
    const wanted = (await kalmanFilter(problem)).cycles[0]!.logEvidence!;
    expect(Math.abs(found[0]! - wanted)).toBeLessThan(1e-9);
  });
});

it("the finite-size filter's is that of the ensemble with its inflation", () => {
  const E = matrix("E", N, 4);
  const { H, R } = linearProblem();
  const HE = product(E, transposed(H));
  const y = Float64Array.of(4, -3, 5);
  const error = denseCovariance(R);
  const { logEvidence, inflation } = enkfNAnalysis({ E, HE, y, R: error });
  expect(inflation).toBeGreaterThan(1.1);
  const X = anomalies(HE);
  const S: NdArray = sum(
    rootProduct({ data: X.data.map((v) => (v * inflation) / Math.sqrt(N - 1)), shape: X.shape }),
    R,
  );
  const C = denseCovariance(S);
  const mean = [0, 1, 2].map((i) =>
    Array.from({ length: N }, (_, k) => HE.data[3 * k + i]! / N).reduce((a, b) => a + b),
  );
  const d = Float64Array.from(mean, (value, i) => y[i]! - value);
  const chi2 = C.whiten(d).reduce((total, value) => total + value * value, 0);
  const wanted = -0.5 * (chi2 + C.logDeterminant() + 3 * Math.log(2 * Math.PI));
  expect(Math.abs(logEvidence - wanted)).toBeLessThan(1e-10);
});

it("many drawn members and particles come near", async () => {
  const { problem: strict } = linearProblem();
  const problem = {
    ...strict,
    observations: strict.observations.map((one) => ({ ...one, error: one.error.scaled(10) })),
  };
  const wanted = (await kalmanFilter(problem)).logEvidence;
  for (const method of [
    enkf({ members: 4000 }),
    particle({ particles: 40_000, jitter: 0 }),
    particle({ particles: 10_000, proposal: "optimal" }),
  ]) {
    const found = (await collectRun(method, problem, { seed: 3 })).logEvidence;
    expect(Math.abs(found - wanted), method.name).toBeLessThan(0.1);
  }
});

it("a local transform filter has none: its analyses have no common one", async () => {
  const { problem } = linearProblem();
  const { cycles } = await collectRun(letkf({ members: N }), problem);
  for (const cycle of cycles) expect(cycle).not.toHaveProperty("logEvidence");
});
