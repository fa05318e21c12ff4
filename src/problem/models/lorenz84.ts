import { stack } from "../../engine/graph/index.ts";
import { checkNumber } from "./check.ts";
import { integrate, type Scheme } from "./integrators.ts";
import { type TracedModel, tracedModel } from "./traced.ts";

export interface Lorenz84Options {
  /** Damping of the westerly wind, 0.25 by default. */
  readonly a?: number;
  /** Displacement of the waves by the wind, 4 by default. */
  readonly b?: number;
  /** Thermal forcing of the wind, 8 by default. */
  readonly forcing?: number;
  /** Thermal forcing of the waves, 1.23 by default. */
  readonly g?: number;
  /** Time step, 0.05 by default. */
  readonly dt?: number;
  readonly scheme?: Scheme;
}

/**
 * Lorenz' smallest model of the general circulation: a westerly wind and the two phases of a wave.
 * @throws ArgumentError for parameters that are not finite or a dt that isn't positive
 * @see [Lorenz1984]
 */
export function lorenz84(options: Lorenz84Options = {}): TracedModel {
  const { a = 0.25, b = 4, forcing = 8, g = 1.23, dt = 0.05, scheme = "rk4" } = options;
  for (const [name, value] of Object.entries({ a, b, forcing, g })) checkNumber(name, value);
  return tracedModel({
    name: "lorenz84",
    shape: [3],
    dt,
    options: { a, b, forcing, g, dt, scheme },
    step: integrate(scheme, dt, (state) => {
      const [x, y, z] = [state.at(0), state.at(1), state.at(2)];
      return stack([
        x.neg().add(forcing).mul(a).sub(y.square()).sub(z.square()),
        x.mul(y).sub(x.mul(z).mul(b)).sub(y).add(g),
        x.mul(y).mul(b).add(x.mul(z)).sub(z),
      ]);
    }),
  });
}
