/** The cost and its slope at a step length along the search direction. */
export interface LinePoint {
  readonly step: number;
  readonly value: number;
  readonly slope: number;
}

/** What a trial step asks for and is told: the search doesn't know how it is answered. */
export type Trial<Asked, Told> = (step: number) => Generator<Asked, LinePoint, Told>;

/** A step that was found, or why there is none. */
export type LineSearchResult =
  | { readonly ok: true; readonly step: number }
  | { readonly ok: false; readonly cause: "not-finite" }
  /** `gain`: how much lower the parabola through the start and the first trial gets. */
  | { readonly ok: false; readonly cause: "no-decrease"; readonly gain: number };

const decrease = 1e-4;
const curvature = 0.9;
const maximumTrials = 30;
/** Relative changes of the cost below this are rounding: then the slopes decide (Hager and Zhang). */
const rounding = 1e-12;

/**
 * A step that satisfies the strong Wolfe conditions (1e-4, 0.9), by bracketing and cubic interpolation. Where the cost
 * can't be told from the starting value any more, the approximate Wolfe condition on the slopes stands in for the
 * decrease. Trials that are not finite count as too long.
 * @param trial evaluates a step length; not finite numbers in `value` or `slope` are allowed
 * @param start the point at step 0, with a negative slope
 * @param first the first step to try
 * @returns the step, which may not be the last one tried
 * @see [NocedalWright2006] section 3.5 [HagerZhang2005]
 */
export function* lineSearch<Asked, Told>(
  trial: Trial<Asked, Told>,
  start: LinePoint,
  first: number,
): Generator<Asked, LineSearchResult, Told> {
  const noise = rounding * Math.abs(start.value);
  let low = start;
  let high: LinePoint | undefined;
  let seen: LinePoint | undefined;
  let step = first;
  for (let k = 0; k < maximumTrials; k++) {
    const here = yield* trial(step);
    const good = Number.isFinite(here.value) && Number.isFinite(here.slope);
    if (good) seen ??= here;
    const falls =
      lower(start, here) ||
      (Math.abs(here.value - start.value) <= noise && here.slope <= (2 * decrease - 1) * start.slope);
    if (good && falls && Math.abs(here.slope) <= -curvature * start.slope) return { ok: true, step };
    if (good && falls && here.slope < 0) {
      const previous = low;
      low = here;
      step = high === undefined ? extrapolate(previous, here, noise) : interpolate(low, high, k, noise);
    } else {
      high = here;
      step = interpolate(low, high, k, noise);
    }
    if (!(step > low.step) || step === high?.step || !Number.isFinite(step)) break;
  }
  if (low.step > 0 && lower(start, low)) return { ok: true, step: low.step };
  if (seen === undefined) return { ok: false, cause: "not-finite" };
  const bend = (2 * (seen.value - start.value - start.slope * seen.step)) / seen.step ** 2;
  return { ok: false, cause: "no-decrease", gain: bend > 0 ? start.slope ** 2 / (2 * bend) : Infinity };
}

/** The sufficient decrease of Armijo. */
function lower(start: LinePoint, here: LinePoint): boolean {
  return here.value <= start.value + decrease * here.step * start.slope;
}

/** Beyond `b`: where the cubic through both points has its minimum, between twice and ten times as far. */
function extrapolate(a: LinePoint, b: LinePoint, noise: number): number {
  const wanted = cubicMinimum(a, b, noise);
  const width = b.step - a.step;
  const least = b.step + width;
  const most = b.step + 9 * Math.max(width, b.step);
  return Number.isNaN(wanted) || wanted <= b.step ? most : Math.min(most, Math.max(least, wanted));
}

/** Between the ends of the bracket, a tenth of it away from them; every third time its middle. */
function interpolate(low: LinePoint, high: LinePoint, trial: number, noise: number): number {
  const width = high.step - low.step;
  if (!Number.isFinite(high.value) || !Number.isFinite(high.slope)) return low.step + 0.1 * width;
  const wanted = trial % 3 === 2 ? Number.NaN : cubicMinimum(low, high, noise);
  if (Number.isNaN(wanted)) return low.step + 0.5 * width;
  return Math.min(high.step - 0.1 * width, Math.max(low.step + 0.1 * width, wanted));
}

/**
 * The minimum of the cubic with the values and slopes of two points; NaN if it has none. Where the values differ by
 * rounding only, the zero of the secant through the slopes.
 */
function cubicMinimum(a: LinePoint, b: LinePoint, noise: number): number {
  const width = b.step - a.step;
  if (Math.abs(b.value - a.value) <= noise) {
    const zero = a.step - (width * a.slope) / (b.slope - a.slope);
    return b.slope > a.slope ? zero : Number.NaN;
  }
  const d1 = a.slope + b.slope - (3 * (b.value - a.value)) / width;
  const root = Math.sqrt(d1 * d1 - a.slope * b.slope);
  return b.step - (width * (b.slope + root - d1)) / (b.slope - a.slope + 2 * root);
}
