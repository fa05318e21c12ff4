import { checkCount, checkNumber } from "./check.ts";
import { integrate, type Scheme } from "./integrators.ts";
import { type TracedModel, tracedModel } from "./traced.ts";

export interface Lorenz96Options {
  /** Number of variables on the ring, 40 by default, at least 4. */
  readonly size?: number;
  /** 8 by default: chaotic. */
  readonly forcing?: number;
  /** Time step, 0.05 by default: some six hours of the atmosphere. */
  readonly dt?: number;
  readonly scheme?: Scheme;
}

/**
 * Lorenz' ring of an atmospheric quantity: dx_i/dt = (x_(i+1) − x_(i−2)) x_(i−1) − x_i + F. With 40 variables and F = 8
 * it has 13 growing directions and errors double in 0.42 time units.
 * @throws ArgumentError for fewer than 4 variables, a forcing that isn't finite or a dt that isn't positive
 * @see [Lorenz1996] [LorenzEmanuel1998]
 */
export function lorenz96(options: Lorenz96Options = {}): TracedModel {
  const { size = 40, forcing = 8, dt = 0.05, scheme = "rk4" } = options;
  checkCount("size", size, 4);
  checkNumber("forcing", forcing);
  return tracedModel({
    name: "lorenz96",
    shape: [size],
    dt,
    options: { size, forcing, dt, scheme },
    step: integrate(scheme, dt, (x) => x.roll(-1).sub(x.roll(2)).mul(x.roll(1)).sub(x).add(forcing)),
  });
}
