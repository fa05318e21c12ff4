import { randomStreams } from "../../src/engine/random/index.ts";
import type { NdArray } from "../../src/engine/tensor/index.ts";
import type { Problem } from "../../src/methods/method.ts";
import { denseCovariance } from "../../src/problem/covariance/index.ts";
import { linearModel } from "../../src/problem/models/index.ts";
import { observationNetwork, observationSeries } from "../../src/problem/observe/index.ts";
import { matrixOperator } from "../../src/problem/operators/index.ts";

/** A random matrix [m, n] times a factor. */
export function matrix(purpose: string, m: number, n: number, factor = 1): NdArray {
  const data = randomStreams(21)
    .stream(purpose)
    .normals(m * n);
  return { data: data.map((value) => value * factor), shape: [m, n] };
}

/** AᵀA/n + shift·I. */
export function definite(purpose: string, n: number, shift = 0.2): NdArray {
  const { data } = matrix(purpose, n, n);
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) out[i * n + j]! += (data[k * n + i]! * data[k * n + j]!) / n;
      if (i === j) out[i * n + j]! += shift;
    }
  return { data: out, shape: [n, n] };
}

export const product = (A: NdArray, B: NdArray): NdArray => {
  const [m, k, n] = [A.shape[0]!, A.shape[1]!, B.shape[1]!];
  const data = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) for (let p = 0; p < k; p++) data[i * n + j]! += A.data[i * k + p]! * B.data[p * n + j]!;
  return { data, shape: [m, n] };
};
export const transposed = ({ data, shape }: NdArray): NdArray => {
  const [m, n] = [shape[0]!, shape[1]!];
  return {
    data: Float64Array.from({ length: m * n }, (_, at) => data[(at % m) * n + Math.floor(at / m)]!),
    shape: [n, m],
  };
};
export const sum = (A: NdArray, B: NdArray, factor = 1): NdArray => ({
  data: A.data.map((value, i) => value + factor * B.data[i]!),
  shape: A.shape,
});
export const inverse = (A: NdArray): NdArray => {
  const n = A.shape[0]!;
  const a = A.data.slice();
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k; i < n; i++) if (Math.abs(a[i * n + k]!) > Math.abs(a[best * n + k]!)) best = i;
    for (const table of [a, out])
      for (let j = 0; j < n; j++) {
        const kept = table[k * n + j]!;
        table[k * n + j] = table[best * n + j]!;
        table[best * n + j] = kept;
      }
    const pivot = a[k * n + k]!;
    for (const table of [a, out]) for (let j = 0; j < n; j++) table[k * n + j]! /= pivot;
    for (let i = 0; i < n; i++) {
      const factor = a[i * n + k]!;
      if (i === k || factor === 0) continue;
      for (const table of [a, out]) for (let j = 0; j < n; j++) table[i * n + j]! -= factor * table[k * n + j]!;
    }
  }
  return { data: out, shape: [n, n] };
};

/** A linear problem of 4 variables, 3 observed, unequal intervals, dt 0.5, with or without model error. */
export interface LinearProblem {
  readonly problem: Problem;
  readonly F: NdArray;
  readonly H: NdArray;
  readonly R: NdArray;
  readonly P0: NdArray;
  readonly Q: NdArray;
}

export function linearProblem(error = 1, missing = false): LinearProblem {
  const F = sum(matrix("F", 4, 4, 0.25), {
    data: Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 0.7 : 0)),
    shape: [4, 4],
  });
  const H = matrix("H", 3, 4);
  const [R, P0, Q] = [definite("R", 3), definite("P0", 4), definite("Q", 4)];
  const model = linearModel({ matrix: F, dt: 0.5 });
  const network = observationNetwork({
    dt: 0.5,
    steps: [1, 3, 4, 8, 9, 11],
    operator: matrixOperator(H),
    error: denseCovariance(R),
  });
  const { data } = matrix("y", 6, 3, 2);
  if (missing) {
    data[4] = Number.NaN;
    data.fill(Number.NaN, 6, 9);
    data[15] = data[17] = Number.NaN;
  }
  const observations = observationSeries(network, { data, shape: [6, 3] });
  const problem: Problem = {
    model,
    observations,
    background: { mean: matrix("x0", 1, 4).data, covariance: denseCovariance(P0) },
    ...(error > 0 && { modelError: denseCovariance(Q).scaled(error) }),
  };
  return { problem, F, H, R, P0, Q: { data: Q.data.map((value) => value * error), shape: Q.shape } };
}
