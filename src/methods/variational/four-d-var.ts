import { ArgumentError, CapabilityError } from "../../engine/errors/index.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Model } from "../../problem/models/index.ts";
import type { ObservationSeries } from "../../problem/observe/index.ts";
import { checkCount } from "../common/index.ts";
import type { Method, Problem, RunContext } from "../method.ts";
import { windowLayout } from "../smoothers/layout.ts";
import { cycleWindows } from "./cycle-windows.ts";
import { type VariationalOptions, variationalSettings } from "./options.ts";
import { solveWindow, type WindowAnalysis } from "./solve.ts";
import type { WindowPenalty } from "./window.ts";
import { windowCosts } from "./window-cost.ts";

export interface FourDVarOptions extends VariationalOptions {
  /** Observation times in a window; 1 by default. */
  readonly window?: number;
  /** Observation times by which the window moves, from 1 to all of them (default): windows overlap when it is less. */
  readonly shift?: number;
  /**
   * How much of an observation counts in each window that has it, oldest first, [window]; they sum to 1 for every observation. Left out: all
   * in the first window that has it.
   */
  readonly weights?: readonly number[];
  /** `cycled` (default): the trajectory that the window before analysed; `climatological`: the climatological mean. */
  readonly background?: "cycled" | "climatological";
  /** Whether an error of the model after every step is found, too; false by default. Needs the problem's `modelError`. */
  readonly weak?: boolean;
  /** First guess at appropriate time: increments stay as they are over the window, without tangent and adjoint of the model; false by default. */
  readonly fgat?: boolean;
  /** A further term of the cost. */
  readonly penalty?: WindowPenalty;
  /** Whether backward passes keep the states of few steps and run the others again: less memory for long windows; false by default. */
  readonly checkpoint?: boolean;
}

/** One window: background at its start (step 0), observations at any steps of it. */
export interface FourDVarProblem
  extends Omit<FourDVarOptions, "covariance" | "window" | "shift" | "weights" | "background" | "posterior"> {
  readonly model: Model;
  readonly background: { readonly mean: Float64Array; readonly covariance: Covariance };
  readonly observations: ObservationSeries;
  /** Covariance of the model's errors per unit of time. */
  readonly modelError?: Covariance;
}

const METHOD = "4dvar";

/**
 * Four-dimensional variational analysis: the minimum over the state x_0 at a window's start of
 * ½ (x_0−x_b)ᵀB⁻¹(x_0−x_b) + ½ Σ_k (y_k−H_k(x_k))ᵀR_k⁻¹(y_k−H_k(x_k)) with x_k = M(x_0); with `weak` over x_0 and the errors η_j of x_(j+1) = M(x_j) + η_j,
 * whose cost is ½ Σ_j η_jᵀ(dt Q)⁻¹η_j. With options, the method for cycling; with a problem, the analysis of that one window. Each evaluation
 * runs model and adjoint over the window once.
 *
 * When cycling, a window starts `window` observation times before its last one (or at the start) and its observations follow; one at step
 * 0 belongs to the first window. The last window may have fewer.
 * @throws CapabilityError for a model or operator without derivative, or `weak` without model errors; NumericalError for a cost that isn't
 *   finite; ArgumentError for options out of range
 * @see [LeDimet1986] [Talagrand1987] [Courtier1994] [Tremolet2006]
 */
export function fourDVar(problem: FourDVarProblem): WindowAnalysis;
export function fourDVar(options?: FourDVarOptions): Method;
export function fourDVar(input: FourDVarOptions | FourDVarProblem = {}): WindowAnalysis | Method {
  const settings = variationalSettings(METHOD, input);
  const { weak = false, fgat = false } = input;
  if (fgat && (weak || input.penalty !== undefined))
    throw new ArgumentError(
      `${METHOD}: fgat`,
      "expected neither weak nor a penalty with it: increments don't change over the window",
    );
  if ("observations" in input) return oneWindow(input, settings, weak, fgat);
  const options = input;
  const { background = "cycled" } = options;
  const length = checkCount(`${METHOD}: window`, options.window ?? 1, 1);
  const shift = checkCount(`${METHOD}: shift`, options.shift ?? length, 1);
  if (shift > length)
    throw new ArgumentError(`${METHOD}: shift`, `expected at most the window, ${length}, got ${shift}`);
  if (background !== "cycled" && background !== "climatological")
    throw new ArgumentError(
      `${METHOD}: background`,
      `expected "cycled" or "climatological", got ${JSON.stringify(background)}`,
    );
  const { weights } = windowLayout({
    lag: length,
    shift,
    ...(options.weights !== undefined && { weights: options.weights }),
  });
  return Object.freeze({
    name: METHOD,
    options: { ...options, window: length, shift, minimizer: settings.minimizer },
    run: (problem: Problem, context: RunContext) =>
      cycleWindows(problem, context, {
        ...settings,
        method: METHOD,
        covariance: options.covariance,
        background,
        weak,
        fgat,
        length,
        shift,
        weights,
      }),
  });
}

function oneWindow(
  { model, background, observations, modelError }: FourDVarProblem,
  settings: ReturnType<typeof variationalSettings>,
  weak: boolean,
  fgat: boolean,
): WindowAnalysis {
  if (observations.length === 0)
    throw new ArgumentError("observations", "expected at least one observation time, got none");
  if (weak && modelError === undefined)
    throw new CapabilityError(METHOD, "needs the covariance of the model's errors for weak: true: give modelError");
  return solveWindow(
    windowCosts(METHOD),
    {
      ...settings.window,
      model,
      background,
      observations,
      ...(weak && modelError !== undefined && { modelError }),
      ...(fgat && { references: observations.map(({ step }) => referenceAt(model, background.mean, step)) }),
    },
    settings.minimizer,
  );
}

/** The background's state after some steps. */
function referenceAt(model: Model, mean: Float64Array, step: number): Float64Array {
  if (step === 0) return mean;
  const state = model.advance(step).apply(mean, 0);
  if (state instanceof Promise)
    throw new CapabilityError(METHOD, `needs "${model.name}" to answer at once, got a promise`);
  return state;
}
