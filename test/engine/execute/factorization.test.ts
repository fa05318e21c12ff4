// Factorisations large enough for the kernels: as the plain evaluation, failures included.
import { describe, expect, it } from "vitest";
import { evaluateGraph } from "../../../src/engine/graph/evaluate.ts";
import { type Graph, trace, valueAndGrad } from "../../../src/engine/graph/index.ts";
import { randomStreams } from "../../../src/engine/random/index.ts";
import type { NdArray } from "../../../src/engine/tensor/index.ts";
import { everyExecutable } from "../graph/executors.ts";

const [count, n, m] = [2, 40, 5];
const root: NdArray = {
  data: randomStreams(3)
    .stream("root", 0, 0)
    .normals(count * n * n),
  shape: [count, n, n],
};
const right: NdArray = {
  data: randomStreams(3)
    .stream("right", 0, 0)
    .normals(count * n * m),
  shape: [count, n, m],
};

function compare(graph: Graph, args: readonly NdArray[], tolerance: number): void {
  const expected = evaluateGraph(graph, args);
  for (const executable of everyExecutable(graph)) {
    const found = executable.run(args);
    expected.forEach(({ data }, k) => {
      const size = data.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 1);
      data.forEach((value, i) => {
        const own = found[k]!.data[i]!;
        if (Number.isNaN(value)) expect(own).toBeNaN();
        else expect(Math.abs(own - value)).toBeLessThan(tolerance * size);
      });
    });
  }
}

describe("factorisations in programs", () => {
  it("are those of the reference, with their gradients", () => {
    const value = trace(
      (x, b) => {
        const L = x!
          .matmul(x!.transpose([0, 2, 1]))
          .add(1)
          .cholesky();
        const z = L.triangularSolve(b!);
        return z
          .square()
          .sum()
          .add(L.triangularSolve(z, { transposed: true }).sum());
      },
      [root.shape, right.shape],
    );
    compare(value, [root, right], 1e-11);
    compare(valueAndGrad(value, [0, 1]), [root, right], 1e-7);
  });
  it("have NaN from the failing pivot on for a matrix that isn't definite, and the other's factor", () => {
    const factor = trace((x) => x!.cholesky(), [root.shape]);
    const A = { data: new Float64Array(count * n * n), shape: root.shape };
    for (let i = 0; i < n; i++) {
      A.data[i * (n + 1)] = i === 25 ? -1 : 2;
      A.data[n * n + i * (n + 1)] = 9;
    }
    compare(factor, [A], 1e-14);
    const [{ data }] = everyExecutable(factor)[0]!.run([A]) as [NdArray];
    expect(data[24 * (n + 1)]).toBe(Math.SQRT2);
    expect(data[25 * (n + 1)]).toBeNaN();
    expect(data[n * n + 25 * (n + 1)]).toBe(3);
  });
});
