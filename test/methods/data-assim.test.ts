// The analysis that DataAssim.jl tests its filters with: 10 variables, 3 members, 5 observations. What square-root filters
// must reproduce, our square-root form of Kalman's analysis does on the sample covariance.
import { expect, it } from "vitest";
import { anomalies, ensembleMean, rootAnalysis } from "../../src/methods/common/index.ts";
import { scalarCovariance } from "../../src/problem/covariance/index.ts";
import { matrixOperator } from "../../src/problem/operators/index.ts";

it("takes DataAssim.jl's mean and variances", () => {
  const [n, N, m] = [10, 3, 5];
  // Julia's arrays are column-major: member k holds sin(3 (10 k + 1 … 10 k + 10)), H[i, j] = 5 j + i + 1.
  const E = { data: Float64Array.from({ length: N * n }, (_, k) => Math.sin(3 * (k + 1))), shape: [N, n] };
  const H = matrixOperator({
    data: Float64Array.from({ length: m * n }, (_, k) => 5 * (k % n) + Math.floor(k / n) + 1),
    shape: [m, n],
  });
  const x = ensembleMean(E);
  const X = anomalies(E);
  const Z = { data: X.data.map((value) => value / Math.sqrt(N - 1)), shape: X.shape };
  const Y = H.applyBatch(Z);
  const Hx = H.apply(x);
  const { mean, root } = rootAnalysis({
    x,
    Z,
    Y,
    dy: Float64Array.from({ length: m }, (_, i) => i + 1 - Hx[i]!),
    R: scalarCovariance(m, 2),
  });
  const want = [
    0.757046727932, -0.708500599781, 0.645773827308, -0.570121887291, 0.483058953823, -0.386327592111, 0.281863881015,
    -0.171758662425, 0.058215693038, 0.05649246384,
  ];
  want.forEach((value, i) => {
    expect(Math.abs(mean[i]! - value)).toBeLessThan(1e-9);
  });
  const trace = (data: Float64Array): number => data.reduce((sum, value) => sum + value * value, 0);
  expect(Math.abs(trace(Z.data) - 5.253354721978525)).toBeLessThan(1e-9);
  expect(Math.abs(trace(root.data) - 0.8640962036762767)).toBeLessThan(1e-9);
});
