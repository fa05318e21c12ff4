import { expect } from "vitest";
import { randomStreams } from "../../src/engine/random/index.ts";
import type { Operator } from "../../src/problem/operators/index.ts";

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};
export const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

/** Largest absolute difference of two lists. */
export const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
};

/** Adjoint, Taylor and batch identities of a differentiable operator at x. */
export async function checkDerivatives(operator: Operator, x: Float64Array, t = 0.3): Promise<void> {
  const stream = randomStreams(11).stream("direction");
  const dx = stream.normals(operator.inSize);
  const dy = stream.normals(operator.outSize);
  const y = await operator.apply(x, t);
  const Mdx = await operator.tangent!(x, dx, t);
  const back = await operator.adjoint!(x, dy, t);
  const [left, right] = [dot(Mdx, dy), dot(dx, back)];
  expect(Math.abs(left - right)).toBeLessThanOrEqual(1e-12 * Math.max(norm(Mdx) * norm(dy), 1e-300));
  expect(norm(Mdx)).toBeGreaterThan(1e-3);

  const remainder = async (h: number): Promise<number> => {
    const moved = await operator.apply(
      x.map((value, i) => value + h * dx[i]!),
      t,
    );
    return norm(moved.map((value, i) => value - y[i]! - h * Mdx[i]!));
  };
  const [coarse, fine] = [await remainder(1e-2), await remainder(1e-3)];
  if (operator.linear) expect(coarse).toBeLessThan(1e-10 * (norm(y) + norm(Mdx)));
  else if (coarse > 1e-10) expect(Math.log10(coarse / fine)).toBeGreaterThan(1.9);

  const n = operator.inSize;
  const pair = new Float64Array(2 * n);
  pair.set(x);
  pair.set(dx, n);
  const batch = await operator.applyBatch({ data: pair, shape: [2, n] }, t);
  expect(batch.shape).toEqual([2, operator.outSize]);
  expect(distance(batch.data.subarray(0, operator.outSize), y)).toBeLessThan(1e-12 * (1 + norm(y)));
  const tangents = await operator.tangentBatch!(x, { data: pair, shape: [2, n] }, t);
  expect(distance(tangents.data.subarray(operator.outSize), Mdx)).toBeLessThan(1e-11 * (1 + norm(Mdx)));
}
