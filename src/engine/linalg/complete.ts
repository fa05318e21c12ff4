/**
 * Fills the columns of Q (m×n, n ≤ m) from `known` on, so that all are orthonormal if the first `known` are: unit
 * vectors that stick out most, made orthogonal to the others twice. O(m n) for each column, and m n more.
 * @see [GolubVanLoan2013] section 5.2
 */
export function completeColumns(Q: Float64Array, m: number, n: number, known: number): void {
  const v = new Float64Array(m);
  for (let j = known; j < n; j++) {
    v.fill(0);
    v[mostOutside(Q, m, n, j)] = 1;
    for (let pass = 0; pass < 2; pass++)
      for (let c = 0; c < j; c++) {
        let overlap = 0;
        for (let i = 0; i < m; i++) overlap += Q[i * n + c]! * v[i]!;
        for (let i = 0; i < m; i++) v[i] = v[i]! - overlap * Q[i * n + c]!;
      }
    let square = 0;
    for (let i = 0; i < m; i++) square += v[i]! * v[i]!;
    const norm = Math.sqrt(square);
    for (let i = 0; i < m; i++) Q[i * n + j] = v[i]! / norm;
  }
}

/** The unit vector with the smallest part in the span of the first j columns. */
function mostOutside(Q: Float64Array, m: number, n: number, j: number): number {
  let best = 0;
  let least = Infinity;
  for (let i = 0; i < m; i++) {
    let inside = 0;
    for (let c = 0; c < j; c++) inside += Q[i * n + c]! ** 2;
    if (inside < least) {
      least = inside;
      best = i;
    }
  }
  return best;
}
