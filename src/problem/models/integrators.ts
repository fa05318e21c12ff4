import { ArgumentError } from "../../engine/errors/index.ts";
import type { Tensor } from "../../engine/graph/index.ts";

/** An explicit Runge-Kutta method: stage i is taken at t + nodes[i]·dt, on slopes weighted by matrix[i]. */
export interface ButcherTableau {
  readonly nodes: readonly number[];
  readonly matrix: readonly (readonly number[])[];
  readonly weights: readonly number[];
}

/** Name of a time-stepping scheme: first-order Euler, second-order Heun, the classical fourth-order Runge-Kutta. */
export type Scheme = "euler" | "heun" | "rk4";

/** Coefficients of the schemes. @see [HairerNorsettWanner1993] section II.1 */
export const tableaus: Readonly<Record<Scheme, ButcherTableau>> = {
  euler: { nodes: [0], matrix: [[]], weights: [1] },
  heun: { nodes: [0, 1], matrix: [[], [1]], weights: [1 / 2, 1 / 2] },
  rk4: {
    nodes: [0, 1 / 2, 1 / 2, 1],
    matrix: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
    weights: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
  },
};

/**
 * One step of dx/dt = slope(x, t) over dt by an explicit Runge-Kutta method; as many evaluations as it has stages.
 * @throws ArgumentError for a scheme that isn't there
 */
export function integrate(
  scheme: Scheme,
  dt: number,
  slope: (x: Tensor, t: Tensor) => Tensor,
): (x: Tensor, t: Tensor) => Tensor {
  if (!Object.hasOwn(tableaus, scheme))
    throw new ArgumentError("scheme", `expected ${Object.keys(tableaus).join(", ")}, got ${scheme}`);
  const { nodes, matrix, weights } = tableaus[scheme];
  return (x, t) => {
    const slopes: Tensor[] = [];
    const moved = (factors: readonly number[]): Tensor =>
      factors.reduce((sum, factor, i) => (factor === 0 ? sum : sum.add(slopes[i]!.mul(factor * dt))), x);
    nodes.forEach((node, stage) => {
      slopes.push(slope(moved(matrix[stage]!), t.add(node * dt)));
    });
    return moved(weights);
  };
}
