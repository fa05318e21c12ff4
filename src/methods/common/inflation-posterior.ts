/** One observation as a likelihood of the factor λ on a variable's forecast variance: N(d; 0, θ²(λ)). */
export interface InflationLikelihood {
  /** Square of the innovation d. */
  readonly distance: number;
  /** Variance of what is observed without inflation, and of the observation's error. */
  readonly variance: number;
  readonly error: number;
  /** Correlation of the variable with what is observed, times the taper: θ² = ((1 + γ (√λ − 1))² − lost) variance + error. */
  readonly gamma: number;
  readonly lost: number;
}

/** A density of λ before an observation: its logarithm, apart from a constant, and the family that it stays in. */
export interface InflationPrior {
  logDensity(lambda: number): number;
  slope(lambda: number): number;
  /** Standard deviation of the member of the family with this mode whose logarithm falls by `fall` from there to one prior deviation beyond. */
  deviation(mode: number, fall: number): number;
}

/** A Gaussian prior. @see [Anderson2009] */
export function gaussianInflation(mean: number, sd: number): InflationPrior {
  return {
    logDensity: (lambda) => -((lambda - mean) ** 2) / (2 * sd * sd),
    slope: (lambda) => -(lambda - mean) / (sd * sd),
    deviation: (_, fall) => (fall > 0.01 ? sd / Math.sqrt(2 * fall) : sd),
  };
}

/** An inverse gamma prior with shape b − 1 and rate b·mode, so that it has this mode and deviation. @see [Gharamti2018] */
export function inverseGammaInflation(mode: number, sd: number): InflationPrior {
  const b = inverseGammaRate((mode / sd) ** 2);
  return {
    logDensity: (lambda) => -b * Math.log(lambda) - (b * mode) / lambda,
    slope: (lambda) => (b * (mode - lambda)) / (lambda * lambda),
    deviation(next, fall) {
      const far = next + sd;
      const after = fall / (Math.log(far / next) + next / far - 1);
      return after > 3 ? (next * after) / ((after - 2) * Math.sqrt(after - 3)) : sd;
    },
  };
}

/**
 * The number b with ((b − 2)² (b − 3))/b² = r, mode²/variance of an inverse gamma density of shape b − 1 and rate b·mode. Newton's iteration for
 * b³ − (7 + r) b² + 16 b − 12 from above its largest root.
 */
function inverseGammaRate(r: number): number {
  let b = 7 + r;
  for (let i = 0; i < 50; i++) {
    const step = (((b - 7 - r) * b + 16) * b - 12) / ((3 * b - 14 - 2 * r) * b + 16);
    b -= step;
    if (Math.abs(step) <= 1e-15 * b) break;
  }
  return b;
}

/** θ², and its derivative by λ. */
function scale({ variance, error, gamma, lost }: InflationLikelihood, lambda: number): readonly [number, number] {
  const root = Math.sqrt(lambda);
  const factor = 1 + gamma * (root - 1);
  const kept = factor ** 2 > lost ? factor ** 2 - lost : factor ** 2;
  return [kept * variance + error, (variance * factor * gamma) / root];
}

function logPosterior(one: InflationLikelihood, prior: InflationPrior, lambda: number): number {
  const [theta2] = scale(one, lambda);
  return prior.logDensity(lambda) - one.distance / (2 * theta2) - 0.5 * Math.log(theta2);
}

function slope(one: InflationLikelihood, prior: InflationPrior, lambda: number): number {
  const [theta2, derivative] = scale(one, lambda);
  return prior.slope(lambda) + (0.5 * derivative * (one.distance / theta2 - 1)) / theta2;
}

/**
 * Mode and deviation of λ after an observation: the maximum uphill of the prior's mode, within bounds, and the deviation of the prior's
 * family through the posterior there and one old deviation beside it, never wider.
 * @see [Anderson2009] [Gharamti2018]
 */
export function inflationPosterior(
  one: InflationLikelihood,
  prior: InflationPrior,
  mode: number,
  sd: number,
  bounds: { readonly lowest: number; readonly highest: number },
): { readonly mode: number; readonly deviation: number } {
  const next = uphill((lambda) => slope(one, prior, lambda), mode, 0.1 * sd, bounds);
  const fall = logPosterior(one, prior, next) - logPosterior(one, prior, next + sd);
  return { mode: next, deviation: Math.min(sd, prior.deviation(next, fall)) };
}

/** The zero of a slope in the direction to which it points, or the bound there. */
function uphill(
  slopeAt: (lambda: number) => number,
  from: number,
  first: number,
  { lowest, highest }: { readonly lowest: number; readonly highest: number },
): number {
  const up = slopeAt(from) > 0;
  let [inside, outside] = [from, from];
  for (let step = first; ; step *= 2) {
    outside = Math.min(highest, Math.max(lowest, up ? outside + step : outside - step));
    if (slopeAt(outside) > 0 !== up) break;
    if (outside === (up ? highest : lowest)) return outside;
    inside = outside;
  }
  for (let i = 0; i < 60 && Math.abs(outside - inside) > 1e-12 * outside; i++) {
    const middle = (inside + outside) / 2;
    if (slopeAt(middle) > 0 === up) inside = middle;
    else outside = middle;
  }
  return (inside + outside) / 2;
}
