import { ArgumentError, NumericalError, ShapeError } from "../../engine/errors/index.ts";
import { compile } from "../../engine/execute/index.ts";
import { type Tensor, tensor, trace, valueAndGrad } from "../../engine/graph/index.ts";
import { symmetricSqrt } from "../../engine/linalg/index.ts";
import { lbfgs, type MinimizeResult, type Minimizer } from "../../engine/minimize/index.ts";
import { type ArrayLike64, shapeText, toNdArray } from "../../engine/tensor/index.ts";
import { caseCovariance, completeCases, squareMatrix } from "./cases.ts";
import { fromInformation, type Identifiability } from "./identifiability.ts";

export interface MaximumLikelihoodOptions {
  /** Innovations [K, m]; rows with NaN are left out. */
  readonly innovations: ArrayLike64;
  /** The covariance S [m, m] of the innovations for parameters θ [p], on tensors. */
  covariance(theta: Tensor): Tensor;
  /** θ to start at, [p]. */
  readonly start: ArrayLike64;
  /** `lbfgs()` by default. */
  readonly minimizer?: Minimizer;
}

export interface MaximumLikelihoodEstimate {
  readonly parameters: Float64Array;
  /** Standard errors by the curvature of the likelihood, Infinity where it is flat. */
  readonly standardErrors: Float64Array;
  /** ln p of all innovations at the estimate, 2π included. */
  readonly logLikelihood: number;
  readonly identifiability: Identifiability;
  readonly warnings: readonly string[];
  readonly minimization: MinimizeResult;
}

/**
 * Parameters of the innovations' covariance by maximum likelihood: the least of ½ K (tr(S⁻¹ ⟨d dᵀ⟩) + ln det S + m ln 2π), whose gradient is that of the graph. θ may be
 * anything that S depends on smoothly, logarithms of variances and lengths as a rule. Standard errors from differences of the gradient at the estimate. About
 * O(m³) an evaluation, some tens of them.
 * @throws ShapeError, ArgumentError for what doesn't fit; NumericalError when S isn't positive definite at the start
 * @see [Dee1995]
 */
export function maximumLikelihood(options: MaximumLikelihoodOptions): MaximumLikelihoodEstimate {
  const { covariance, minimizer = lbfgs() } = options;
  const cases = completeCases(options.innovations, "innovations", 2);
  const { count: K, m } = cases;
  const start = toNdArray(options.start, "start").data.slice();
  const p = start.length;
  if (p === 0) throw new ArgumentError("start", "expected at least one parameter, got none");
  const root = symmetricSqrt(caseCovariance(cases), m);
  const graph = trace(
    (theta) => {
      const S = covariance(theta);
      if (S.shape.join() !== `${m},${m}`)
        throw new ShapeError("covariance", `expected a matrix of shape (${m}, ${m}), got ${shapeText(S.shape)}`);
      return negativeLogLikelihood(S, root, m, K);
    },
    [[p]],
  );
  const run = compile(valueAndGrad(graph, [0]));
  const evaluate = (theta: Float64Array) => {
    const [value, gradient] = run.runSync([theta]);
    return { value: value!.data[0]!, gradient: gradient!.data };
  };
  if (!Number.isFinite(evaluate(start).value))
    throw new NumericalError("start", "expected parameters with a positive definite covariance, got others", {
      code: "numerical/indefinite",
    });
  const minimization = minimizer.minimize({ size: p, evaluate }, start);
  const parameters = minimization.x;
  const told = fromInformation(
    curvature((theta) => evaluate(theta).gradient.slice(), parameters),
    p,
  );
  const warnings = [told.warning].filter((text) => text !== "");
  if (minimization.status !== "converged") warnings.push(`not converged: ${minimization.reason}`);
  return {
    parameters,
    standardErrors: told.standardErrors,
    logLikelihood: -minimization.value,
    identifiability: told,
    warnings,
    minimization,
  };
}

function negativeLogLikelihood(S: Tensor, root: Float64Array, m: number, K: number): Tensor {
  const L = S.cholesky();
  const white = L.triangularSolve(tensor({ data: root, shape: [m, m] }));
  const diagonal = tensor({
    data: Float64Array.from({ length: m * m }, (_, at) => (at % (m + 1) === 0 ? 1 : 0)),
    shape: [m, m],
  });
  const logDeterminant = L.mul(diagonal).sum(1).log().sum().mul(2);
  return white
    .square()
    .sum()
    .add(logDeterminant)
    .add(m * Math.log(2 * Math.PI))
    .mul(K / 2);
}

/** The Hessian [p, p] by central differences of the gradient, made symmetric. */
function curvature(gradient: (theta: Float64Array) => Float64Array, at: Float64Array): Float64Array {
  const p = at.length;
  const H = new Float64Array(p * p);
  for (let j = 0; j < p; j++) {
    const step = 1e-4 * Math.max(1, Math.abs(at[j]!));
    const moved = (by: number): Float64Array => gradient(at.map((value, i) => (i === j ? value + by : value)));
    const [ahead, behind] = [moved(step), moved(-step)];
    for (let i = 0; i < p; i++) H[i * p + j] = (ahead[i]! - behind[i]!) / (2 * step);
  }
  return H.map((value, at) => (value + H[(at % p) * p + Math.floor(at / p)]!) / 2);
}

/**
 * The covariance Σ_i exp(θ_i) M_i of given parts [m, m]: H B Hᵀ, R, further ones, each with a factor that is estimated.
 * @throws ShapeError unless the parts are square and of one size
 */
export function scaledParts(parts: readonly ArrayLike64[]): (theta: Tensor) => Tensor {
  const size = squareMatrix(parts[0] ?? 0, "parts[0]").shape[0]!;
  const all = parts.map((part, i) => squareMatrix(part, `parts[${i}]`, size));
  return (theta) => all.map((part, i) => theta.at(i).exp().mul(tensor(part))).reduce((sum, part) => sum.add(part));
}
