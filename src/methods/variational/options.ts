import { ArgumentError } from "../../engine/errors/index.ts";
import { gaussNewton, type Minimizer } from "../../engine/minimize/index.ts";
import { type CovarianceChoice, checkPositive } from "../common/index.ts";
import type { PosteriorOptions } from "./posterior.ts";
import { defaultMinimizer } from "./solve.ts";
import type { Control, WindowBias, WindowPenalty } from "./window.ts";

/** What 3D-Var and 4D-Var have in common. */
export interface VariationalOptions {
  /** Background covariance B; that of the problem's background when left out. */
  readonly covariance?: CovarianceChoice;
  /** L-BFGS when left out; Gauss-Newton in the incremental form. */
  readonly minimizer?: Minimizer;
  /** `sqrt` (default): over v in x = x_b + B^(1/2) v. `state`: over x itself. */
  readonly control?: Control;
  /** Quadratic costs about the iterate, minimised one after the other: the minimiser is `gaussNewton`; false by default. */
  readonly incremental?: boolean;
  /** Huber's cost: residuals beyond so many standard deviations count linearly. */
  readonly robust?: { readonly huber: number };
  /** A bias of the observations to be found with the state. */
  readonly bias?: WindowBias;
  /** Standard deviations of the analysis from the Hessian; false by default. */
  readonly posterior?: boolean | PosteriorOptions;
}

/** The same, checked; what a window's problem takes of them. */
export interface VariationalSettings {
  readonly minimizer: Minimizer;
  readonly posterior: PosteriorOptions | undefined;
  readonly window: {
    readonly control: Control;
    readonly huber?: number;
    readonly bias?: WindowBias;
    readonly penalty?: WindowPenalty;
    readonly checkpoint?: boolean;
  };
}

/** @throws ArgumentError for options that don't go together */
export function variationalSettings(
  method: string,
  options: Omit<VariationalOptions, "covariance"> & { readonly penalty?: WindowPenalty; readonly checkpoint?: boolean },
): VariationalSettings {
  const { incremental = false, robust, bias, posterior = false, control = "sqrt", penalty, checkpoint } = options;
  const minimizer = options.minimizer ?? (incremental ? gaussNewton() : defaultMinimizer());
  if (incremental && minimizer.name !== "gauss-newton")
    throw new ArgumentError(
      `${method}: minimizer`,
      `expected gauss-newton for the incremental form, got ${minimizer.name}: leave one of the two out`,
    );
  if (control !== "sqrt" && control !== "state")
    throw new ArgumentError(`${method}: control`, `expected "sqrt" or "state", got ${JSON.stringify(control)}`);
  if (robust !== undefined && robust.huber !== Number.POSITIVE_INFINITY)
    checkPositive(`${method}: robust.huber`, robust.huber);
  return {
    minimizer,
    posterior: posterior === false ? undefined : posterior === true ? {} : posterior,
    window: {
      control,
      ...(robust !== undefined && { huber: robust.huber }),
      ...(bias !== undefined && { bias }),
      ...(penalty !== undefined && { penalty }),
      ...(checkpoint !== undefined && { checkpoint }),
    },
  };
}
