import { NumericalError } from "../errors/index.ts";

/** Sweeps that one eigenvalue may take; in the kernels too. */
export const maximumSweeps: number = 60;
const tiny = 1e-290;

/**
 * Eigenvalues and -vectors of a symmetric tridiagonal matrix by QL sweeps with implicit shifts. The rotations of a sweep
 * are recorded and then applied to four rows of Z at a time, along the rows. O(n²) for the values, some 3n³ for Z.
 * @param d the diagonal on entry, the eigenvalues (in no order) on return
 * @param e the subdiagonal in e[1] to e[n − 1]; destroyed
 * @param Z n×n, multiplied from the right by the eigenvectors; the array goes on to a multiple of four rows, with zeros
 * @param c scratch space for the rotations' cosines (n)
 * @param s scratch space for the rotations' sines (n)
 * @throws NumericalError when a value needs more than 60 sweeps
 * @see [Martin1968] [GolubVanLoan2013] section 8.3
 */
export function tridiagonalQl(
  d: Float64Array,
  e: Float64Array,
  Z: Float64Array,
  n: number,
  c: Float64Array,
  s: Float64Array,
): void {
  for (let i = 1; i < n; i++) e[i - 1] = e[i]!;
  e[n - 1] = 0;
  for (let l = 0; l < n; l++)
    for (let sweep = 0; ; sweep++) {
      const m = nextBreak(d, e, l, n);
      if (m === l) break;
      if (sweep === maximumSweeps)
        throw new NumericalError("eigen", `no convergence for eigenvalue ${l} in ${maximumSweeps} sweeps`, {
          code: "numerical/no-convergence",
        });
      const from = qlSweep(d, e, c, s, l, m);
      rotateRows(Z, n, c, s, from, m);
    }
}

/** The first m ≥ l whose subdiagonal element is negligible. */
function nextBreak(d: Float64Array, e: Float64Array, l: number, n: number): number {
  let m = l;
  for (; m < n - 1; m++) {
    const off = Math.abs(e[m]!);
    if (off <= Number.EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!)) || off < tiny) break;
  }
  return m;
}

/** One sweep from m up to l; returns the index that the rotations reach down to. */
function qlSweep(d: Float64Array, e: Float64Array, cs: Float64Array, sn: Float64Array, l: number, m: number): number {
  let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  const root = Math.abs(g) > 1e150 ? Math.abs(g) : Math.sqrt(g * g + 1);
  g = d[m]! - d[l]! + e[l]! / (g >= 0 ? g + root : g - root);
  let s = 1;
  let c = 1;
  let p = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i]!;
    const b = c * e[i]!;
    const square = f * f + g * g;
    const r = square > tiny ? Math.sqrt(square) : Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] = d[i + 1]! - p;
      e[m] = 0;
      return i + 1;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1]! - p;
    const t = (d[i]! - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
    cs[i] = c;
    sn[i] = s;
  }
  d[l] = d[l]! - p;
  e[l] = g;
  e[m] = 0;
  return l;
}

/** Applies the rotations m − 1 down to l to the columns of Z, four rows at a time. */
function rotateRows(Z: Float64Array, n: number, c: Float64Array, s: Float64Array, l: number, m: number): void {
  for (let k = 0; k < n; k += 4) {
    const r0 = k * n;
    const r1 = r0 + n;
    const r2 = r1 + n;
    const r3 = r2 + n;
    let h0 = Z[r0 + m]!;
    let h1 = Z[r1 + m]!;
    let h2 = Z[r2 + m]!;
    let h3 = Z[r3 + m]!;
    for (let i = m - 1; i >= l; i--) {
      const ci = c[i]!;
      const si = s[i]!;
      const z0 = Z[r0 + i]!;
      const z1 = Z[r1 + i]!;
      const z2 = Z[r2 + i]!;
      const z3 = Z[r3 + i]!;
      Z[r0 + i + 1] = si * z0 + ci * h0;
      Z[r1 + i + 1] = si * z1 + ci * h1;
      Z[r2 + i + 1] = si * z2 + ci * h2;
      Z[r3 + i + 1] = si * z3 + ci * h3;
      h0 = ci * z0 - si * h0;
      h1 = ci * z1 - si * h1;
      h2 = ci * z2 - si * h2;
      h3 = ci * z3 - si * h3;
    }
    Z[r0 + l] = h0;
    Z[r1 + l] = h1;
    Z[r2 + l] = h2;
    Z[r3 + l] = h3;
  }
}
