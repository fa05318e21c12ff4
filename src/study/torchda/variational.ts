import { ShapeError } from "../../engine/errors/index.ts";
import type { CompileOptions } from "../../engine/execute/index.ts";
import type { AsyncObjective, Evaluation, MinimizeResult, MinimizeStatus } from "../../engine/minimize/index.ts";
import { type ArrayLike64, type NdArray, shapeText, toNdArray } from "../../engine/tensor/index.ts";
import { type WindowCost, windowCosts } from "../../methods/variational/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import { type ForwardModel, modelOf, windowsOf } from "./forward.ts";
import { covariance, rows, vector } from "./inputs.ts";
import { type ApplyOptions, stepsOf } from "./kalman.ts";
import { type ObservationModel, operatorOf } from "./observation.ts";
import { type EarlyStopArgument, minimizerOf, type OptimizerArguments, type OptimizerClass } from "./optimizers.ts";

export interface VariationalOptions {
  /** L-BFGS by default: it converges, where TorchDA's defaults don't. */
  readonly optimizerCls?: OptimizerClass;
  readonly optimizerArgs?: OptimizerArguments;
  /** 1000 by default. */
  readonly maxIterations?: number;
  /** `[patience, tolerance]`: stops when J hasn't fallen by the tolerance for more than so many iterations in a row. */
  readonly earlyStop?: EarlyStopArgument;
  /** Writes a line an iteration: to the console, or to the function given. */
  readonly recordLog?: boolean | ((line: string) => void);
  readonly compute?: CompileOptions;
}

/** J, its parts and the gradient's norm before each step, and the states after it. J has no ½, as TorchDA's. */
export interface IntermediateResults {
  readonly J: readonly number[];
  readonly Jb: readonly number[];
  readonly Jo: readonly number[];
  readonly J_grad_norm: readonly number[];
  readonly background_states: readonly NdArray[];
}

export interface VariationalResult {
  /** The best state evaluated, of the background's shape. */
  readonly assimilatedState: NdArray;
  readonly intermediateResults: IntermediateResults;
  /** How the minimisation ended, in a word and in words: look at it. */
  readonly status: MinimizeStatus;
  readonly reason: string;
}

/**
 * TorchDA's `apply_3DVar`: the minimum of (x − xb)ᵀB⁻¹(x − xb) + (y − H(x))ᵀR⁻¹(y − H(x)) over x. For a batch xb [count, n] and
 * y [count, m] the sum of the costs is minimised, and the iteration stops for all together.
 * @param H matrix [m, n] or function of rows; `B` [n, n], `R` [m, m], `xb` [n] or [count, n], `y` [m] or [count, m]
 * @throws ShapeError, ArgumentError naming the argument; NumericalError, ConvergenceError for a cost that isn't finite
 * @see [Lorenc1986]
 */
export function apply3DVar(
  H: ObservationModel,
  B: ArrayLike64 | Covariance,
  R: ArrayLike64 | Covariance,
  xb: ArrayLike64,
  y: ArrayLike64,
  options: VariationalOptions = {},
): Promise<VariationalResult> {
  const background = toNdArray(xb, "xb");
  const { shape } = background;
  if (shape.length !== 1 && shape.length !== 2)
    throw new ShapeError("xb", `expected a state or rows of states, got shape ${shapeText(shape)}`);
  const states = shape.length === 1 ? { data: vector("xb", xb), shape: [1, shape[0]!] } : rows("xb", background);
  const [count, n] = [states.shape[0]!, states.shape[1]!];
  const seen = shape.length === 1 ? { data: vector("y", y), shape: [1] } : rows("y", y, count);
  const m = seen.data.length / count;
  const operator = operatorOf(H, n, m);
  const error = covariance("R", R, m);
  const prior = covariance("B", B, n);
  const costs = windowCosts("3DVar", options.compute);
  const each = Array.from({ length: count }, (_, k) =>
    costs.cost({
      background: { mean: states.data.slice(k * n, (k + 1) * n), covariance: prior },
      observations: [{ step: 0, values: seen.data.slice(k * m, (k + 1) * m), operator, error }],
      control: "state",
    }),
  );
  return minimized(each, states.data, shape, options);
}

/**
 * TorchDA's `apply_4DVar`: the minimum over the state x_0 at the first observation time of (x_0 − xb)ᵀB⁻¹(x_0 − xb) plus the sum of
 * (y_k − H(x_k))ᵀR⁻¹(y_k − H(x_k)) over all observation times, that one included.
 * @param timeObs observation times, the first the window's start; `gaps` model steps between them, one fewer
 * @throws as {@link apply3DVar}
 * @see [LeDimet1986]
 */
export function apply4DVar(
  timeObs: ArrayLike<number>,
  gaps: ArrayLike<number>,
  M: ForwardModel,
  H: ObservationModel,
  B: ArrayLike64 | Covariance,
  R: ArrayLike64 | Covariance,
  xb: ArrayLike64,
  y: ArrayLike64,
  options: VariationalOptions & Omit<ApplyOptions, "startTime"> = {},
): Promise<VariationalResult> {
  if (timeObs.length !== gaps.length + 1)
    throw new ShapeError(
      "gaps",
      `expected ${Math.max(0, timeObs.length - 1)} numbers of steps between ${timeObs.length} observation times, the first of which is the window's start, got ${gaps.length}`,
    );
  const windows = windowsOf(Array.from(timeObs).slice(1), gaps, timeObs[0]!);
  const mean = vector("xb", xb);
  const n = mean.length;
  const seen = rows("y", y, timeObs.length);
  const m = seen.shape[1]!;
  const operator = operatorOf(H, n, m);
  const error = covariance("R", R, m);
  const cost = windowCosts("4DVar", options.compute).cost({
    model: modelOf(M, { size: n, windows, ...options }),
    background: { mean, covariance: covariance("B", B, n) },
    observations: [0, ...stepsOf(windows.gaps)].map((step, k) => ({
      step,
      values: seen.data.slice(k * m, (k + 1) * m),
      operator,
      error,
    })),
    control: "state",
  });
  return minimized([cost], mean, [n], options);
}

/** Minimises twice the sum of costs of problems side by side: TorchDA's cost has no ½. */
async function minimized(
  costs: readonly WindowCost[],
  start: Float64Array,
  shape: readonly number[],
  options: VariationalOptions,
): Promise<VariationalResult> {
  const { optimizerCls = "LBFGS", optimizerArgs = {}, maxIterations = 1000, earlyStop, recordLog = false } = options;
  const minimizer = minimizerOf(optimizerCls, optimizerArgs, maxIterations, earlyStop);
  const log = recordLog === true ? (line: string) => console.info(line) : recordLog || undefined;
  const result = await minimizer.minimizeAsync(sumOf(costs), start, {
    keepIterates: true,
    onIteration({ iteration, value, gradientNorm, parts }) {
      log?.(
        `iteration ${iteration}: J ${value}, Jb ${parts!.Jb}, Jo ${parts!.Jo}, norm of its gradient ${gradientNorm}`,
      );
    },
  });
  return {
    assimilatedState: { data: result.x, shape },
    intermediateResults: intermediate(result, shape),
    status: result.status,
    reason: result.reason,
  };
}

function sumOf(costs: readonly WindowCost[]): AsyncObjective {
  const n = costs[0]!.size;
  const gradient = new Float64Array(n * costs.length);
  return {
    size: n * costs.length,
    async evaluate(x) {
      let value = 0;
      for (const [k, cost] of costs.entries()) {
        const z = x.slice(k * n, (k + 1) * n);
        const answer: Evaluation = cost.evaluateAsync ? await cost.evaluateAsync(z) : cost.evaluate(z);
        value += 2 * answer.value;
        for (let i = 0; i < n; i++) gradient[k * n + i] = 2 * answer.gradient[i]!;
      }
      return { value, gradient };
    },
    parts() {
      let [Jb, Jo] = [0, 0];
      for (const cost of costs) {
        Jb += 2 * cost.parts().Jb;
        Jo += 2 * cost.parts().Jo;
      }
      return { Jb, Jo };
    },
  };
}

function intermediate({ history, last }: MinimizeResult, shape: readonly number[]): IntermediateResults {
  const points = [...history.slice(1).map(({ x }) => x!), last];
  return {
    J: history.map(({ value }) => value),
    Jb: history.map(({ parts }) => parts!.Jb!),
    Jo: history.map(({ parts }) => parts!.Jo!),
    J_grad_norm: history.map(({ gradientNorm }) => gradientNorm),
    background_states: points.map((data) => ({ data, shape })),
  };
}
