import { CapabilityError } from "../../engine/errors/index.ts";
import { tensor } from "../../engine/graph/index.ts";
import { lanczosSteps, type RitzPairs } from "../../engine/minimize/index.ts";
import { randomStreams } from "../../engine/random/index.ts";
import { covarianceFrom } from "../../problem/covariance/build.ts";
import type { Covariance } from "../../problem/covariance/index.ts";
import type { Awaitable } from "../../problem/operators/index.ts";
import { controlMap } from "./control.ts";
import type { WindowCost, WindowProblem } from "./window.ts";

export interface PosteriorOptions {
  /** Lanczos vectors, from which the leading eigenpairs of the Hessian are taken; as many as the control has numbers, but at most 100, by default. */
  readonly vectors?: number;
}

/** The Gaussian about a minimum: the root of the covariance of the unknowns, and that of the state at the start. */
export interface Posterior {
  /** Covariance of the state at the window's start. */
  readonly covariance: Covariance;
  /** Length of the root's argument. */
  readonly size: number;
  /** The root: increments of the unknowns [state | bias | model errors]. */
  root(v: Float64Array): Float64Array;
}

const MOST = 100;
/** Pairs whose residual is more than this part of 1 + λ aren't eigenpairs yet. */
const accuracy = 1e-3;

/**
 * The analysis covariance at a minimum z from the Hessian's leading eigenpairs: with I + JᵀJ the Hessian in the control and (λ_i, u_i) pairs of JᵀJ
 * by Lanczos' method, A = L (I − Σ λ_i/(1 + λ_i) u_i u_iᵀ) Lᵀ, its root L (I + Σ ((1 + λ_i)^(−1/2) − 1) u_i u_iᵀ). Pairs that have not converged are
 * left out, and with them what observations tell about their directions: with fewer vectors A is larger. With more vectors than there are
 * observations it is exact.
 * A tangent and an adjoint run a vector.
 * @throws CapabilityError for the state as control, or operators without derivatives
 * @see [FisherCourtier1995]
 */
export function posteriorOf(
  method: string,
  problem: WindowProblem,
  cost: WindowCost,
  z: Float64Array,
  options: PosteriorOptions = {},
): Awaitable<Posterior> {
  if (problem.control === "state")
    throw new CapabilityError(method, 'needs the control "sqrt" for a posterior covariance, got "state"');
  const vectors = options.vectors ?? Math.min(cost.size, MOST);
  const steps = lanczosSteps(cost.size, { vectors, stream: randomStreams(0).stream("posterior") });
  const departures = (v: Float64Array, product: Float64Array): Float64Array => product.map((value, i) => value - v[i]!);
  const { curvature, curvatureAsync } = cost;
  let next = steps.next();
  if (curvatureAsync === undefined) {
    if (curvature === undefined)
      throw new CapabilityError(method, "needs a cost with a curvature for a posterior covariance, got one without");
    while (!next.done) next = steps.next(departures(next.value, curvature(z, next.value)));
    return fromPairs(problem, next.value);
  }
  const later = async (): Promise<Posterior> => {
    while (!next.done) next = steps.next(departures(next.value, await curvatureAsync(z, next.value)));
    return fromPairs(problem, next.value);
  };
  return later();
}

function fromPairs(problem: WindowProblem, ritz: RitzPairs): Posterior {
  const good = Array.from(ritz.values.keys()).filter((i) => ritz.residuals[i]! <= accuracy * (1 + ritz.values[i]!));
  const vectors = good.map((i) => ritz.vectors[i]!);
  const map = controlMap(problem, problem.observations.at(-1)?.step ?? 0);
  const { covariance: B } = problem.background;
  const { size } = map;
  const n = B.size;
  const lambda = Float64Array.from(good, (i) => Math.max(0, ritz.values[i]!));
  const factors = lambda.map((value) => 1 / Math.sqrt(1 + value) - 1);
  const shrink = (v: Float64Array): Float64Array => {
    const out = v.slice();
    vectors.forEach((u, k) => {
      let part = 0;
      for (let i = 0; i < size; i++) part += u[i]! * v[i]!;
      part *= factors[k]!;
      for (let i = 0; i < size; i++) out[i]! += part * u[i]!;
    });
    return out;
  };
  const root = (v: Float64Array): Float64Array => map.tangent(shrink(v));
  const q = B.sqrtSize;
  const rows = (): { data: Float64Array; shape: number[] } => {
    const data = new Float64Array(vectors.length * size);
    vectors.forEach((u, k) => {
      data.set(u, k * size);
    });
    return { data, shape: [vectors.length, size] };
  };
  const covariance = covarianceFrom({
    kind: "posterior",
    place: "posterior",
    size: n,
    sqrtSize: size,
    applySqrt: (v) => root(v).slice(0, n),
    applySqrtTransposed(x) {
      const all = new Float64Array(size);
      all.set(B.applySqrtTransposed(x));
      return shrink(all);
    },
    tracedSqrt(v) {
      const U = tensor(rows());
      const all = vectors.length === 0 ? v : v.matmul(U.transpose()).mul(tensor(factors)).matmul(U).add(v);
      return B.tracedSqrt(
        all.take(
          Int32Array.from({ length: q }, (_, i) => i),
          -1,
        ),
      );
    },
    diagonal() {
      const out = B.diagonal();
      vectors.forEach((u, k) => {
        const part = B.applySqrt(u.slice(0, q));
        for (let i = 0; i < n; i++) out[i]! -= (lambda[k]! / (1 + lambda[k]!)) * part[i]! ** 2;
      });
      return out.map((value) => Math.max(0, value));
    },
  });
  return { covariance, size, root };
}
