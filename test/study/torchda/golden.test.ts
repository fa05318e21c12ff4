// Fixtures: outputs of TorchDA at commit 1b02e29 in float64 with its random draws recorded.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { concat, stack, type Tensor, tensor } from "../../../src/engine/graph/index.ts";
import type { NdArray } from "../../../src/engine/tensor/index.ts";
import { collectRun } from "../../../src/methods/common/index.ts";
import { enkf } from "../../../src/methods/filters/index.ts";
import { denseCovariance } from "../../../src/problem/covariance/index.ts";
import { lorenz63 } from "../../../src/problem/models/index.ts";
import { observationNetwork, observationSeries } from "../../../src/problem/observe/index.ts";
import { matrixOperator } from "../../../src/problem/operators/index.ts";
import {
  Algorithms,
  apply3DVar,
  apply4DVar,
  applyEnKF,
  applyKF,
  CaseBuilder,
  type ForwardFunction,
  type OptimizerClass,
} from "../../../src/study/torchda/index.ts";

type Matrix = number[][];
interface Case {
  readonly optimizer: string;
  readonly optimizer_args: Record<string, number>;
  readonly max_iterations: number;
  readonly early_stop: [number, number];
  readonly iterations_recorded: number;
  readonly output_sequence_length: number;
  readonly gaps: number[];
  readonly time_obs: number[];
  readonly y: Matrix;
  readonly J: number[];
  readonly x_optimal: number[];
  readonly outputs: {
    readonly x_optimal: number[] | Matrix;
    readonly J: number[];
    readonly J_grad_norm: number[];
    readonly background_states_sampled: Record<string, number[] | Matrix>;
  };
}
interface Fixture {
  readonly H: { readonly matrix: Matrix } & Record<string, Matrix>;
  readonly model: { readonly integrator: string };
  readonly network: { readonly weights: Record<string, Matrix> };
  readonly inputs: {
    readonly B: Matrix;
    readonly P0: Matrix;
    readonly R: Matrix;
    readonly Ne: number;
    readonly x0: number[];
    readonly xb: number[] & Matrix;
    readonly y: Matrix;
    readonly time_obs: number[];
    readonly gaps: number[];
  };
  readonly outputs: { readonly x_estimates: Matrix; readonly M_input_states: Matrix };
  readonly cases: readonly Case[];
}

const load = (name: string): Fixture =>
  JSON.parse(readFileSync(new URL(`../../fixtures/torchda/${name}.json`, import.meta.url), "utf8"));
const farthest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
};
const flat = (rows: number[] | Matrix): number[] => rows.flat();
const row = ({ data, shape }: NdArray, k: number): Float64Array => data.subarray(k * shape[1]!, (k + 1) * shape[1]!);

/** Written as a TorchDA user would: M(x, times) with a loop over the times. */
const forward =
  (integrator: string): ForwardFunction =>
  (x, times) => {
    const slope = (s: Tensor): Tensor => {
      const [a, b, c] = [s.at(0), s.at(1), s.at(2)];
      return stack([b.sub(a).mul(10), a.mul(c.neg().add(28)).sub(b), a.mul(b).sub(c.mul(8 / 3))]);
    };
    const states = [x];
    for (let k = 1; k < times.shape[0]!; k++) {
      const dt = integrator === "euler" ? times.at(k).sub(times.at(k - 1)) : tensor(0.01);
      const s = states.at(-1)!;
      const k1 = slope(s);
      if (integrator === "euler") {
        states.push(s.add(k1.mul(dt)));
        continue;
      }
      const k2 = slope(s.add(k1.mul(dt).div(2)));
      const k3 = slope(s.add(k2.mul(dt).div(2)));
      const k4 = slope(s.add(k3.mul(dt)));
      states.push(s.add(k1.add(k2.mul(2)).add(k3.mul(2)).add(k4).mul(dt).div(6)));
    }
    return stack(states);
  };
const nonlinear = (x: Tensor): Tensor =>
  stack([x.at(0, -1).add(x.at(1, -1).square().mul(0.1)), x.at(2, -1).square().mul(0.05)], -1);
const optimizers: Record<string, OptimizerClass> = { Adam: "Adam", AdamW: "AdamW", SGD: "SGD", SGDmomentum: "SGD" };

describe("applyKF", () => {
  it.each(["kf_l63_linearH", "kf_l63_callable_linearH"])("%s: all states, and the last analysis", async (name) => {
    const { inputs, outputs, H } = load(name);
    const { time_obs, gaps, P0, R, x0, y } = inputs;
    const states = await applyKF(time_obs, gaps, forward("rk4"), H.matrix, P0, R, x0, y);
    expect(states.shape).toEqual([51, 3]);
    outputs.x_estimates.slice(0, -1).forEach((state, k) => {
      expect(farthest(row(states, k), state)).toBeLessThan(1e-9);
    });
    // Theirs ends with a forecast; ours fits the last observation better than that.
    const misfit = (x: ArrayLike<number>): number => Math.hypot(x[0]! - y.at(-1)![0]!, x[2]! - y.at(-1)![1]!);
    expect(misfit(row(states, 50))).toBeLessThan(0.5 * misfit(outputs.x_estimates.at(-1)!));
  });

  it("unequal gaps: states in order, where theirs are misplaced", async () => {
    const { inputs, outputs, H } = load("kf_l63_unequal_gaps_BUG");
    const { time_obs, gaps, P0, R, x0, y } = inputs;
    const states = await applyKF(time_obs, gaps, lorenz63(), H.matrix, P0, R, x0, y);
    expect(states.shape).toEqual([20, 3]);
    [0, 10, 15].forEach((step, k) => {
      expect(farthest(row(states, step), outputs.M_input_states[k]!)).toBeLessThan(1e-10);
    });
    expect(Math.hypot(...row(states, 19))).toBeGreaterThan(10);
  });
});

describe("applyEnKF", () => {
  it("its states are those of our stochastic filter, the last analysis included", async () => {
    const { inputs, H } = load("enkf_l63_matrixH");
    const { time_obs, gaps, P0, R, x0, y } = inputs;
    const options = { seed: 4 };
    const { average, each } = await applyEnKF(time_obs, gaps, 40, forward("rk4"), H.matrix, P0, R, x0, y, options);
    expect(average.shape).toEqual([51, 3]);
    expect(each.shape).toEqual([51, 40, 3]);
    const model = lorenz63();
    const run = await collectRun(
      enkf({ members: 40, perturbations: "raw" }),
      {
        model,
        observations: observationSeries(
          observationNetwork({
            dt: model.dt,
            steps: [10, 20, 30, 40, 50],
            operator: matrixOperator(H.matrix),
            error: denseCovariance(R),
          }),
          y,
        ),
        background: { mean: Float64Array.from(x0), covariance: denseCovariance(P0) },
      },
      { ...options, everyStep: true },
    );
    run.cycles.forEach(({ trajectory, analysisMean, analysisEnsemble }, k) => {
      expect(
        farthest(average.data.subarray((10 * k + 1) * 3, (10 * k + 10) * 3), trajectory!.data.slice(0, 27)),
      ).toBeLessThan(1e-9);
      expect(farthest(row(average, 10 * (k + 1)), analysisMean)).toBeLessThan(1e-9);
      expect(farthest(each.data.subarray(1200 * (k + 1), 1200 * (k + 1) + 120), analysisEnsemble!.data)).toBeLessThan(
        1e-9,
      );
    });
    const again = await applyEnKF(time_obs, gaps, 40, lorenz63(), H.matrix, P0, R, x0, y, options);
    expect(farthest(again.each.data, each.data)).toBeLessThan(1e-7);
  });
});

describe("apply3DVar", () => {
  const tanh = (H: Record<string, Matrix>) => (x: Tensor) =>
    x.matmul(tensor(H.W1!).transpose()).add(tensor(H.b1!)).tanh().matmul(tensor(H.W2!).transpose()).add(tensor(H.b2!));
  const models: Record<string, (fixture: Fixture) => (x: Tensor) => Tensor> = {
    "3dvar_identityH": () => (x) => x.add(0),
    "3dvar_partialH":
      ({ H }) =>
      (x) =>
        x.matmul(tensor(H.Hp!).transpose()),
    "3dvar_squareH": () => (x) => x.square(),
    "3dvar_mlpH": ({ H }) => tanh(H),
    "3dvar_batch_mlpH": ({ H }) => tanh(H),
    "3dvar_sparse_diag": () => (x) => x.add(0),
  };
  it.each(Object.keys(models))("%s: costs, gradients and states of every iteration", async (name) => {
    const fixture = load(name);
    const { B, R, xb, y } = fixture.inputs;
    for (const { optimizer, optimizer_args, max_iterations, outputs } of fixture.cases) {
      if (optimizers[optimizer] === undefined) continue;
      const { lr, momentum } = optimizer_args;
      const { assimilatedState, intermediateResults } = await apply3DVar(models[name]!(fixture), B, R, xb, y, {
        optimizerCls: optimizers[optimizer]!,
        // The fixtures have PyTorch's default decay, 0.01; ours is 0.
        optimizerArgs: {
          lr: lr!,
          ...(momentum !== undefined && { momentum }),
          ...(optimizer === "AdamW" && { weight_decay: 0.01 }),
        },
        maxIterations: max_iterations,
      });
      const { J, J_grad_norm: norms, background_states: states } = intermediateResults;
      expect(farthest(J, outputs.J)).toBeLessThan(1e-9 * outputs.J[0]!);
      expect(farthest(norms, outputs.J_grad_norm)).toBeLessThan(1e-9 * outputs.J_grad_norm[0]!);
      for (const [k, state] of Object.entries(outputs.background_states_sampled))
        expect(farthest(states[Number(k)]!.data, flat(state))).toBeLessThan(1e-9);
      expect(farthest(states.at(-1)!.data, flat(outputs.x_optimal))).toBeLessThan(1e-9);
      expect(assimilatedState.shape).toEqual(name.includes("batch") ? [3, 5] : [xb.length]);
    }
  });

  it("stops early by their rule", async () => {
    const fixture = load("3dvar_early_stop");
    const { B, R, xb, y } = fixture.inputs;
    for (const { early_stop, iterations_recorded, J, x_optimal } of fixture.cases) {
      const { intermediateResults } = await apply3DVar((x) => x.add(0), B, R, xb, y, {
        optimizerCls: "Adam",
        optimizerArgs: { lr: 0.1 },
        maxIterations: 200,
        earlyStop: early_stop,
      });
      expect(intermediateResults.J).toHaveLength(iterations_recorded);
      expect(farthest(intermediateResults.J, J)).toBeLessThan(1e-9);
      expect(farthest(intermediateResults.background_states.at(-1)!.data, x_optimal)).toBeLessThan(1e-9);
    }
  });

  it("by default it converges to the exact minimum, and says so", async () => {
    const unit = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    const result = await apply3DVar(unit, unit, unit, [0, 0, 0], [10, 20, 30]);
    expect(farthest(result.assimilatedState.data, [5, 10, 15])).toBeLessThan(1e-8);
    expect(result.intermediateResults.J.at(-1)).toBeCloseTo(700, 8);
    expect(result.status).toBe("converged");
  });
});

describe("apply4DVar", () => {
  it.each([
    ["4dvar_l63_euler", "euler", (x: Tensor) => x.add(0)],
    ["4dvar_l63_rk4", "rk4", (x: Tensor) => x.add(0)],
    ["4dvar_l63_rk4_nonlinearH_unequal_gaps", "rk4", nonlinear],
  ] as const)("%s: costs, gradients and states of every iteration", async (name, integrator, H) => {
    const { inputs, cases } = load(name);
    const { time_obs, gaps, B, R, xb, y } = inputs;
    for (const { optimizer, optimizer_args, max_iterations, outputs } of cases) {
      const { intermediateResults } = await apply4DVar(time_obs, gaps, forward(integrator), H, B, R, xb, y, {
        optimizerCls: optimizers[optimizer]!,
        optimizerArgs: { lr: optimizer_args.lr!, ...(optimizer === "AdamW" && { weight_decay: 0.01 }) },
        maxIterations: max_iterations,
      });
      const { J, background_states: states } = intermediateResults;
      expect(farthest(J, outputs.J)).toBeLessThan(1e-8 * outputs.J[0]!);
      expect(farthest(states.at(-1)!.data, flat(outputs.x_optimal))).toBeLessThan(1e-7);
    }
  });

  it("a network as M returns several states at a call", async () => {
    const { inputs, cases, network } = load("wrap_nn_forward_4dvar");
    const weights = (name: string): Tensor => tensor(network.weights[name]!);
    const once = (x: Tensor): Tensor =>
      x.add(
        x
          .matmul(weights("l1.weight").transpose())
          .add(weights("l1.bias"))
          .tanh()
          .matmul(weights("l2.weight").transpose())
          .add(weights("l2.bias"))
          .mul(0.1),
      );
    for (const { output_sequence_length: L, gaps, time_obs, y, outputs } of cases) {
      const states = (x: Tensor): Tensor => {
        const list = [once(x)];
        while (list.length < L) list.push(once(list.at(-1)!));
        return concat(list, 0);
      };
      const builder = new CaseBuilder("network", {
        algorithm: Algorithms.Var4D,
        forwardModel: { network: states },
        outputSequenceLength: L,
        observationModel: (x: Tensor) => x.slice([0, 0], [undefined, 2]),
        backgroundCovarianceMatrix: inputs.B,
        observationCovarianceMatrix: inputs.R,
        backgroundState: inputs.xb,
        observations: y,
        observationTimeSteps: time_obs,
        gaps,
        optimizerCls: "Adam",
        optimizerArgs: { lr: 0.05 },
        maxIterations: 30,
      });
      const { intermediate_results: results } = await builder.execute();
      expect(farthest(results!.J, outputs.J)).toBeLessThan(1e-9 * outputs.J[0]!);
      expect(farthest(results!.background_states.at(-1)!.data, flat(outputs.x_optimal))).toBeLessThan(1e-9);
    }
  });
});
