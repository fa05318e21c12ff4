// All square-root filters are Kalman's filter on the sample covariance, mean and covariance.
import { describe, expect, it } from "vitest";
import { randomStreams } from "../../src/engine/random/index.ts";
import type { NdArray } from "../../src/engine/tensor/index.ts";
import {
  type AnalysisInput,
  anomalies,
  type EnsembleAnalysis,
  ensembleMean,
  meanPreservingRotation,
  relaxed,
  rootAnalysis,
  rootProduct,
} from "../../src/methods/common/index.ts";
import {
  denkfAnalysis,
  eakfAnalysis,
  enkfNAnalysis,
  ensrfAnalysis,
  etkfAnalysis,
  letkfAnalysis,
} from "../../src/methods/filters/index.ts";
import {
  type Covariance,
  denseCovariance,
  diagonalCovariance,
  scalarCovariance,
} from "../../src/problem/covariance/index.ts";
import { distance } from "../problem/derivatives.ts";
import { definite, matrix, product, transposed } from "./problems.ts";

const everywhere = (n: number, m: number) => [
  {
    variables: Int32Array.from({ length: n }, (_, i) => i),
    observations: Int32Array.from({ length: m }, (_, i) => i),
    tapers: new Float64Array(m).fill(1),
  },
];
type Analysis = (input: AnalysisInput) => EnsembleAnalysis;
const filters: Readonly<Record<string, Analysis>> = {
  etkf: etkfAnalysis,
  ensrf: ensrfAnalysis,
  "ensrf in another order": (input) =>
    ensrfAnalysis({ ...input, order: randomStreams(2).stream("order").permutation(input.y.length) }),
  eakf: eakfAnalysis,
  "letkf with one patch": (input) =>
    letkfAnalysis({ ...input, patches: everywhere(input.E.shape[1]!, input.y.length) }),
};

const root = (A: NdArray): NdArray => ({
  data: anomalies(A).data.map((value) => value / Math.sqrt(A.shape[0]! - 1)),
  shape: A.shape,
});
function kalman({ E, HE, y, R }: AnalysisInput) {
  const meanHE = ensembleMean(HE);
  return rootAnalysis({
    x: ensembleMean(E),
    Z: root(E),
    Y: root(HE),
    dy: y.map((value, i) => value - meanHE[i]!),
    R,
  });
}

/** Members, a linear operator, few or many observations. */
function problem(N: number, n: number, m: number, R: Covariance): AnalysisInput {
  const E = matrix("E", N, n, 2);
  return { E, HE: product(E, transposed(matrix("H", m, n))), y: matrix("y", 1, m, 3).data, R };
}
const errors: Readonly<Record<string, (m: number) => Covariance>> = {
  scalar: (m) => scalarCovariance(m, 0.4),
  diagonal: (m) => diagonalCovariance(Float64Array.from({ length: m }, (_, i) => 0.2 + 0.3 * i)),
  correlated: (m) => denseCovariance(definite("R", m)),
};

describe.each(Object.entries(filters))("%s", (_, analyse) => {
  it.each(
    Object.keys(errors).flatMap((error) =>
      [
        [5, 8, 3],
        [6, 4, 12],
        [12, 7, 7],
      ].map((sizes) => ({ error, sizes })),
    ),
  )("is the Kalman filter with $error errors, [N, n, m] = $sizes", ({ error, sizes }) => {
    const [N, n, m] = [sizes[0]!, sizes[1]!, sizes[2]!];
    const input = problem(N, n, m, errors[error]!(m));
    const exact = kalman(input);
    const { ensemble, chi2, logEvidence } = analyse(input);
    expect(distance(ensembleMean(ensemble), exact.mean)).toBeLessThan(1e-10);
    expect(distance(rootProduct(root(ensemble)).data, rootProduct(exact.root).data)).toBeLessThan(1e-10);
    if (chi2 !== undefined) expect(Math.abs(chi2 - exact.chi2)).toBeLessThan(1e-10 * Math.max(1, exact.chi2));
    if (logEvidence !== undefined)
      expect(Math.abs(logEvidence - exact.logEvidence)).toBeLessThan(1e-10 * Math.max(1, Math.abs(exact.logEvidence)));
  });

  it("gives DataAssim.jl's numbers", () => {
    const [n, N, m] = [10, 3, 5];
    const E = { data: Float64Array.from({ length: N * n }, (_, k) => Math.sin(3 * (k + 1))), shape: [N, n] };
    const H = {
      data: Float64Array.from({ length: m * n }, (_, k) => 5 * (k % n) + Math.floor(k / n) + 1),
      shape: [m, n],
    };
    const y = Float64Array.from({ length: m }, (_, i) => i + 1);
    const { ensemble } = analyse({ E, HE: product(E, transposed(H)), y, R: scalarCovariance(m, 2) });
    const mean = [
      0.757046727932, -0.708500599781, 0.645773827308, -0.570121887291, 0.483058953823, -0.386327592111, 0.281863881015,
      -0.171758662425, 0.058215693038, 0.05649246384,
    ];
    // The published numbers have twelve digits.
    expect(distance(ensembleMean(ensemble), mean)).toBeLessThan(1e-10);
    const trace = (A: NdArray): number => root(A).data.reduce((sum, value) => sum + value * value, 0);
    expect(Math.abs(trace(E) - 5.253354721978525)).toBeLessThan(1e-10);
    expect(Math.abs(trace(ensemble) - 0.8640962036762767)).toBeLessThan(1e-10);
  });

  it("keeps members that know everything already", () => {
    const input = {
      ...problem(4, 3, 2, scalarCovariance(2, 1)),
      HE: { data: new Float64Array(8).fill(7), shape: [4, 2] },
    };
    const { ensemble } = analyse(input);
    expect(distance(ensemble.data, input.E.data)).toBeLessThan(1e-14);
  });
});

it("members of the serial filter don't depend on the order in mean and covariance, but do themselves", () => {
  const input = problem(6, 4, 5, scalarCovariance(5, 0.5));
  const [a, b] = [ensrfAnalysis(input), ensrfAnalysis({ ...input, order: [4, 2, 0, 1, 3] })];
  expect(distance(a.ensemble.data, b.ensemble.data)).toBeGreaterThan(1e-3);
  expect(distance(ensembleMean(a.ensemble), ensembleMean(b.ensemble))).toBeLessThan(1e-12);
});

it("the adjustment filter and the serial square-root filter are the same without tapers", () => {
  const input = problem(6, 4, 5, scalarCovariance(5, 0.5));
  expect(distance(eakfAnalysis(input).ensemble.data, ensrfAnalysis(input).ensemble.data)).toBeLessThan(1e-12);
});

it("the deterministic filter has Kalman's mean and the covariance of half a gain", () => {
  const input = problem(12, 4, 3, errors.correlated!(3));
  const exact = kalman(input);
  const { ensemble, chi2 } = denkfAnalysis(input);
  expect(distance(ensembleMean(ensemble), exact.mean)).toBeLessThan(1e-10);
  expect(Math.abs(chi2 - exact.chi2)).toBeLessThan(1e-10);
  // Each anomaly x becomes x − ½ P Hᵀ (H P Hᵀ + R)⁻¹ H x.
  const X = anomalies(input.E).data;
  const H = matrix("H", 3, 4);
  const P = rootProduct(root(input.E));
  const S = product(product(H, P), transposed(H));
  const R = input.R.dense();
  const Sinv = denseCovariance({ data: S.data.map((v, i) => v + R[i]!), shape: [3, 3] });
  const PHt = product(P, transposed(H));
  const Xd = anomalies(ensemble).data;
  for (let k = 0; k < 12; k++) {
    const x = { data: X.slice(4 * k, 4 * k + 4), shape: [4, 1] };
    const gain = product(PHt, { data: Sinv.solve(product(H, x).data), shape: [3, 1] });
    for (let i = 0; i < 4; i++)
      expect(Math.abs(Xd[4 * k + i]! - (x.data[i]! - 0.5 * gain.data[i]!))).toBeLessThan(1e-12);
  }
});

describe("the finite-size filter", () => {
  const input = problem(6, 4, 5, scalarCovariance(5, 0.5));
  it.each(["corrected", "plain"] as const)("is an ETKF of inflated members at the minimum (%s)", (prior) => {
    const { ensemble, inflation } = enkfNAnalysis({ ...input, prior });
    const wide = (A: NdArray): NdArray => {
      const mean = ensembleMean(A);
      return {
        data: A.data.map((v, i) => mean[i % mean.length]! + inflation * (v - mean[i % mean.length]!)),
        shape: A.shape,
      };
    };
    const other = etkfAnalysis({ ...input, E: wide(input.E), HE: wide(input.HE) });
    expect(distance(ensemble.data, other.ensemble.data)).toBeLessThan(1e-10);
    // The dual cost, from its definition: no λ nearby has less.
    const N = 6;
    const meanHE = ensembleMean(input.HE);
    const Y = anomalies(input.HE).data.map((v) => v / Math.sqrt(0.5));
    const G = { data: product({ data: Y, shape: [6, 5] }, transposed({ data: Y, shape: [6, 5] })).data, shape: [6, 6] };
    const d = input.y.map((v, i) => (v - meanHE[i]!) / Math.sqrt(0.5));
    const Yd = product({ data: Y, shape: [6, 5] }, { data: d, shape: [5, 1] });
    // Σ du²/(k + λ²s²) = (d·d − λ² (Yd)ᵀ (k I + λ² G)⁻¹ Yd)/k.
    const J = (l: number): number => {
      const k = N - 1;
      const C = denseCovariance({ data: G.data.map((v, i) => l * l * v + (i % 7 === 0 ? k : 0)), shape: [6, 6] });
      const quadratic = C.solve(Yd.data).reduce((sum, v, i) => sum + v * Yd.data[i]!, 0);
      const fit = (d.reduce((sum, v) => sum + v * v, 0) - l * l * quadratic) / k;
      let [eps, c] = [(N + 1) / N, N / k];
      if (prior === "corrected") {
        const unit = denseCovariance({ data: G.data.map((v, i) => v / k + (i % 7 === 0 ? 1 : 0)), shape: [6, 6] });
        let trace = 0;
        for (let i = 0; i < 6; i++)
          trace += unit.solve(Float64Array.from({ length: 6 }, (_, j) => (i === j ? 1 : 0)))[i]!;
        const correction = Math.sqrt((eps / c) ** (trace / 6));
        eps /= correction;
        c *= correction;
      }
      return fit + eps / (l * l) + c * Math.log(l * l);
    };
    for (const factor of [0.5, 0.9, 0.999, 1.001, 1.1, 2]) expect(J(inflation * factor)).toBeGreaterThan(J(inflation));
    const h = 1e-4;
    expect(Math.abs(J(inflation * (1 + h)) - J(inflation * (1 - h))) / (2 * h)).toBeLessThan(1e-6);
  });
  it("inflates for a surprising observation", () => {
    const near = enkfNAnalysis({ ...input, y: ensembleMean(input.HE) });
    const far = enkfNAnalysis({ ...input, y: ensembleMean(input.HE).map((v) => v + 30) });
    expect(near.inflation).toBeLessThan(1.01);
    expect(far.inflation).toBeGreaterThan(1.2);
  });
});

describe("after the update", () => {
  it("a rotation is orthogonal, leaves ones alone and is random", () => {
    for (const N of [2, 3, 9]) {
      const Q = { data: meanPreservingRotation(N, randomStreams(5).stream("rotation", N)), shape: [N, N] };
      const unit = Float64Array.from({ length: N * N }, (_, i) => (i % (N + 1) === 0 ? 1 : 0));
      expect(distance(product(Q, transposed(Q)).data, unit)).toBeLessThan(1e-13);
      const ones = { data: new Float64Array(N).fill(1), shape: [N, 1] };
      expect(distance(product(Q, ones).data, ones.data)).toBeLessThan(1e-13);
    }
    const many = Array.from({ length: 400 }, (_, i) =>
      meanPreservingRotation(4, randomStreams(5).stream("rotation", i)),
    );
    // Uniform: elements beside the common direction average to those of the projection on it.
    const mean = many.reduce((sum, Q) => sum.map((v, i) => v + Q[i]! / 400), new Float64Array(16));
    expect(distance(mean, new Float64Array(16).fill(0.25))).toBeLessThan(0.12);
  });
  it("relaxation mixes anomalies or spreads and keeps the mean", () => {
    const [f, a] = [matrix("forecast", 5, 3, 2), matrix("analysis", 5, 3)];
    const [Xf, Xa] = [anomalies(f).data, anomalies(a).data];
    const rtpp = relaxed(a, f, { rtpp: 0.3 });
    expect(
      distance(
        anomalies(rtpp).data,
        Xa.map((v, i) => 0.7 * v + 0.3 * Xf[i]!),
      ),
    ).toBeLessThan(1e-14);
    const rtps = relaxed(a, f, { rtps: 0.4 });
    const spread = (A: NdArray): Float64Array => {
      const P = rootProduct(root(A)).data;
      return Float64Array.of(P[0]!, P[4]!, P[8]!).map(Math.sqrt);
    };
    expect(
      distance(
        spread(rtps),
        spread(a).map((v, i) => 0.6 * v + 0.4 * spread(f)[i]!),
      ),
    ).toBeLessThan(1e-14);
    for (const E of [rtpp, rtps]) expect(distance(ensembleMean(E), ensembleMean(a))).toBeLessThan(1e-14);
  });
});
