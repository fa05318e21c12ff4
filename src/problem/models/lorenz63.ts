import { stack } from "../../engine/graph/index.ts";
import { checkNumber } from "./check.ts";
import { integrate, type Scheme } from "./integrators.ts";
import { type TracedModel, tracedModel } from "./traced.ts";

export interface Lorenz63Options {
  /** Prandtl number, 10 by default. */
  readonly sigma?: number;
  /** Rayleigh number over its critical value, 28 by default. */
  readonly rho?: number;
  /** Aspect of the cells, 8/3 by default. */
  readonly beta?: number;
  /** Time step, 0.01 by default. */
  readonly dt?: number;
  readonly scheme?: Scheme;
}

/**
 * Lorenz' three equations of convection, chaotic at the default parameters: largest Lyapunov exponent 0.9, so errors
 * double in 0.77 time units.
 * @throws ArgumentError for parameters that are not finite or a dt that isn't positive
 * @see [Lorenz1963]
 */
export function lorenz63(options: Lorenz63Options = {}): TracedModel {
  const { sigma = 10, rho = 28, beta = 8 / 3, dt = 0.01, scheme = "rk4" } = options;
  for (const [name, value] of Object.entries({ sigma, rho, beta })) checkNumber(name, value);
  return tracedModel({
    name: "lorenz63",
    shape: [3],
    dt,
    options: { sigma, rho, beta, dt, scheme },
    step: integrate(scheme, dt, (state) => {
      const [x, y, z] = [state.at(0), state.at(1), state.at(2)];
      return stack([y.sub(x).mul(sigma), x.mul(z.neg().add(rho)).sub(y), x.mul(y).sub(z.mul(beta))]);
    }),
  });
}
