import { ArgumentError, ShapeError } from "../../engine/errors/index.ts";
import { type Tensor, tensor } from "../../engine/graph/index.ts";
import { checkCount, checkPositive } from "../common/index.ts";
import type { WindowPenalty } from "./window.ts";

export interface DigitalFilterOptions {
  /** Model steps of the window, an even number: the filter is about its middle. */
  readonly steps: number;
  /** Time units of a step. */
  readonly dt: number;
  /** Oscillations of shorter periods are filtered, in time units; more than two steps. */
  readonly period: number;
  /** `dolph` (default): the narrowest main lobe for its ripples; `lanczos`: a cut-off sinc with sigma factors. */
  readonly window?: "dolph" | "lanczos";
  /** Factor γ of the penalty ½ γ Σ_i w_i (x − x̄)_i². */
  readonly strength: number;
  /** w, one for each variable; 1 by default: for instance those of an energy. */
  readonly weights?: ArrayLike<number>;
}

/**
 * A penalty on fast oscillations: ½ γ |w^(1/2) (x_mid − Σ_j h_j x_j)|² with the weights h of a low-pass filter over the window, which sum to 1. What is
 * constant or linear in time costs nothing.
 * @throws ArgumentError for an odd number of steps, or a period of up to two steps; ShapeError (when the cost is made) for a window of another length
 * @see [GauthierThepaut2001] [Lynch1997] [LynchHuang1992]
 */
export function digitalFilterPenalty(options: DigitalFilterOptions): WindowPenalty {
  const { steps, strength, weights } = options;
  const h = digitalFilter(options);
  checkPositive("strength", strength);
  weights !== undefined &&
    Array.from(weights).forEach((value, i) => {
      if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
        throw new ArgumentError(`weights[${i}]`, `expected a number of at least 0, got ${value}`);
    });
  const factors = weights === undefined ? undefined : Float64Array.from(weights, (w) => Math.sqrt(w * strength));
  const row = h.map((value) => -value);
  row[steps / 2]! += 1;
  return {
    residual(states: Tensor): Tensor {
      const [length, n] = [states.shape[0]!, states.shape[1]!];
      if (length !== steps + 1)
        throw new ShapeError("penalty", `expected a window of ${steps} steps, as the filter has, got ${length - 1}`);
      if (factors !== undefined && factors.length !== n)
        throw new ShapeError("penalty.weights", `expected ${n} of them, got ${factors.length}`);
      const rest = tensor({ data: row, shape: [1, length] })
        .matmul(states)
        .reshape([n]);
      return factors === undefined ? rest.mul(Math.sqrt(strength)) : rest.mul(tensor(factors));
    },
  };
}

/** The weights of the filter, [steps + 1], symmetric, summing to 1. */
export function digitalFilter({
  steps,
  dt,
  period,
  window = "dolph",
}: Pick<DigitalFilterOptions, "steps" | "dt" | "period" | "window">): Float64Array {
  checkCount("steps", steps, 2);
  if (steps % 2 !== 0) throw new ArgumentError("steps", `expected an even number, got ${steps}`);
  checkPositive("dt", dt);
  if (!(period > 2 * dt && period < Number.POSITIVE_INFINITY))
    throw new ArgumentError("period", `expected more than two steps, ${2 * dt}, got ${period}`);
  if (window !== "dolph" && window !== "lanczos")
    throw new ArgumentError("window", `expected "dolph" or "lanczos", got ${JSON.stringify(window)}`);
  const h = (window === "dolph" ? dolphChebyshev : lanczosSinc)(steps, (2 * Math.PI * dt) / period);
  const sum = h.reduce((total, value) => total + value, 0);
  return h.map((value) => value / sum);
}

/** sin(kθ)/kπ times the sigma factor sin(kπ/(M+1)) / (kπ/(M+1)), k = −M … M. */
function lanczosSinc(steps: number, cut: number): Float64Array {
  const M = steps / 2;
  return Float64Array.from({ length: steps + 1 }, (_, j) => {
    const k = j - M;
    const sigma = (k * Math.PI) / (M + 1);
    return k === 0 ? cut / Math.PI : ((Math.sin(k * cut) / (k * Math.PI)) * Math.sin(sigma)) / sigma;
  });
}

/** The filter whose response is T_2M(z_0 cos(θ/2)) / T_2M(z_0), z_0 = 1/cos(θ_s/2): ripples of one height beyond the edge θ_s. */
function dolphChebyshev(steps: number, edge: number): Float64Array {
  const N = steps + 1;
  const z0 = 1 / Math.cos(edge / 2);
  const chebyshev = (z: number): number =>
    Math.abs(z) <= 1 ? Math.cos(steps * Math.acos(z)) : Math.cosh(steps * Math.acosh(Math.abs(z)));
  return Float64Array.from({ length: N }, (_, j) => {
    const k = j - steps / 2;
    let sum = chebyshev(z0);
    for (let m = 1; m <= steps / 2; m++)
      sum += 2 * chebyshev(z0 * Math.cos((Math.PI * m) / N)) * Math.cos((2 * Math.PI * m * k) / N);
    return sum;
  });
}
