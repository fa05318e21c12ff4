// What examples/lorenz63-lstm/README.md states of the network that lies there.
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { readOnnx } from "../../src/engine/onnx/index.ts";
import { lorenz63, networkModel } from "../../src/problem/models/index.ts";

describe("examples/lorenz63-lstm", () => {
  it("gives the next ten states, and goes on from them", async () => {
    const truth = lorenz63({ rho: 35, dt: 0.05 });
    const bytes = await readFile(new URL("../../examples/lorenz63-lstm/surrogate.onnx", import.meta.url));
    const network = networkModel({ network: readOnnx(bytes), dt: 0.05, stepsPerCall: 10 });
    const start = await truth.advance(3000).apply(Float64Array.of(3, -4, 30), 0);
    const path = await truth.trajectory(2000).apply(start, 0);
    for (const [steps, limit] of [
      [1, 0.01],
      [10, 0.01],
      [20, 0.1],
      [50, 0.3],
    ] as const) {
      let [error, size] = [0, 0];
      for (let k = 0; k + steps < 2000; k += 20) {
        const made = await network.advance(steps).apply(path.slice(3 * k, 3 * k + 3), 0);
        for (let i = 0; i < 3; i++) {
          const value = path[3 * (k + steps) + i]!;
          error += (made[i]! - value) ** 2;
          size += value ** 2;
        }
      }
      expect(Math.sqrt(error / size)).toBeLessThan(limit);
    }
  });
});
