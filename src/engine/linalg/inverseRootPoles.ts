/** Levels of condition numbers: 4, 16, … 4¹⁶. */
const levels = 16;

/**
 * x^(−1/2) ≈ Σ w_j / (x + s_j) with relative errors of rounding for x from 1 to `bound`: the trapezoidal rule for
 * 2/π ∫ (x + t²)⁻¹ dt in a variable in which it converges like exp(−2π² count / (ln bound + 2.8)).
 * @see [HaleHighamTrefethen2008] section 4
 */
export function inverseRootPoles(bound: number): { readonly shifts: Float64Array; readonly weights: Float64Array } {
  // Pairs of them fill a vector register.
  const count = 2 * Math.ceil((37 * (Math.log(bound) + 2.8)) / (4 * Math.PI ** 2));
  const shifts = new Float64Array(count);
  const weights = new Float64Array(count);
  const complement = 1 / Math.sqrt(bound);
  const step = quarterPeriod(complement) / count;
  const factor = (2 / Math.PI) * step;
  for (let j = 0; j < count / 2; j++) {
    const { sn, cn, dn } = ellipticFunctions((j + 0.5) * step, complement);
    shifts[j] = (sn / cn) ** 2;
    weights[j] = (factor * dn) / cn ** 2;
    // The mirror image at the other end of the period, where cn itself would be inaccurate.
    shifts[count - 1 - j] = (cn / (complement * sn)) ** 2;
    weights[count - 1 - j] = (factor * dn) / (complement * sn ** 2);
  }
  return { shifts, weights };
}

let table: Float64Array | undefined;

/**
 * The poles of all levels as the kernel takes them: where each level begins and how many poles it has, then their shifts and
 * weights.
 */
export function polesTable(): Float64Array {
  if (table !== undefined) return table;
  const numbers: number[] = [];
  const header: number[] = [];
  for (let level = 1; level <= levels; level++) {
    const { shifts, weights } = inverseRootPoles(4 ** level);
    header.push(2 * levels + numbers.length, shifts.length);
    numbers.push(...shifts, ...weights);
  }
  table = Float64Array.from([...header, ...numbers]);
  return table;
}

/** The quarter period of the elliptic functions whose complementary modulus is `complement`. */
function quarterPeriod(complement: number): number {
  let [a, b] = [1, complement];
  while (Math.abs(a - b) > 1e-15 * a) [a, b] = [(a + b) / 2, Math.sqrt(a * b)];
  return Math.PI / (2 * a);
}

/** Jacobi's elliptic functions by the arithmetic-geometric mean, by the complementary modulus, which may be small. */
function ellipticFunctions(u: number, complement: number): { sn: number; cn: number; dn: number } {
  const [means, halves] = [[1], [Math.sqrt((1 - complement) * (1 + complement))]];
  let [a, b] = [1, complement];
  while (Math.abs(a - b) > 1e-15 * a) {
    halves.push((a - b) / 2);
    [a, b] = [(a + b) / 2, Math.sqrt(a * b)];
    means.push(a);
  }
  let angle = 2 ** (means.length - 1) * a * u;
  for (let i = means.length - 1; i > 0; i--)
    angle = (angle + Math.asin((halves[i]! / means[i]!) * Math.sin(angle))) / 2;
  const [sn, cn] = [Math.sin(angle), Math.cos(angle)];
  // dn² = 1 − k² sn² = cn² + k'² sn², a sum of positive numbers.
  return { sn, cn, dn: Math.hypot(cn, complement * sn) };
}
