import { covarianceFrom } from "./build.ts";
import { type CorrelationOptions, correlationFunction } from "./correlations.ts";
import type { Covariance } from "./covariance.ts";
import { filtered, spectralRoot, torusEigenvalues, tracedFiltered } from "./spectral-root.ts";
import { checkGrid, type GridOptions, torusOf, wrappedCorrelation } from "./torus.ts";

export interface SpectralOptions extends CorrelationOptions, GridOptions {
  /** One variance for all points, 1 by default; variances that differ: {@link rescaledCovariance}. */
  readonly variance?: number;
  /** The argument's name for messages, "covariance" by default. */
  readonly place?: string;
}

/**
 * One correlation function on the points of a regular grid of one or two axes, by Fourier transforms: O(n log n) whatever it is
 * asked for, and no matrix. On axes that begin again the function is the sum over all ways round, over its value at 0, which keeps
 * it positive definite. Axes that don't are made longer until the long way round doesn't count; then there are more controls than
 * points, and an inverse as of any other kind: a dense factor or conjugate gradients. Smooth functions are numerically singular when
 * they are longer than some grid points: eigenvalues below 1e-15 of the largest are zero.
 * @throws ArgumentError, ShapeError for options out of range; NumericalError for a function that isn't positive definite here
 * @see [DietrichNewsam1997] for the longer axes
 */
export function spectralCovariance(options: SpectralOptions): Covariance {
  const { variance = 1, place = "covariance" } = options;
  const grid = checkGrid(options, place);
  const f = correlationFunction(options);
  const torus = torusOf(grid, f.reach);
  const eigenvalues = torusEigenvalues(torus, wrappedCorrelation(torus, f), place);
  const { points } = grid;
  const common = { kind: "spectral", place, size: points, diagonal: () => new Float64Array(points).fill(1) };
  const correlation = (): Covariance => {
    if (torus.points !== points) {
      const root = spectralRoot(grid, torus, eigenvalues, 1);
      return covarianceFrom({
        ...common,
        sqrtSize: root.rank,
        applySqrt: root.apply,
        applySqrtTransposed: root.transposed,
        tracedSqrt: root.traced,
      });
    }
    const { shape } = torus;
    const roots = eigenvalues.map(Math.sqrt);
    const inverses = roots.map((root) => 1 / root);
    const counts = eigenvalues.length / (Math.floor(shape.at(-1)! / 2) + 1);
    return covarianceFrom({
      ...common,
      sqrtSize: points,
      apply: (v) => filtered(v, eigenvalues, shape),
      applySqrt: (v) => filtered(v, roots, shape),
      applySqrtTransposed: (v) => filtered(v, roots, shape),
      tracedSqrt: (v) => tracedFiltered(v, roots, shape),
      inverse: eigenvalues.every((value) => value > 0)
        ? {
            solve: (v) =>
              filtered(
                v,
                inverses.map((value) => value * value),
                shape,
              ),
            whiten: (v) => filtered(v, inverses, shape),
            tracedWhiten: (v) => tracedFiltered(v, inverses, shape),
            logDeterminant: () => logDeterminant(eigenvalues, shape.at(-1)!, counts),
          }
        : "singular",
    });
  };
  return variance === 1 ? correlation() : correlation().scaled(variance);
}

/** Σ ln λ over all waves, of which a real transform keeps about half. */
function logDeterminant(eigenvalues: Float64Array, extent: number, rows: number): number {
  const bins = eigenvalues.length / rows;
  return eigenvalues.reduce((sum, value, at) => {
    const column = at % bins;
    return sum + (column === 0 || 2 * column === extent ? 1 : 2) * Math.log(value);
  }, 0);
}
