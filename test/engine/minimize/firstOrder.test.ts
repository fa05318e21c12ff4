import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ArgumentError, ConvergenceError, NumericalError } from "../../../src/engine/errors/index.ts";
import { cholesky, choleskySolve, matvec } from "../../../src/engine/linalg/index.ts";
import { adam, adamw, type Minimizer, type Objective, sgd } from "../../../src/engine/minimize/index.ts";
import { quadratic, rosenbrock } from "./problems.ts";

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/torchda/${name}.json`, import.meta.url), "utf8"));

interface Inputs {
  B: number[][];
  R: number[][];
  xb: number[];
  y: number[];
}

/** (x − xb)ᵀB⁻¹(x − xb) + (y − x)ᵀR⁻¹(y − x): TorchDA's cost has no ½. */
function threeDVar({ B, R, xb, y }: Inputs): Objective {
  const n = xb.length;
  const inverse = (C: number[][]): Float64Array => {
    const factor = cholesky(Float64Array.from(C.flat()), n);
    if (!factor.ok) throw new Error("not definite");
    const identity = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
    return choleskySolve(factor.L, n, identity, n);
  };
  const [Bi, Ri] = [inverse(B), inverse(R)];
  return {
    size: n,
    evaluate(x) {
      const db = x.map((value, i) => value - xb[i]!);
      const dy = x.map((value, i) => value - y[i]!);
      const [gb, go] = [matvec(Bi, db, n, n), matvec(Ri, dy, n, n)];
      return {
        value: db.reduce((sum, value, i) => sum + value * gb[i]! + dy[i]! * go[i]!, 0),
        gradient: gb.map((value, i) => 2 * (value + go[i]!)),
      };
    },
  };
}

function expectRelative(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < found.length; i++)
    expect(Math.abs(found[i]! - wanted[i]!)).toBeLessThanOrEqual(tolerance * Math.abs(wanted[i]!));
}

// Twelve steps on Rosenbrock's function from (−1.2, 1), by torch.optim of PyTorch 2 in float64.
// biome-ignore format: numbers
const torch: [string, Minimizer, number[], number[]][] = [
  ["SGD(lr=1e-3)", sgd({ learningRate: 1e-3, iterations: 12 }),
    [24.199999999999996, 5.352911580008964, 4.117789857067972, 4.114552150338377, 4.111402274582486, 4.108251122273362, 4.105098527498395, 4.101944487005585, 4.098788998039624, 4.095632057829184, 4.092473663595008, 4.089313812549566],
    [-1.0198466576830034, 1.0480696743188616]],
  ["SGD(lr=2e-4, momentum=0.9)", sgd({ learningRate: 2e-4, momentum: 0.9, iterations: 12 }),
    [24.199999999999996, 14.941556231675651, 6.219134211548075, 4.326296770335919, 7.9741778367866045, 12.593682291641686, 14.65448787536285, 13.139908721386233, 9.268109771508044, 5.49089040484346, 4.040402286613825, 5.4138748753309445],
    [-1.0779630388057067, 0.972627411930949]],
  ["Adam(lr=0.05)", adam({ learningRate: 0.05, iterations: 12 }),
    [24.199999999999996, 12.048125000610348, 5.777785231369792, 4.278681170315231, 5.698497447115723, 7.876221543082742, 9.280362345043502, 9.42252217156001, 8.529690668914672, 7.106985351211208, 5.675677031222709, 4.64094779117355],
    [-1.0478946509826976, 1.113409861184916]],
  ["Adam(lr=0.02, betas=(0.8, 0.95), eps=1e-2)", adam({ learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-2, iterations: 12 }),
    [24.199999999999996, 18.620912346871737, 14.05232922518108, 10.464470725569207, 7.801803801855389, 5.97953932970029, 4.882135460666255, 4.365789613513229, 4.266986091658617, 4.417858975439816, 4.666118450897294, 4.893964206884167],
    [-1.0340183240911556, 1.1636568189253755]],
  ["AdamW(lr=0.05, weight_decay=0.1)", adamw({ learningRate: 0.05, decay: 0.1, iterations: 12 }),
    [24.199999999999996, 11.552403770189535, 5.407792309579935, 4.310835931981754, 6.061051272779572, 8.321667236718527, 9.625885655825618, 9.623257197883, 8.620794008469511, 7.136823982466171, 5.667668259529714, 4.581971994224627],
    [-1.0013258617626297, 1.0276952863870121]],
];

describe("against PyTorch", () => {
  it.each(torch)("%s", (_name, minimizer, J, x) => {
    const result = minimizer.minimize(rosenbrock(2), Float64Array.of(-1.2, 1));
    expectRelative(
      result.history.map(({ value }) => value),
      J,
      1e-13,
    );
    expectRelative(result.last, x, 1e-13);
    expect(result.status).toBe("iteration-limit");
  });
});

describe("against TorchDA", () => {
  it("3D-Var, four optimisers", () => {
    const { inputs, cases } = fixture("3dvar_identityH") as {
      inputs: Inputs;
      cases: {
        optimizer: string;
        max_iterations: number;
        optimizer_args: { lr: number };
        outputs: {
          J: number[];
          J_grad_norm: number[];
          x_optimal: number[];
          background_states_sampled: Record<string, number[]>;
        };
      }[];
    };
    for (const { optimizer, max_iterations: iterations, optimizer_args: args, outputs } of cases) {
      const options = { learningRate: args.lr, iterations };
      const minimizers: Record<string, Minimizer> = {
        Adam: adam(options),
        AdamW: adamw({ ...options, decay: 0.01 }),
        SGD: sgd(options),
        SGDmomentum: sgd({ ...options, momentum: 0.9 }),
      };
      const result = minimizers[optimizer]!.minimize(threeDVar(inputs), Float64Array.from(inputs.xb), {
        keepIterates: true,
      });
      const { history } = result;
      expectRelative(
        history.map(({ value }) => value),
        outputs.J,
        1e-9,
      );
      expectRelative(
        history.map(({ gradientNorm }) => gradientNorm),
        outputs.J_grad_norm,
        1e-7,
      );
      expectRelative(result.last, outputs.x_optimal, 1e-9);
      for (const [at, x] of Object.entries(outputs.background_states_sampled))
        expectRelative(history[Number(at) + 1]!.x!, x, 1e-8);
    }
    expect(cases.length).toBe(4);
  });

  it("stops early where TorchDA does", () => {
    const { inputs, cases } = fixture("3dvar_early_stop") as {
      inputs: Inputs;
      cases: { early_stop: [number, number]; iterations_recorded: number; J: number[]; x_optimal: number[] }[];
    };
    for (const { early_stop: rule, iterations_recorded: recorded, J, x_optimal } of cases) {
      const earlyStop = { patience: rule[0], tolerance: rule[1] };
      const minimizer = adam({ learningRate: 0.1, iterations: 200, earlyStop });
      const result = minimizer.minimize(threeDVar(inputs), Float64Array.from(inputs.xb));
      expect(result).toMatchObject({ status: "early-stop", iterations: recorded, evaluations: recorded + 1 });
      expectRelative(
        result.history.map(({ value }) => value),
        J,
        1e-9,
      );
      expectRelative(result.last, x_optimal, 1e-8);
      expect(result.value).toBeLessThanOrEqual(Math.min(...J) + 1e-9);
    }
    expect(cases.length).toBe(5);
  });
});

describe("sgd, adam, adamw", () => {
  it("converge on a quadratic", () => {
    const objective = quadratic([1, 3], [2, -1]);
    for (const minimizer of [
      sgd({ learningRate: 0.3, iterations: 200 }),
      sgd({ learningRate: 0.1, momentum: 0.8, iterations: 300 }),
      adam({ learningRate: 0.05, iterations: 2000 }),
      adamw({ learningRate: 0.05, iterations: 2000 }),
    ]) {
      const { x } = minimizer.minimize(objective, new Float64Array(2));
      expect(Math.abs(x[0]! - 2) + Math.abs(x[1]! + 1)).toBeLessThan(1e-6);
    }
  });

  it("return the best point, not the last", () => {
    const result = sgd({ learningRate: 1.9, momentum: 0.5, iterations: 3 }).minimize(
      quadratic([1], [0]),
      Float64Array.of(1),
      { keepIterates: true },
    );
    const best = result.history.reduce((a, b) => (b.value < a.value ? b : a));
    expect(result.x).toEqual(best.x);
    expect(result.value).toBe(best.value);
    expect(Math.abs(result.last[0]!)).toBeGreaterThan(Math.abs(result.x[0]!));
  });

  it("keep no state between calls", () => {
    for (const minimizer of [sgd({ momentum: 0.9, iterations: 5 }), adam({ iterations: 5 })]) {
      const run = (): Float64Array => minimizer.minimize(rosenbrock(2), Float64Array.of(-1, 1)).last;
      expect(run()).toEqual(run());
    }
  });

  it("obey the caller", () => {
    const entries: number[] = [];
    const stopped = adam().minimize(rosenbrock(2), Float64Array.of(-1, 1), {
      onIteration: ({ iteration }) => {
        entries.push(iteration);
        return iteration < 2;
      },
    });
    expect(entries).toEqual([0, 1, 2]);
    expect(stopped).toMatchObject({ status: "stopped", iterations: 2, evaluations: 3 });
    expect(adam().minimize(rosenbrock(2), new Float64Array(2), { signal: AbortSignal.abort() }).status).toBe("stopped");
  });

  it("advise a smaller learning rate when the cost runs away", () => {
    const run = (): unknown =>
      sgd({ learningRate: 1e6, iterations: 500 }).minimize(quadratic([1], [0]), Float64Array.of(1));
    expect(run).toThrow(ConvergenceError);
    expect(run).toThrow(/^cost: the cost is .* at iteration \d+; try a smaller learning rate/);
    const bad: Objective = { size: 1, evaluate: () => ({ value: NaN, gradient: Float64Array.of(0) }) };
    expect(() => adam().minimize(bad, new Float64Array(1))).toThrow(NumericalError);
  });

  it("freeze and check their options", () => {
    expect(Object.isFrozen(adam().options)).toBe(true);
    expect(adamw().options).toEqual({
      learningRate: 1e-3,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      iterations: 1000,
      decay: 0,
    });
    expect(() => adam({ learningRate: -1 })).toThrow(ArgumentError);
    expect(() => adam({ learningRate: -1 })).toThrow("minimizer.learningRate: expected a positive number, got -1");
    expect(() => adam({ beta1: 1 })).toThrow(/^minimizer\.beta1: /);
    expect(() => adamw({ decay: -1 })).toThrow(/^minimizer\.decay: /);
    expect(() => sgd({ momentum: Number.NaN })).toThrow(/^minimizer\.momentum: .* got NaN/);
    expect(() => sgd({ iterations: 0 })).toThrow(/^minimizer\.iterations: /);
    expect(() => sgd({ earlyStop: { patience: -1, tolerance: 0 } })).toThrow(/^minimizer\.earlyStop\.patience: /);
  });
});
