import { applyReflector } from "./reflector.ts";

/**
 * Householder reduction of a symmetric matrix to tridiagonal form, T = Qᵀ·A·Q, from the last row up, so that every
 * loop runs along rows. O(4n³/3), and as much again for Q.
 * @param Z n×n; its lower triangle holds A on entry, all of it holds Q on return
 * @param d receives T's diagonal (n)
 * @param e receives T's subdiagonal in e[1] to e[n − 1] (n); e[0] = 0
 * @param w scratch space (n)
 * @see [Martin1968]
 */
export function tridiagonalize(Z: Float64Array, n: number, d: Float64Array, e: Float64Array, w: Float64Array): void {
  for (let i = n - 1; i > 0; i--) d[i] = reflectRow(Z, n, i, e);
  e[0] = 0;
  d[0] = 0;
  for (let i = 0; i < n; i++) {
    if (d[i] !== 0) applyReflector(Z, 0, n, i, i, Z, i * n, 1 / d[i]!, w);
    d[i] = Z[i * n + i]!;
    Z[i * n + i] = 1;
    for (let k = 0; k < i; k++) {
      Z[i * n + k] = 0;
      Z[k * n + i] = 0;
    }
  }
}

/** Eliminates row i left of the subdiagonal; keeps the Householder vector in its place and returns half its square. */
function reflectRow(Z: Float64Array, n: number, i: number, e: Float64Array): number {
  const row = i * n;
  let scale = 0;
  for (let k = 0; k < i - 1; k++) scale += Math.abs(Z[row + k]!);
  if (scale === 0) {
    e[i] = Z[row + i - 1]!;
    return 0;
  }
  scale += Math.abs(Z[row + i - 1]!);
  let square = 0;
  for (let k = 0; k < i; k++) {
    const u = Z[row + k]! / scale;
    Z[row + k] = u;
    square += u * u;
  }
  const last = Z[row + i - 1]!;
  const g = last > 0 ? -Math.sqrt(square) : Math.sqrt(square);
  const saved = scale * g;
  const h = square - last * g;
  Z[row + i - 1] = last - g;
  symmetricProduct(Z, n, i, row, e);
  let overlap = 0;
  for (let k = 0; k < i; k++) {
    e[k] = e[k]! / h;
    overlap += e[k]! * Z[row + k]!;
  }
  const half = overlap / (h + h);
  for (let k = 0; k < i; k++) e[k] = e[k]! - half * Z[row + k]!;
  rankTwo(Z, n, i, row, e);
  e[i] = saved;
  return h;
}

/** p = S·u for the symmetric leading i×i block S (lower triangle) and u in row i of Z; two rows at a time. */
function symmetricProduct(Z: Float64Array, n: number, i: number, row: number, p: Float64Array): void {
  p[0] = 0;
  let j = 0;
  if (i % 2 === 1) {
    p[0] = Z[0]! * Z[row]!;
    j = 1;
  }
  for (; j < i; j += 2) {
    const r0 = j * n;
    const r1 = r0 + n;
    const u0 = Z[row + j]!;
    const u1 = Z[row + j + 1]!;
    let s0 = 0;
    let s1 = 0;
    for (let k = 0; k < j; k++) {
      const a = Z[r0 + k]!;
      const b = Z[r1 + k]!;
      const u = Z[row + k]!;
      s0 += a * u;
      s1 += b * u;
      p[k] = p[k]! + (a * u0 + b * u1);
    }
    const corner = Z[r1 + j]!;
    p[j] = s0 + Z[r0 + j]! * u0 + corner * u1;
    p[j + 1] = s1 + corner * u0 + Z[r1 + j + 1]! * u1;
  }
}

/** S ← S − u·wᵀ − w·uᵀ for the lower triangle of the leading i×i block, u in row i of Z; two rows at a time. */
function rankTwo(Z: Float64Array, n: number, i: number, row: number, w: Float64Array): void {
  let j = 0;
  if (i % 2 === 1) {
    Z[0] = Z[0]! - 2 * Z[row]! * w[0]!;
    j = 1;
  }
  for (; j < i; j += 2) {
    const r0 = j * n;
    const r1 = r0 + n;
    const u0 = Z[row + j]!;
    const u1 = Z[row + j + 1]!;
    const w0 = w[j]!;
    const w1 = w[j + 1]!;
    for (let k = 0; k <= j; k++) {
      const u = Z[row + k]!;
      const x = w[k]!;
      Z[r0 + k] = Z[r0 + k]! - (u0 * x + w0 * u);
      Z[r1 + k] = Z[r1 + k]! - (u1 * x + w1 * u);
    }
    Z[r1 + j + 1] = Z[r1 + j + 1]! - 2 * u1 * w1;
  }
}
