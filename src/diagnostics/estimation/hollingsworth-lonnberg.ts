import { ArgumentError, ShapeError } from "../../engine/errors/index.ts";
import type { ArrayLike64 } from "../../engine/tensor/index.ts";
import { type CorrelationKind, correlationFunction } from "../../problem/covariance/index.ts";
import { type Domain, placeOf } from "../../problem/localization/index.ts";
import { centred, completeCases } from "./cases.ts";

export interface HollingsworthLonnbergOptions {
  /** y − H(x_b), a case a row, [K, m]; rows with NaN are left out. */
  readonly innovations: ArrayLike64;
  /** Where the observations are, m places. */
  readonly domain: Domain;
  /** Correlation function of background errors, "soar" by default. */
  readonly kind?: CorrelationKind;
  /** ν of a Matérn function. */
  readonly smoothness?: number;
  /** Width of the classes of distance; the least distance of two places by default. */
  readonly width?: number;
  /** Largest distance that is fitted; half of the largest one by default. */
  readonly reach?: number;
}

/** A quantity with its standard error. */
export interface Estimated {
  readonly value: number;
  readonly error: number;
}

export interface HollingsworthLonnbergFit {
  /** Standard deviations of background and observation errors, and the length of the function. */
  readonly background: Estimated;
  readonly observation: Estimated;
  readonly length: Estimated;
  /** Mean distance, covariance, fitted covariance and number of pairs of each class, distance 0 first. */
  readonly classes: readonly {
    readonly distance: number;
    readonly covariance: number;
    readonly fit: number;
    readonly pairs: number;
  }[];
  readonly warnings: readonly string[];
}

/** Blocks of cases that are left out in turn. */
const blocks = 10;

/**
 * Background and observation errors told apart by distance: innovations of different observations are correlated by the background alone, so the covariances at
 * distances above 0, fitted by σ_b² c(d; ℓ) and extrapolated to 0, are the background's part of the variance. Independent observation errors and homogeneous
 * isotropic background errors are assumed. Least squares weighted by numbers of pairs, in σ_b² exactly and in ℓ by a search; standard errors by leaving out blocks of
 * cases in turn (jackknife). O(K m²).
 * @throws ShapeError, ArgumentError for places or cases that don't fit, and when fewer than two classes of distance are fitted
 * @see [HollingsworthLonnberg1986] [Efron1982]
 */
export function hollingsworthLonnberg(options: HollingsworthLonnbergOptions): HollingsworthLonnbergFit {
  const { domain, kind = "soar", smoothness = 2.5 } = options;
  const m = domain.places.shape[0]!;
  const cases = completeCases(options.innovations, "innovations", 2 * blocks, m);
  const classes = classify(domain, m, options);
  const d = centred(cases);
  const sums = blockSums(d, cases.count, m, classes);
  const covariances = (without: number): Float64Array => {
    const used = sums.filter((_, block) => block !== without);
    const count = used.reduce((total, block) => total + block.count, 0);
    return classes.pairs.map((pairs, c) => used.reduce((total, { sum }) => total + sum[c]!, 0) / (pairs * count));
  };
  const fitOf = (values: Float64Array): Fit =>
    leastSquares(values, classes, (length) => correlationFunction({ kind, length, smoothness }).value);
  const all = covariances(-1);
  const best = fitOf(all);
  const others = sums.map((_, block) => fitOf(covariances(block)));
  const estimated = (of: (one: Fit) => number): Estimated => {
    const mean = others.reduce((total, one) => total + of(one) / blocks, 0);
    const squares = others.reduce((total, one) => total + (of(one) - mean) ** 2, 0);
    return { value: of(best), error: Math.sqrt(((blocks - 1) / blocks) * squares) };
  };
  const correlation = correlationFunction({ kind, length: best.length, smoothness }).value;
  const warnings = [];
  if (!(best.variance > 0)) warnings.push("no background error found: covariances at a distance are not positive");
  if (best.nugget <= 0)
    warnings.push("no observation error found: the fit at distance 0 is above the variance of the innovations");
  if (best.atEnd)
    warnings.push("the length is at the end of what was searched: take a larger reach or another function");
  const background = estimated((one) => Math.sqrt(Math.max(one.variance, 0)));
  if (background.value < 2 * background.error)
    warnings.push("the background error can't be told from 0 with so many cases: the split is not identifiable");
  return {
    background,
    observation: estimated((one) => Math.sqrt(Math.max(one.nugget, 0))),
    length: estimated((one) => one.length),
    classes: Array.from(all, (covariance, c) => ({
      distance: classes.distance[c]!,
      covariance,
      fit: best.variance * correlation(classes.distance[c]!) + (c === 0 ? best.nugget : 0),
      pairs: classes.pairs[c]!,
    })),
    warnings,
  };
}

interface Classes {
  /** Class of pair i ≤ j at i·m + j, −1 for none. */
  readonly of: Int32Array;
  readonly distance: Float64Array;
  readonly pairs: Float64Array;
}

function classify(domain: Domain, m: number, { width, reach }: HollingsworthLonnbergOptions): Classes {
  const distances = new Float64Array(m * m);
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < m; i++)
    for (let j = i + 1; j < m; j++) {
      const distance = domain.distance(placeOf(domain.places, i), placeOf(domain.places, j));
      distances[i * m + j] = distance;
      if (distance > 0) least = Math.min(least, distance);
      most = Math.max(most, distance);
    }
  const [step, end] = [width ?? least, reach ?? most / 2];
  if (!(step > 0 && end > 0))
    throw new ArgumentError("width", `expected a positive width and reach, got ${step} and ${end}`);
  const count = Math.floor(end / step + 0.5) + 1;
  const of = new Int32Array(m * m).fill(-1);
  const [sum, pairs] = [new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < m; i++)
    for (let j = i; j < m; j++) {
      const distance = distances[i * m + j]!;
      // Class 0 is variances alone: two observations at one place don't share their errors.
      const c = i === j ? 0 : Math.max(1, Math.round(distance / step));
      if (c >= count || (i !== j && distance > end)) continue;
      of[i * m + j] = c;
      sum[c]! += distance;
      pairs[c]! += 1;
    }
  const kept = [...pairs.keys()].filter((c) => pairs[c]! > 0);
  if (kept.length < 3)
    throw new ShapeError(
      "domain",
      `expected at least two classes of distance to fit, got ${kept.length - 1}; take a larger reach`,
    );
  return {
    of: of.map((c) => kept.indexOf(c)),
    distance: Float64Array.from(kept, (c) => sum[c]! / pairs[c]!),
    pairs: Float64Array.from(kept, (c) => pairs[c]!),
  };
}

function blockSums(d: Float64Array, count: number, m: number, { of, pairs }: Classes) {
  return Array.from({ length: blocks }, (_, block) => {
    const [begin, end] = [Math.floor((block * count) / blocks), Math.floor(((block + 1) * count) / blocks)];
    const sum = new Float64Array(pairs.length);
    for (let k = begin; k < end; k++)
      for (let i = 0; i < m; i++)
        for (let j = i; j < m; j++) {
          const c = of[i * m + j]!;
          if (c >= 0) sum[c]! += d[k * m + i]! * d[k * m + j]!;
        }
    return { sum, count: end - begin };
  });
}

interface Fit {
  readonly variance: number;
  readonly nugget: number;
  readonly length: number;
  readonly atEnd: boolean;
}

/** For a length the variance is linear; the length by a grid of factors and a golden section around the best. */
function leastSquares(
  values: Float64Array,
  { distance, pairs }: Classes,
  functionOf: (length: number) => (d: number) => number,
): Fit {
  const at = (length: number): { variance: number; misfit: number } => {
    const c = functionOf(length);
    let [cc, cv, vv] = [0, 0, 0];
    for (let k = 1; k < values.length; k++) {
      const [correlation, value, weight] = [c(distance[k]!), values[k]!, pairs[k]!];
      cc += weight * correlation ** 2;
      cv += weight * correlation * value;
      vv += weight * value ** 2;
    }
    return { variance: cv / cc, misfit: vv - cv ** 2 / cc };
  };
  const [first, last] = [distance[1]! / 2, distance[distance.length - 1]! * 2];
  const steps = 60;
  const lengths = Array.from({ length: steps + 1 }, (_, k) => first * (last / first) ** (k / steps));
  const misfits = lengths.map((length) => at(length).misfit);
  const best = misfits.indexOf(Math.min(...misfits));
  let [low, high] = [lengths[Math.max(0, best - 1)]!, lengths[Math.min(steps, best + 1)]!];
  const golden = (Math.sqrt(5) - 1) / 2;
  while (high - low > 1e-8 * high) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)];
    if (at(a).misfit < at(b).misfit) high = b;
    else low = a;
  }
  const length = (low + high) / 2;
  const { variance } = at(length);
  return { variance, nugget: values[0]! - variance, length, atEnd: best === 0 || best === steps };
}
