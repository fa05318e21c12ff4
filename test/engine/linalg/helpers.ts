import { expect } from "vitest";
import { randomStreams } from "../../../src/engine/random/index.ts";

const streams = randomStreams(7);

/** A matrix of normal numbers, known by its purpose and size. */
export function randomMatrix(purpose: string, m: number, n: number): Float64Array {
  return streams.stream(purpose, m, n).normals(m * n);
}

/** A·B by its definition, with A (m×k) and B (k×n) read through index functions. */
export function product(
  m: number,
  n: number,
  k: number,
  a: (i: number, p: number) => number,
  b: (p: number, j: number) => number,
): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a(i, p) * b(p, j);
      out[i * n + j] = sum;
    }
  return out;
}

/** AᵀA + shift·I for a random A: symmetric, positive definite when shift is positive. */
export function randomSymmetric(purpose: string, n: number, shift = 0): Float64Array {
  const A = randomMatrix(purpose, n, n);
  return product(
    n,
    n,
    n,
    (i, p) => A[p * n + i]!,
    (p, j) => A[p * n + j]!,
  ).map((x, at) => x + (at % (n + 1) === 0 ? shift : 0));
}

export function identity(n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  return out;
}

export function diagonal(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = values[i]!;
  return out;
}

/** Asserts that no element differs by more than `tolerance`. */
export function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  let worst = 0;
  for (let i = 0; i < found.length; i++) {
    const difference = Math.abs(found[i]! - wanted[i]!);
    if (!(difference <= worst)) worst = difference;
  }
  expect(worst).toBeLessThanOrEqual(tolerance);
}
