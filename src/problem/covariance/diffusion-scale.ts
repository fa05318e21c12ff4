import { gemm } from "../../engine/linalg/index.ts";
import type { Grid } from "./torus.ts";

/** The diagonal of A^(−M) for lengths that don't vary, by the eigenvectors of each axis. O(points · (nx + ny)). */
export function constantDiagonal(
  { shape, periodic, spacing }: Grid,
  lengths: readonly number[],
  steps: number,
): Float64Array {
  const axes = shape.map((extent, axis) => axisModes(extent, periodic[axis]!, (lengths[axis]! / spacing[axis]!) ** 2));
  const [last, first] = [axes.at(-1)!, axes.length === 2 ? axes[0]! : axisModes(1, true, 0)];
  const [ny, nx] = [first.eigenvalues.length, last.eigenvalues.length];
  const powers = new Float64Array(ny * nx);
  for (let p = 0; p < ny; p++)
    for (let q = 0; q < nx; q++) powers[p * nx + q] = (1 + first.eigenvalues[p]! + last.eigenvalues[q]!) ** -steps;
  const half = gemm(ny, nx, ny, first.squares, powers);
  return gemm(ny, nx, nx, half, last.squares, { transB: true });
}

/** Eigenvalues of −ℓ² ∂² on n points and the squares of the normalised eigenvectors, [point, mode]. */
function axisModes(n: number, periodic: boolean, link: number): { eigenvalues: Float64Array; squares: Float64Array } {
  const wave = (k: number): number => (periodic ? (Math.PI * k) / n : (Math.PI * k) / (2 * n));
  const eigenvalues = Float64Array.from({ length: n }, (_, k) => (n === 1 ? 0 : 4 * link * Math.sin(wave(k)) ** 2));
  const squares = new Float64Array(n * n).fill(1 / n);
  if (!periodic)
    for (let i = 0; i < n; i++)
      for (let k = 1; k < n; k++) squares[i * n + k] = (2 / n) * Math.cos((Math.PI * k * (i + 0.5)) / n) ** 2;
  return { eigenvalues, squares };
}

/**
 * What the diagonal of A^(−M) is far from ends, where lengths vary slowly: Γ(M − d/2)/(Γ(M) (4π)^(d/2)) over the lengths in grid points.
 * @see [Lindgren2011]
 */
export function maternDiagonal(
  { shape, spacing, points }: Grid,
  lengths: readonly Float64Array[],
  steps: number,
): Float64Array {
  const extended = shape.flatMap((extent, axis) => (extent > 1 ? [axis] : []));
  const d = extended.length;
  // Γ(M − 1/2)/Γ(M) = √π Π (k − 1/2)/k, Γ(M − 1)/Γ(M) = 1/(M − 1)
  let constant = d === 2 ? 1 / (steps - 1) / (4 * Math.PI) : 1;
  if (d === 1) {
    constant = 0.5;
    for (let k = 1; k < steps; k++) constant *= (k - 0.5) / k;
  }
  return Float64Array.from({ length: points }, (_, i) =>
    extended.reduce((value, axis) => value / (lengths[axis]![i]! / spacing[axis]!), constant),
  );
}
