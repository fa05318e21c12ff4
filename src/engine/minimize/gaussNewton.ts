import { NumericalError } from "../errors/index.ts";
import { type ConjugateGradientResult, conjugateGradientSteps } from "./conjugateGradients.ts";
import type { InnerSolve, MinimizeControl, MinimizeResult, Minimizer } from "./contract.ts";
import { type Point, Recorder } from "./recorder.ts";
import { minimizerOf, type Search } from "./search.ts";
import { type SpectralPreconditioner, spectralPreconditioner } from "./spectralPreconditioner.ts";
import { dot } from "./twoLoop.ts";
import { count, nonNegative } from "./validate.ts";

/** Hyper-parameters of {@link gaussNewton}. */
export interface GaussNewtonOptions {
  /** The most outer loops. */
  readonly iterations: number;
  /** Converged when the gradient's norm is at most this times that at the start. */
  readonly tolerance: number;
  /**
   * Conjugate gradients for the quadratic cost of an outer loop: the most products, and the fall of the residual. A fall to a tenth of the
   * gradient that ends the minimisation is enough.
   */
  readonly inner: { readonly iterations: number; readonly tolerance: number };
  /** Ritz pairs of each inner loop that precondition the next ones; 0: none. */
  readonly pairs: number;
}

/** A search that fails counts as convergence if the gradient has become this much smaller. */
const enough = 1e-6;
const decrease = 1e-4;
const maximumTrials = 20;
/** Relative changes of the cost below this are rounding. */
const rounding = 1e-12;

/**
 * The Gauss-Newton method for ½|r(x)|²: outer loops that linearise r at the iterate and minimise the quadratic cost by conjugate
 * gradients, whose eigenpairs precondition the inner loops that follow. Where the full step doesn't lower the cost enough it is shortened.
 * An outer loop is an evaluation or more and a curvature product (a tangent and an adjoint run) an inner iteration.
 *
 * It converges when the gradient has fallen by `tolerance`, or when rounding allows no further progress; the status is "stalled" when no
 * step along the direction lowers the cost. A curvature that shows itself indefinite ends an inner loop, not the minimisation, unless it
 * does so at once.
 * @param options `iterations` 10, `tolerance` 1e-8, `inner` { iterations: 100, tolerance: 1e-6 }, `pairs` 20 by default
 * @throws ArgumentError for an option outside its range
 * @throws CapabilityError (from `minimize`) for an objective without `curvature`
 * @see [Courtier1994] [Tshimanga2008] [NocedalWright2006] section 10.3
 */
export function gaussNewton(
  options: Partial<Omit<GaussNewtonOptions, "inner">> & { readonly inner?: Partial<GaussNewtonOptions["inner"]> } = {},
): Minimizer {
  const { iterations = 10, tolerance = 1e-8, pairs = 20 } = options;
  const inner = { iterations: 100, tolerance: 1e-6, ...options.inner };
  count({ iterations }, 1);
  nonNegative({ tolerance });
  count({ "inner.iterations": inner.iterations }, 1);
  nonNegative({ "inner.tolerance": inner.tolerance });
  count({ pairs }, 0);
  const complete: GaussNewtonOptions = Object.freeze({ iterations, tolerance, inner: Object.freeze(inner), pairs });
  return minimizerOf("gauss-newton", complete, (size, x0, control) => run(size, x0, control, complete));
}

function* run(size: number, x0: Float64Array, control: MinimizeControl, options: GaussNewtonOptions): Search {
  const recorder = new Recorder(size, x0, control);
  let here = recorder.point(x0);
  let next = recorder.point(x0);
  const inner: InnerSolve[] = [];
  let preconditioner: SpectralPreconditioner | undefined;
  yield* recorder.evaluateStart(here);
  const startNorm = here.gradientNorm;
  const ended = (iteration: number, status: MinimizeResult["status"], reason: string): MinimizeResult => ({
    ...recorder.result(here.x, iteration, status, reason),
    inner,
  });
  for (let iteration = 0; ; iteration++) {
    recorder.consider(here);
    const stop = recorder.record(here);
    if (here.gradientNorm <= options.tolerance * startNorm)
      return ended(iteration, "converged", `the gradient fell by ${options.tolerance}`);
    if (stop !== undefined) return ended(iteration, "stopped", stop);
    if (iteration === options.iterations)
      return ended(iteration, "iteration-limit", `all ${options.iterations} outer loops done`);
    // A residual far below the gradient that ends the minimisation would be work for nothing.
    const enoughInside = (0.1 * options.tolerance * startNorm) / here.gradientNorm;
    const { ritz, ...solved } = yield* solveInner(here, preconditioner, {
      ...options,
      inner: { ...options.inner, tolerance: Math.max(options.inner.tolerance, enoughInside) },
    });
    const { x: step, ...said } = solved;
    inner.push({ ...said, pairs: preconditioner?.pairs ?? 0 });
    if (solved.iterations === 0) {
      const what = solved.status === "not-finite" ? "not finite" : "not positive definite";
      return ended(
        iteration,
        "stalled",
        `the curvature is ${what} along the gradient, whose norm is ${here.gradientNorm}`,
      );
    }
    if (ritz !== undefined)
      preconditioner = spectralPreconditioner(ritz, { pairs: options.pairs, before: preconditioner });
    const slope = dot(step, here.gradient);
    const found = yield* backOff(recorder, here, next, step, slope);
    if (found === "not-finite")
      throw new NumericalError("cost", `no finite cost along the search direction at outer loop ${iteration}`);
    if (found === "no-decrease") {
      if (here.gradientNorm <= enough * startNorm || -slope <= 10 * Number.EPSILON * Math.abs(here.value))
        return ended(iteration, "converged", "no lower cost along the direction: rounding level");
      return ended(
        iteration,
        "stalled",
        `no lower cost along the Gauss-Newton direction; the gradient's norm is ${here.gradientNorm} (${startNorm} at the start)`,
      );
    }
    [here, next] = [next, here];
  }
}

/** The minimum of the quadratic cost about a point: its step. */
function* solveInner(
  here: Point,
  preconditioner: SpectralPreconditioner | undefined,
  { inner, pairs }: GaussNewtonOptions,
): Search<ConjugateGradientResult> {
  const solve = conjugateGradientSteps(
    here.gradient.map((value) => -value),
    { ...inner, reorthogonalize: pairs > 0, preconditioner },
  );
  let asked = solve.next();
  while (!asked.done) {
    const { gradient } = yield { at: here.x, along: asked.value };
    asked = solve.next(gradient);
  }
  return asked.value;
}

/** Goes the whole step, or a shorter one while the cost isn't lower enough. */
function* backOff(
  recorder: Recorder,
  here: Point,
  next: Point,
  step: Float64Array,
  slope: number,
): Search<"found" | "no-decrease" | "not-finite"> {
  const noise = rounding * Math.abs(here.value);
  let length = 1;
  let finite = false;
  for (let trial = 0; trial < maximumTrials; trial++) {
    let moved = false;
    for (let i = 0; i < step.length; i++) {
      next.x[i] = here.x[i]! + length * step[i]!;
      moved ||= next.x[i] !== here.x[i];
    }
    if (!moved) return "no-decrease";
    const good = yield* recorder.evaluate(next);
    finite ||= good;
    if (good && next.value <= here.value + decrease * length * slope) return "found";
    // At rounding level of the cost the gradient decides.
    if (good && Math.abs(next.value - here.value) <= noise && next.gradientNorm < 0.9 * here.gradientNorm)
      return "found";
    const parabola = (-0.5 * slope * length * length) / (next.value - here.value - slope * length);
    length = good && parabola > 0 ? Math.min(0.5 * length, Math.max(0.1 * length, parabola)) : 0.1 * length;
  }
  return finite ? "no-decrease" : "not-finite";
}
