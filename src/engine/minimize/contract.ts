/** The cost and its gradient at a point. */
export interface Evaluation {
  readonly value: number;
  /** The callee may use the buffer again for the next evaluation. */
  readonly gradient: Float64Array;
}

/** What is minimised. */
export interface Objective {
  /** The number of unknowns. */
  readonly size: number;
  evaluate(x: Float64Array): Evaluation;
  /** The terms of the last evaluation, for instance `{ Jb, Jo }`; they go into the history. */
  parts?(): Record<string, number>;
  /**
   * A v with the Gauss-Newton Hessian A = (∂r/∂x)ᵀ(∂r/∂x) at x of a cost ½|r(x)|², for `gaussNewton`. The callee may use the buffer
   * again for the next product.
   */
  curvature?(x: Float64Array, v: Float64Array): Float64Array;
}

/** What is minimised when the cost is computed elsewhere: on a GPU, in a page's runtime, by another process. */
export interface AsyncObjective {
  readonly size: number;
  evaluate(x: Float64Array): Evaluation | Promise<Evaluation>;
  parts?(): Record<string, number>;
  curvature?(x: Float64Array, v: Float64Array): Float64Array | Promise<Float64Array>;
}

/** One entry of the history. */
export interface MinimizeIteration {
  /** 0 for the starting point. */
  readonly iteration: number;
  /** Evaluations so far. */
  readonly evaluations: number;
  readonly value: number;
  /** The gradient's Euclidean norm. */
  readonly gradientNorm: number;
  readonly parts?: Record<string, number>;
  /** The point itself, when iterates are kept. */
  readonly x?: Float64Array;
}

/** How a minimisation ended; `stalled`: no step lowers the cost, though its gradient has not vanished. */
export type MinimizeStatus = "converged" | "early-stop" | "iteration-limit" | "stalled" | "stopped";

/** How the quadratic cost of one outer loop was minimised. */
export interface InnerSolve {
  /** Norms of the quadratic cost's gradient (of the preconditioned system), that at the start first. */
  readonly residualNorms: readonly number[];
  /** Curvature products. */
  readonly iterations: number;
  readonly status: "converged" | "iteration-limit" | "indefinite" | "not-finite" | "stalled";
  /** Eigenpairs in the preconditioner. */
  readonly pairs: number;
}

/** What a minimiser found. */
export interface MinimizeResult {
  /** The best point evaluated, not the last; among equal costs (up to rounding) the one with the smallest gradient. */
  readonly x: Float64Array;
  /** The cost at `x`. */
  readonly value: number;
  /** The gradient's norm at `x`. */
  readonly gradientNorm: number;
  /** The last point; after a step of sgd, adam or adamw it has not been evaluated. */
  readonly last: Float64Array;
  /** Steps taken. */
  readonly iterations: number;
  readonly evaluations: number;
  readonly status: MinimizeStatus;
  /** The status in words. */
  readonly reason: string;
  readonly history: MinimizeIteration[];
  /** The inner loops of `gaussNewton`. */
  readonly inner?: readonly InnerSolve[];
}

/** What the caller can do while a minimisation runs. */
export interface MinimizeControl {
  /** Called for each entry of the history; `false` stops the minimisation. */
  onIteration?(iteration: MinimizeIteration): unknown;
  /** Puts the points into the history. */
  readonly keepIterates?: boolean;
  /** Stops the minimisation before its next iteration. */
  readonly signal?: AbortSignal;
}

/** A method with its hyper-parameters; it keeps nothing between calls. */
export interface Minimizer {
  readonly name: string;
  readonly options: object;
  /**
   * Minimises from `x0`, which is not changed.
   * @throws ShapeError when x0 isn't as long as the objective's size
   * @throws NumericalError when the cost or its gradient is not finite at the start, or wherever one goes from a point
   * @throws CapabilityError when the method needs the curvature and the objective has none
   * @throws ConvergenceError when steps of fixed size lead to a cost that is not finite
   */
  minimize(objective: Objective, x0: Float64Array, control?: MinimizeControl): MinimizeResult;
  /** As `minimize`, for a cost that is answered by promises. */
  minimizeAsync(objective: AsyncObjective, x0: Float64Array, control?: MinimizeControl): Promise<MinimizeResult>;
}
