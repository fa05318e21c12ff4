// The numbers that examples/lorenz63-surrogate/README.md states, of the weights that lie there.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { largestLyapunovExponent } from "../../../src/diagnostics/index.ts";
import { readOnnx } from "../../../src/engine/onnx/index.ts";
import { lorenz63, networkModel } from "../../../src/problem/models/index.ts";
import { runCase } from "../../../src/study/case/index.ts";
import { readCaseFile } from "../../../src/study/case/node.ts";
import { resolveTraining } from "../../../src/study/train/index.ts";

const base = fileURLToPath(new URL("../../../examples/lorenz63-surrogate/", import.meta.url));

async function analysis(file: string): Promise<number> {
  const { status, summary } = await runCase(await readCaseFile(`${base}${file}`), { base });
  expect(status).toBe("done");
  return summary.rmse!.analysis!;
}

describe("examples/lorenz63-surrogate", () => {
  it("has a training that is well-formed", async () => {
    expect(resolveTraining(await readCaseFile(`${base}train.yaml`)).training).toHaveLength(2);
  });

  it("forecasts unseen states for more than two Lyapunov times", async () => {
    const truth = lorenz63({ dt: 0.05 });
    const surrogate = networkModel({ network: readOnnx(await readFile(`${base}surrogate.onnx`)), dt: 0.05 });
    // A run of its own, from a state that no training run came from.
    const [starts, steps, apart] = [60, 150, 20];
    const start = await truth.advance(2000).apply(Float64Array.of(-3, 5, 31));
    const path = await truth.trajectory(starts * apart + steps).apply(start);
    // Deviations of the attractor's variables, of a long run.
    const deviation = [7.92, 9.01, 8.62];
    const times: number[] = [];
    for (let s = 0; s < starts; s++) {
      const made = await surrogate.trajectory(steps).apply(path.slice(3 * s * apart, 3 * s * apart + 3));
      const error = (k: number): number =>
        Math.sqrt(
          [0, 1, 2].reduce(
            (sum, i) => sum + ((made[3 * k + i]! - path[3 * (s * apart + 1 + k) + i]!) / deviation[i]!) ** 2 / 3,
            0,
          ),
        );
      const first = Array.from({ length: steps }, (_, k) => k).find((k) => error(k) > 0.4) ?? steps;
      times.push((first + 1) * 0.05);
    }
    const median = times.sort((a, b) => a - b)[starts / 2]!;
    const { mean: exponent } = await largestLyapunovExponent(truth, { start });
    expect(median * exponent).toBeGreaterThan(2.5);
  });

  it("assimilates nearly as well as the true model and far better than the free run", async () => {
    const [learned, known, free] = [
      await analysis("assimilate.yaml"),
      await analysis("true-model.yaml"),
      await analysis("free-run.yaml"),
    ];
    expect(learned / known).toBeLessThan(1.1);
    expect(free).toBeGreaterThan(10 * learned);
  });
});
