/** Σ aᵢ bᵢ. */
export function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** Euclidean length. */
export function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

/** factor · a + b. */
export function axpy(factor: number, a: Float64Array, b: Float64Array): Float64Array {
  return b.map((value, i) => value + factor * a[i]!);
}
