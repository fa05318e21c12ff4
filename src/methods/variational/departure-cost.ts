import { ShapeError } from "../../engine/errors/index.ts";
import type { CompileOptions } from "../../engine/execute/index.ts";
import type { Evaluation } from "../../engine/minimize/index.ts";
import { type Covariance, scalarCovariance } from "../../problem/covariance/index.ts";
import type { WindowProblem } from "./window.ts";
import { type WindowCosts, windowCosts } from "./window-cost.ts";

/** Variance of a background that says nothing: its cost vanishes beside that of any observation, in float32 too. */
const FLAT = 2 ** 200;

/**
 * A maker of window costs for background covariances that differ from window to window: ½|v|² + J_o(x_b + B^(1/2) v). The graph of
 * J_o and its gradient doesn't know B, so it is compiled once for windows of one shape; B^(1/2) and its transpose are applied
 * outside, once an evaluation each. The control is always `sqrt`.
 * @param method name for messages
 * @param compute where and how costs are computed
 * @throws CapabilityError, ShapeError (from `cost`) as {@link windowCosts}
 */
export function departureCosts(method: string, compute: CompileOptions = {}): WindowCosts {
  const costs = windowCosts(method, compute);
  const flats = new Map<number, Covariance>();
  const flat = (n: number): Covariance => {
    const known = flats.get(n) ?? scalarCovariance(n, FLAT);
    flats.set(n, known);
    return known;
  };
  return {
    cost(problem: WindowProblem) {
      const { mean, covariance: B } = problem.background;
      const n = mean.length;
      if (B.size !== n)
        throw new ShapeError("background.covariance", `expected size ${n}, as the background has, got ${B.size}`);
      const observed = costs.cost({ ...problem, background: { mean, covariance: flat(n) }, control: "state" });
      let parts = { Jb: 0, Jo: 0 };
      const state = (v: Float64Array): Float64Array => {
        const x = B.applySqrt(v);
        for (let i = 0; i < n; i++) x[i] = mean[i]! + x[i]!;
        return x;
      };
      const complete = (v: Float64Array, { value, gradient }: Evaluation): Evaluation => {
        const slope = B.applySqrtTransposed(gradient);
        let Jb = 0;
        for (let i = 0; i < v.length; i++) {
          Jb += 0.5 * v[i]! * v[i]!;
          slope[i] = slope[i]! + v[i]!;
        }
        parts = { Jb, Jo: value };
        return { value: Jb + value, gradient: slope };
      };
      const { evaluateAsync } = observed;
      return {
        size: B.sqrtSize,
        evaluate: (v) => complete(v, observed.evaluate(state(v))),
        ...(evaluateAsync && {
          evaluateAsync: async (v: Float64Array): Promise<Evaluation> => complete(v, await evaluateAsync(state(v))),
        }),
        parts: () => parts,
        start: () => new Float64Array(B.sqrtSize),
        state,
      };
    },
  };
}
