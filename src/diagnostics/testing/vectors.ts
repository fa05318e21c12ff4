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

/** |a − b| over a scale, by default the larger length; 0 for equal vectors, Infinity for different lengths. */
export function relativeDistance(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  scale: number = Math.max(norm(Float64Array.from(a)), norm(Float64Array.from(b))),
): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let square = 0;
  for (let i = 0; i < a.length; i++) square += (a[i]! - b[i]!) ** 2;
  return square === 0 ? 0 : Math.sqrt(square) / scale;
}
