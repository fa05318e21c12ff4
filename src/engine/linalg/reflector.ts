/**
 * Applies the reflection I − tau·v·vᵀ from the left to an m×n block of W, four rows at a time. O(4 m n).
 * @param W the array the block is in, from `offset` on with rows `ld` apart
 * @param v the array the vector is in, from `vo` on; not in the block
 * @param w scratch space for n numbers
 * @see [GolubVanLoan2013] section 5.1
 */
export function applyReflector(
  W: Float64Array,
  offset: number,
  ld: number,
  m: number,
  n: number,
  v: Float64Array,
  vo: number,
  tau: number,
  w: Float64Array,
): void {
  w.fill(0, 0, n);
  let i = 0;
  for (; i + 3 < m; i += 4) {
    const r0 = offset + i * ld;
    const r1 = r0 + ld;
    const r2 = r1 + ld;
    const r3 = r2 + ld;
    const v0 = v[vo + i]!;
    const v1 = v[vo + i + 1]!;
    const v2 = v[vo + i + 2]!;
    const v3 = v[vo + i + 3]!;
    for (let j = 0; j < n; j++)
      w[j] = w[j]! + (v0 * W[r0 + j]! + v1 * W[r1 + j]! + (v2 * W[r2 + j]! + v3 * W[r3 + j]!));
  }
  for (; i < m; i++) {
    const r = offset + i * ld;
    const v0 = v[vo + i]!;
    for (let j = 0; j < n; j++) w[j] = w[j]! + v0 * W[r + j]!;
  }
  i = 0;
  for (; i + 3 < m; i += 4) {
    const r0 = offset + i * ld;
    const r1 = r0 + ld;
    const r2 = r1 + ld;
    const r3 = r2 + ld;
    const t0 = tau * v[vo + i]!;
    const t1 = tau * v[vo + i + 1]!;
    const t2 = tau * v[vo + i + 2]!;
    const t3 = tau * v[vo + i + 3]!;
    for (let j = 0; j < n; j++) {
      const x = w[j]!;
      W[r0 + j] = W[r0 + j]! - t0 * x;
      W[r1 + j] = W[r1 + j]! - t1 * x;
      W[r2 + j] = W[r2 + j]! - t2 * x;
      W[r3 + j] = W[r3 + j]! - t3 * x;
    }
  }
  for (; i < m; i++) {
    const r = offset + i * ld;
    const t0 = tau * v[vo + i]!;
    for (let j = 0; j < n; j++) W[r + j] = W[r + j]! - t0 * w[j]!;
  }
}
