import { afterAll, describe, expect, it } from "vitest";
import { stopWorkers, workerStatistics } from "../../../src/engine/execute/index.ts";
import { lorenz63, lorenz96 } from "../../../src/problem/models/index.ts";
import { functionOperator } from "../../../src/problem/operators/index.ts";

afterAll(stopWorkers);

/** Has so many workers started: while they start, the main thread does the work. */
async function startWorkers(count: number): Promise<void> {
  const X = { data: new Float64Array(40 * 40).fill(1), shape: [40, 40] };
  while (workerStatistics().ready < count) {
    await lorenz96().withCompute!({ threads: count + 1 })
      .advance(200)
      .applyBatch(X);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("members among threads", () => {
  const members = 37;
  const X = { data: Float64Array.from({ length: members * 40 }, (_, i) => 3 + Math.sin(i)), shape: [members, 40] };
  it("give the same bytes for any number of threads, again and again", async () => {
    const model = lorenz96();
    const alone = model.advance(200).applyBatch(X, 1.5);
    await startWorkers(4);
    const { done } = workerStatistics();
    for (const threads of [2, 3, 5]) {
      const many = model.withCompute!({ threads }).advance(200);
      for (let repeat = 0; repeat < 2; repeat++) {
        const result = many.applyBatch(X, 1.5);
        expect(result).toBeInstanceOf(Promise);
        expect(await result).toEqual(alone);
      }
    }
    expect(workerStatistics().done).toBeGreaterThan(done);
  });
  it("give the same bytes by JavaScript alone and in float32", async () => {
    for (const compute of [{ executor: "js" }, { dtype: "float32" }, { executor: "js", dtype: "float32" }] as const) {
      const alone = await lorenz96().withCompute!(compute).advance(200).applyBatch(X);
      const many = await lorenz96().withCompute!({ ...compute, threads: 2 })
        .advance(200)
        .applyBatch(X);
      expect(many).toEqual(alone);
    }
  });
  it("give results of another size, for any number of members", async () => {
    for (const count of [2, 3, 16, 37]) {
      const some = { data: X.data.slice(0, count * 40), shape: [count, 40] };
      const alone = lorenz96().trajectory(5000).applyBatch(some);
      const many = lorenz96().withCompute!({ threads: 3 }).trajectory(5000).applyBatch(some);
      expect(many).toBeInstanceOf(Promise);
      const [a, b] = [await many, await alone];
      expect(a.shape).toEqual(b.shape);
      // A loop: toEqual takes a minute for millions of numbers.
      expect(a.data.every((value, i) => value === b.data[i])).toBe(true);
    }
  });
  it("keep what they are given", async () => {
    const before = X.data.slice();
    await lorenz96().withCompute!({ threads: 2 }).advance(200).applyBatch(X);
    expect(X.data).toEqual(before);
  });
  it("work side by side with others", async () => {
    const [a, b] = [lorenz96().withCompute!({ threads: 2 }), lorenz96({ forcing: 9 }).withCompute!({ threads: 2 })];
    const [x, y, z] = await Promise.all([
      a.advance(200).applyBatch(X),
      b.advance(200).applyBatch(X),
      a.advance(300).applyBatch(X),
    ]);
    expect(x).toEqual(lorenz96().advance(200).applyBatch(X));
    expect(y).toEqual(lorenz96({ forcing: 9 }).advance(200).applyBatch(X));
    expect(z).toEqual(lorenz96().advance(300).applyBatch(X));
  });
  it("stay here when there is little to do", () => {
    const model = lorenz63().withCompute!({ threads: 2 });
    expect(model.advance(1).applyBatch({ data: new Float64Array(6), shape: [2, 3] })).not.toBeInstanceOf(Promise);
  });
  it("leave plain functions alone", () => {
    const operator = functionOperator({ name: "twice", inShape: [2], outShape: [2], fn: (x) => x.map((v) => 2 * v) });
    expect(operator.withCompute).toBeUndefined();
  });
  it("start anew after they were stopped, and nobody waits for them", async () => {
    stopWorkers();
    const { done } = workerStatistics();
    const first = await lorenz96().withCompute!({ threads: 2 }).advance(200).applyBatch(X);
    expect(first).toEqual(lorenz96().advance(200).applyBatch(X));
    expect(workerStatistics()).toMatchObject({ workers: 1, done });
    await startWorkers(1);
    const result = await lorenz96().withCompute!({ threads: 2 }).advance(2000).applyBatch(X);
    expect(result).toEqual(lorenz96().advance(2000).applyBatch(X));
    expect(workerStatistics().done).toBeGreaterThan(done);
  });
});
