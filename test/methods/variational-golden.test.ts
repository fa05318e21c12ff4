import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { stack, type Tensor, tensor } from "../../src/engine/graph/index.ts";
import { adam, adamw, type Minimizer, sgd } from "../../src/engine/minimize/index.ts";
import { toNdArray } from "../../src/engine/tensor/index.ts";
import { fourDVar, threeDVar } from "../../src/methods/variational/index.ts";
import { type Covariance, denseCovariance } from "../../src/problem/covariance/index.ts";
import { lorenz63, type Model, tracedModel } from "../../src/problem/models/index.ts";
import { matrixOperator, type Operator, tracedOperator } from "../../src/problem/operators/index.ts";

// Runs of TorchDA (commit 1b02e29, float64): its J has no ½, so ours is half of it and our gradient norm too. It minimises
// over the state, hence control: "state". Adam's ε is halved with the gradient; steps of SGD double.

type Matrix = number[][];
interface Fixture {
  readonly H: { readonly expr: string; readonly [name: string]: string | number[] | Matrix };
  readonly network?: { readonly weights: Record<string, number[] | Matrix> };
  readonly model?: { readonly integrator: string; readonly dt: number };
  readonly inputs: { B: Matrix; R: Matrix; xb: number[]; y: number[] | Matrix; gaps?: number[]; time_obs?: number[] };
  readonly exact_minimiser?: number[];
  readonly cases: readonly {
    optimizer?: string;
    optimizer_args?: { lr: number; momentum?: number };
    gaps?: number[];
    y?: Matrix;
    max_iterations?: number;
    wrapped_trajectory_from_xb_per_gap?: number[][][];
    outputs: {
      x_optimal: number[];
      J: number[];
      Jb?: number[];
      Jo?: number[];
      J_grad_norm: number[];
      background_states_sampled: Record<string, number[]>;
    };
  }[];
}
const load = (name: string): Fixture =>
  JSON.parse(readFileSync(new URL(`../fixtures/torchda/${name}.json`, import.meta.url), "utf8"));
/** Model steps of the observation times: the first at the window's start. */
const stepsOf = (gaps: readonly number[]): number[] => {
  const steps = [0];
  for (const gap of gaps) steps.push(steps.at(-1)! + gap);
  return steps;
};
const dense = (matrix: Matrix): Covariance => denseCovariance(toNdArray(matrix));
const numbers = (value: string | number[] | Matrix | undefined): Tensor => tensor(value as Matrix);

function operatorOf(H: Fixture["H"], n: number): Operator {
  const traced = (outSize: number, fn: (x: Tensor) => Tensor): Operator =>
    tracedOperator({ name: "H", inShape: [n], outShape: [outSize], fn });
  switch (H.expr) {
    case "H(x)=x":
      return traced(n, (x) => x.add(0));
    case "H(x)=x@Hp.T":
      return matrixOperator(toNdArray(H.Hp as Matrix));
    case "H(x)=x**2 (elementwise)":
      return traced(n, (x) => x.square());
    case "tanh(x@W1.T+b1)@W2.T+b2":
      return traced((H.W2 as Matrix).length, (x) =>
        x
          .matmul(numbers(H.W1).transpose())
          .add(numbers(H.b1))
          .tanh()
          .matmul(numbers(H.W2).transpose())
          .add(numbers(H.b2)),
      );
    case "[x0+0.1*x1^2, 0.05*x2^2]":
      return traced(2, (x) => stack([x.at(0).add(x.at(1).square().mul(0.1)), x.at(2).square().mul(0.05)]));
    case "x[:, :2]":
      return traced(2, (x) => x.slice([0], [2]));
    default:
      throw new Error(`unknown operator ${H.expr}`);
  }
}

function minimizerOf(
  name: string,
  { lr, momentum = 0 }: { lr: number; momentum?: number },
  iterations: number,
): Minimizer {
  if (name === "Adam") return adam({ learningRate: lr, epsilon: 0.5e-8, iterations });
  if (name === "AdamW") return adamw({ learningRate: lr, epsilon: 0.5e-8, decay: 0.01, iterations });
  return sgd({ learningRate: 2 * lr, momentum, iterations });
}

function compare(
  got: {
    history: readonly { value: number; gradientNorm: number; parts?: Record<string, number> }[];
    last: Float64Array;
  },
  want: Fixture["cases"][number]["outputs"],
): void {
  expect(got.history).toHaveLength(want.J.length);
  got.history.forEach(({ value, gradientNorm, parts }, i) => {
    expect(Math.abs((2 * value) / want.J[i]! - 1)).toBeLessThan(1e-9);
    expect(Math.abs((2 * gradientNorm) / want.J_grad_norm[i]! - 1)).toBeLessThan(1e-7);
    if (want.Jb !== undefined) expect(Math.abs(2 * parts!.Jb! - want.Jb[i]!)).toBeLessThan(1e-9 * want.J[i]!);
    if (want.Jo !== undefined) expect(Math.abs(2 * parts!.Jo! - want.Jo[i]!)).toBeLessThan(1e-9 * want.J[i]!);
  });
  want.x_optimal.forEach((value, i) => {
    expect(Math.abs(got.last[i]! - value)).toBeLessThan(1e-8);
  });
}

describe.each(["3dvar_identityH", "3dvar_partialH", "3dvar_squareH", "3dvar_mlpH", "3dvar_sparse_diag"])(
  "%s",
  (name) => {
    const { H, inputs, cases, exact_minimiser } = load(name);
    const background = { mean: Float64Array.from(inputs.xb), covariance: dense(inputs.B) };
    const observations = {
      operator: operatorOf(H, inputs.xb.length),
      error: dense(inputs.R),
      values: Float64Array.from(inputs.y as number[]),
    };
    it.each(cases.map((entry) => [entry.optimizer!, entry] as const))(
      "takes TorchDA's path with %s",
      (optimizer, entry) => {
        const minimizer = minimizerOf(optimizer, entry.optimizer_args!, entry.max_iterations!);
        compare(threeDVar({ background, observations, minimizer, control: "state" }).minimization, entry.outputs);
      },
    );
    it("finds a lower cost by default, in either control", () => {
      const best = threeDVar({ background, observations });
      for (const { outputs } of cases) expect(2 * best.J).toBeLessThanOrEqual(Math.min(...outputs.J) * (1 + 1e-12));
      const other = threeDVar({ background, observations, control: "state" });
      best.state.forEach((value, i) => {
        expect(Math.abs(value - other.state[i]!)).toBeLessThan(1e-6);
        if (exact_minimiser !== undefined) expect(Math.abs(value - exact_minimiser[i]!)).toBeLessThan(1e-8);
      });
      expect(best.minimization.evaluations).toBeLessThan(60);
    });
  },
);

describe.each(["4dvar_l63_euler", "4dvar_l63_rk4", "4dvar_l63_rk4_nonlinearH_unequal_gaps"])("%s", (name) => {
  const { H, inputs, cases, model } = load(name);
  const steps = stepsOf(inputs.gaps!);
  const operator = operatorOf(H, 3);
  const error = dense(inputs.R);
  const problem = {
    model: lorenz63({ scheme: model!.integrator === "euler" ? "euler" : "rk4" }) as Model,
    background: { mean: Float64Array.from(inputs.xb), covariance: dense(inputs.B) },
    observations: steps.map((step, k) => ({
      step,
      time: step * 0.01,
      values: Float64Array.from((inputs.y as Matrix)[k]!),
      operator,
      error,
    })),
  };
  it.each(cases.map((entry) => [entry.optimizer!, entry] as const))(
    "takes TorchDA's path with %s",
    (optimizer, entry) => {
      const minimizer = minimizerOf(optimizer, entry.optimizer_args!, entry.max_iterations!);
      compare(fourDVar({ ...problem, minimizer, control: "state" }).minimization, entry.outputs);
    },
  );
  it("converges by default to a lower cost than TorchDA's best", () => {
    const best = fourDVar(problem);
    for (const { outputs } of cases) expect(2 * best.J).toBeLessThan(Math.min(...outputs.J));
    expect(best.minimization.status).toBe("converged");
  });
});

describe("wrap_nn_forward_4dvar", () => {
  const { H, inputs, cases, network } = load("wrap_nn_forward_4dvar");
  const { weights } = network!;
  const model = tracedModel({
    name: "network",
    shape: [4],
    dt: 1,
    step: (x) => {
      const hidden = x.matmul(numbers(weights["l1.weight"]).transpose()).add(numbers(weights["l1.bias"])).tanh();
      return x.add(hidden.matmul(numbers(weights["l2.weight"]).transpose()).add(numbers(weights["l2.bias"])).mul(0.1));
    },
  });
  it.each(cases.map((entry, i) => [i, entry] as const))(
    "assimilates with a network as the model, case %i",
    async (_, entry) => {
      const steps = stepsOf(entry.gaps!);
      // TorchDA's wrapper starts each interval at the state the last one ended with: one network step after another.
      const path = entry.wrapped_trajectory_from_xb_per_gap![0]!;
      const own = model.trajectory(path.length - 1).apply(Float64Array.from(inputs.xb));
      path
        .slice(1)
        .flat()
        .forEach((value, i) => {
          expect(Math.abs(own[i]! - value)).toBeLessThan(1e-12);
        });
      const operator = operatorOf(H, 4);
      const error = dense(inputs.R);
      const result = fourDVar({
        model,
        background: { mean: Float64Array.from(inputs.xb), covariance: dense(inputs.B) },
        observations: steps.map((step, k) => ({
          step,
          time: step,
          values: Float64Array.from(entry.y![k]!),
          operator,
          error,
        })),
        minimizer: minimizerOf("Adam", { lr: 0.05 }, 30),
        control: "state",
      });
      compare(result.minimization, entry.outputs);
    },
  );
});

describe("3dvar_batch_mlpH", () => {
  // A batch there is one optimiser on the sum of the costs; Adam and SGD act number by number, so each problem alone takes
  // the same path, and costs and squared gradient norms add up.
  const { H, inputs, cases } = load("3dvar_batch_mlpH");
  it.each(cases.map((entry) => [entry.optimizer!, entry] as const))(
    "takes TorchDA's path with %s",
    (optimizer, entry) => {
      const runs = (inputs.xb as unknown as Matrix).map((mean, i) =>
        threeDVar({
          background: { mean: Float64Array.from(mean), covariance: dense(inputs.B) },
          observations: {
            operator: operatorOf(H, mean.length),
            error: dense(inputs.R),
            values: Float64Array.from((inputs.y as Matrix)[i]!),
          },
          minimizer: minimizerOf(optimizer, entry.optimizer_args!, entry.max_iterations!),
          control: "state",
        }),
      );
      entry.outputs.J.forEach((J, i) => {
        const history = runs.map(({ minimization }) => minimization.history[i]!);
        expect(Math.abs((2 * history.reduce((sum, { value }) => sum + value, 0)) / J - 1)).toBeLessThan(1e-9);
        expect(
          Math.abs(
            (2 * Math.hypot(...history.map(({ gradientNorm }) => gradientNorm))) / entry.outputs.J_grad_norm[i]! - 1,
          ),
        ).toBeLessThan(1e-7);
      });
    },
  );
});
