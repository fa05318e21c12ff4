import { checkCount } from "./check-problem.ts";

/** Step of the table in asinh(√n artanh r), and how far artanh r goes: r = 1 − 2e-7. */
const [step, furthest] = [0.02, 8];

const tables = new Map<number, Float64Array>();

/**
 * The factor on a regression coefficient for its sampling error, from the sample correlation r of N members: with the true correlation ρ uniform
 * beforehand and the true coefficient b = ρ s_x/s_y in terms of sample deviations,
 *
 *     (E[ρ | r]/r) · β/(1 + β),   β = E[b | r]²/(Var[b | r] (1 + 1/N)).
 *
 * The first part replaces r by what is expected of ρ, the second is the weight of least square error when b is applied. From 0 for r = 0 to 1 for r = ±1, and 1 for
 * infinitely many members. Tabulated by quadrature (some 10⁶ evaluations once for each N) and interpolated to 1e-4.
 * @throws ArgumentError for fewer than 4 members, with which b has no variance
 * @see [Anderson2012]
 */
export function samplingErrorCorrection(members: number): (r: number) => number {
  checkCount("members", members, 4);
  const root = Math.sqrt(members - 1);
  const table = tables.get(members) ?? tabulated(members);
  tables.set(members, table);
  const last = table.length - 1;
  return (r) => {
    const at = Math.asinh(root * Math.atanh(Math.min(1, Math.abs(r)))) / step;
    if (!(at < last)) return 1;
    const below = Math.floor(at);
    return table[below]! + (at - below) * (table[below + 1]! - table[below]!);
  };
}

function tabulated(members: number): Float64Array {
  const root = Math.sqrt(members - 1);
  const count = Math.ceil(Math.asinh(root * furthest) / step);
  const table = new Float64Array(count + 1);
  for (let k = 1; k <= count; k++) table[k] = samplingErrorFactor(Math.tanh(Math.sinh(k * step) / root), members);
  return table;
}

/** The same at one r, by quadrature. */
export function samplingErrorFactor(r: number, members: number): number {
  const { correlation, slope, slopeSquare } = correlationMoments(r, members);
  const beta = slope ** 2 / ((slopeSquare - slope ** 2) * (1 + 1 / members));
  return (correlation / r) * (beta / (1 + beta));
}

/**
 * Moments of the true correlation ρ and of b = ρ q, q the ratio of the sample deviations, given the sample correlation r. With n = N − 1 and
 * q = e^u their joint density for Gaussian pairs of unit variances is (1 − ρ²)^(n/2)/(cosh u − ρ r)^n [Fisher1915]. Trapezoidal rules in artanh ρ
 * and in s, sinh(u/2) = √c sinh s with c = (1 − ρ r)/2, in which the integrands are smooth and fall exponentially: exact to rounding.
 * @see [Fisher1915]
 */
export function correlationMoments(
  r: number,
  members: number,
): { readonly correlation: number; readonly slope: number; readonly slopeSquare: number } {
  const n = members - 1;
  const centre = Math.atanh(r);
  const reach = 8 / Math.sqrt(n) + 30 / (n + 2);
  const width = Math.min(0.25, 0.5 / Math.sqrt(n));
  const far = 8 / Math.sqrt(2 * n - 1) + 34 / (2 * n - 4);
  const fine = Math.min(0.25, 0.5 / Math.sqrt(2 * n));
  const [points, powers] = [Math.ceil(far / fine), new Float64Array(Math.ceil(far / fine) + 1)];
  const squares = powers.map((_, i) => Math.sinh(i * fine) ** 2);
  for (let i = 0; i <= points; i++) powers[i] = (1 + squares[i]!) ** (0.5 - n) * (i === 0 ? 0.5 : 1);
  const count = Math.ceil(reach / width);
  let [mass, first, slope, square] = [0, 0, 0, 0];
  // Logarithms are taken relative to the middle, so that nothing underflows.
  const log = (v: number, rho: number): number => -(n + 2) * Math.log(Math.cosh(v)) + (0.5 - n) * Math.log(1 - rho * r);
  const top = log(centre, r);
  for (let k = -count; k <= count; k++) {
    const v = centre + k * width;
    const rho = Math.tanh(v);
    const c = (1 - rho * r) / 2;
    let [whole, once, twice] = [0, 0, 0];
    for (let i = 0; i <= points; i++) {
      const weight = powers[i]! / Math.sqrt(1 + c * squares[i]!);
      const cosh = 1 + 2 * c * squares[i]!;
      whole += weight;
      once += weight * cosh;
      twice += weight * (2 * cosh * cosh - 1);
    }
    const outer = Math.exp(log(v, rho) - top);
    mass += outer * whole;
    first += outer * rho * whole;
    slope += outer * rho * once;
    square += outer * rho * rho * twice;
  }
  return { correlation: first / mass, slope: slope / mass, slopeSquare: square / mass };
}
