import { ArgumentError } from "../errors/index.ts";
import { type BluesteinPlan, bluestein, planBluestein } from "./fftBluestein.ts";
import { planStockham, type StockhamPlan, stockham } from "./fftStockham.ts";

/** What a complex transform of one length and direction needs. */
export type FftPlan = StockhamPlan | BluesteinPlan;

const plans = new Map<number, FftPlan>();

/**
 * The plan of an unnormalised complex transform of length n; kept, so that a second call is a table look-up. Lengths
 * with no prime factors but 2, 3 and 5 are transformed by Stockham passes, others by Bluestein's convolution, which
 * takes some six times longer. Both are O(n log n).
 * @param inverse exp(+2πi…) instead of exp(−2πi…)
 * @throws ArgumentError unless n is an integer from 1 to 2^26
 * @see [VanLoan1992]
 */
export function fftPlan(n: number, inverse: boolean): FftPlan {
  if (!Number.isInteger(n) || n < 1 || n > 2 ** 26)
    throw new ArgumentError("n", `expected a transform length from 1 to 2^26, got ${n}`);
  const key = 2 * n + (inverse ? 1 : 0);
  let plan = plans.get(key);
  if (plan === undefined) {
    const sign = inverse ? 1 : -1;
    plan = planStockham(n, sign) ?? planBluestein(n, sign);
    plans.set(key, plan);
  }
  return plan;
}

/**
 * Transforms n points, each of `inner` complex numbers side by side, from `x` to `y`, which may be the same place.
 * Not normalised. O(inner n log n).
 */
export function transform(
  plan: FftPlan,
  inner: number,
  x: Float64Array,
  xo: number,
  y: Float64Array,
  yo: number,
): void {
  if ("passes" in plan) stockham(plan, inner, x, xo, y, yo);
  else bluestein(plan, inner, x, xo, y, yo);
}

/**
 * The twiddles that the kernels' transforms of n = 2^a·3^b·5^c points take, or undefined for another n. Not to be changed.
 * @throws ArgumentError unless n is an integer from 1 to 2^26
 */
export function fftTwiddles(n: number, inverse: boolean): Float64Array | undefined {
  const plan = fftPlan(n, inverse);
  return "passes" in plan ? plan.twiddles : undefined;
}
