import { ShapeError } from "../errors/index.ts";
import { norm } from "./recorder.ts";
import { type RitzPairs, ritzPairs } from "./ritz.ts";
import type { SpectralPreconditioner } from "./spectralPreconditioner.ts";
import { dot } from "./twoLoop.ts";
import { count, nonNegative } from "./validate.ts";

/** Hyper-parameters of {@link conjugateGradients}. */
export interface ConjugateGradientOptions {
  /** The most products. */
  readonly iterations: number;
  /** Converged when the residual's norm is at most this times that at the start. */
  readonly tolerance: number;
  /** Keep all residuals and make each new one orthogonal to them: O(n) memory an iteration, O(n · iterations) time. */
  readonly reorthogonalize: boolean;
  /** Of another matrix near this one, as a rule; residuals are then those of the preconditioned system. */
  readonly preconditioner?: SpectralPreconditioner | undefined;
}

/** How a linear solve ended. */
export type ConjugateGradientStatus = "converged" | "iteration-limit" | "indefinite" | "not-finite" | "stalled";

/** What a linear solve found. */
export interface ConjugateGradientResult {
  /** The last iterate, which is the best one: ½ xᵀAx − bᵀx falls in every iteration. */
  readonly x: Float64Array;
  /** Norms of the residuals, that of b first: iterations + 1 of them. */
  readonly residualNorms: readonly number[];
  readonly iterations: number;
  readonly status: ConjugateGradientStatus;
  /** Approximate eigenpairs of the (preconditioned) matrix; only with `reorthogonalize`. */
  readonly ritz?: RitzPairs;
}

/** A linear solve as a coroutine: it asks for products with A, and returns what it found. */
export type LinearSolve = Generator<Float64Array, ConjugateGradientResult, Float64Array>;

/** Iterations after which a residual that has not become smaller won't any more. */
const patience = 50;

/**
 * Solves A x = b for a symmetric positive definite A, given by its products, by conjugate gradients from x = 0. One product an
 * iteration. Reorthogonalised residuals keep the method's exact-arithmetic speed, and are the Lanczos vectors that give the
 * eigenpairs (`ritz`). A product that isn't finite or shows A not to be positive definite ends the solve; the iterate so far is given.
 * @param product A v; the callee may use the buffer again
 * @param options `iterations` 10 times the size, `tolerance` 1e-10, `reorthogonalize` false by default
 * @throws ArgumentError for options outside their range; ShapeError for products of another length
 * @see [HestenesStiefel1952] [GolubVanLoan2013] section 11.3
 */
export function conjugateGradients(
  product: (v: Float64Array) => Float64Array,
  b: Float64Array,
  options: Partial<ConjugateGradientOptions> = {},
): ConjugateGradientResult {
  const steps = conjugateGradientSteps(b, completeOptions(options, b.length));
  let next = steps.next();
  while (!next.done) next = steps.next(product(next.value));
  return next.value;
}

/** Checks and completes the options of a solve of a size. */
export function completeOptions(options: Partial<ConjugateGradientOptions>, size: number): ConjugateGradientOptions {
  const { iterations = Math.max(1, 10 * size), tolerance = 1e-10, reorthogonalize = false, preconditioner } = options;
  count({ iterations }, 1);
  nonNegative({ tolerance });
  return { iterations, tolerance, reorthogonalize, preconditioner };
}

/** {@link conjugateGradients} as a coroutine. */
export function* conjugateGradientSteps(b: Float64Array, options: ConjugateGradientOptions): LinearSolve {
  const { iterations, tolerance, reorthogonalize, preconditioner } = options;
  const n = b.length;
  const x = new Float64Array(n);
  const r = preconditioner === undefined ? b.slice() : preconditioner.applyTransposed(b);
  const p = r.slice();
  const residualNorms = [norm(r)];
  const start = residualNorms[0]!;
  const basis: Float64Array[] = [];
  const [alphas, betas]: [number[], number[]] = [[], []];
  let rr = dot(r, r);
  let [least, since] = [start, 0];
  let status: ConjugateGradientStatus | undefined = start === 0 ? "converged" : undefined;
  while (status === undefined) {
    if (alphas.length === iterations) {
      status = "iteration-limit";
      break;
    }
    if (reorthogonalize) basis.push(r.map((value) => value / residualNorms.at(-1)!));
    const Ap = yield* preconditionedProduct(p, preconditioner);
    const curvature = dot(p, Ap);
    if (!Number.isFinite(curvature)) status = "not-finite";
    else if (!(curvature > 0)) status = "indefinite";
    if (status !== undefined) {
      basis.length = Math.min(basis.length, alphas.length);
      break;
    }
    const alpha = rr / curvature;
    for (let i = 0; i < n; i++) {
      x[i]! += alpha * p[i]!;
      r[i]! -= alpha * Ap[i]!;
    }
    // Twice is enough.
    for (let pass = 0; pass < 2; pass++)
      for (const q of basis) {
        const part = dot(q, r);
        for (let i = 0; i < n; i++) r[i]! -= part * q[i]!;
      }
    const next = dot(r, r);
    const beta = next / rr;
    alphas.push(alpha);
    betas.push(beta);
    rr = next;
    residualNorms.push(norm(r));
    const now = residualNorms.at(-1)!;
    if (now <= tolerance * start || now === 0) status = "converged";
    else if (now < least) [least, since] = [now, 0];
    else if (++since >= patience) status = "stalled";
    for (let i = 0; i < n; i++) p[i] = r[i]! + beta * p[i]!;
  }
  return {
    x: preconditioner === undefined ? x : preconditioner.apply(x),
    residualNorms,
    iterations: alphas.length,
    status,
    ...(reorthogonalize && { ritz: ritzPairs(alphas, betas, basis) }),
  };
}

/** Cᵀ A C v. */
function* preconditionedProduct(
  v: Float64Array,
  preconditioner: SpectralPreconditioner | undefined,
): Generator<Float64Array, Float64Array, Float64Array> {
  const product = yield preconditioner === undefined ? v : preconditioner.apply(v);
  if (product.length !== v.length)
    throw new ShapeError("product", `expected ${v.length} numbers, got ${product.length}`);
  return preconditioner === undefined ? product : preconditioner.applyTransposed(product);
}
