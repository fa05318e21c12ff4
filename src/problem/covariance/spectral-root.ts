import { NumericalError } from "../../engine/errors/index.ts";
import { type Tensor, tensor } from "../../engine/graph/index.ts";
import { irfft2, irfftRows, rfft2, rfftRows } from "../../engine/linalg/index.ts";
import { sizeOf } from "../../engine/tensor/index.ts";
import type { Grid } from "./torus.ts";

/** A square root T of a correlation C = T Tᵀ on the points of a grid. */
export interface CorrelationRoot {
  /** Length of what T is applied to. */
  readonly rank: number;
  readonly points: number;
  apply(v: Float64Array): Float64Array;
  transposed(v: Float64Array): Float64Array;
  /** T v on tensors [..., rank]. */
  traced(v: Tensor): Tensor;
}

/** Eigenvalues below this part of the largest one are rounding: they count as zero. */
const rounding = 1e-15;

/**
 * Eigenvalues of the correlation with the given first row on a torus, in the layout of a real Fourier transform [.., ⌊n/2⌋ + 1]:
 * those below 1e-15 of the largest are set to 0. O(points log points).
 * @throws NumericalError for a function that isn't positive definite
 */
export function torusEigenvalues({ shape }: Grid, row: Float64Array, place: string): Float64Array {
  const coefficients = forward(row, shape);
  const values = new Float64Array(coefficients.length / 2);
  let most = 0;
  for (let k = 0; k < values.length; k++) {
    values[k] = coefficients[2 * k]!;
    most = Math.max(most, values[k]!);
  }
  const least = values.reduce((a, b) => Math.min(a, b));
  if (least < -1e-10 * most)
    throw new NumericalError(
      place,
      `expected a positive definite correlation, got one with smallest eigenvalue ${least}; take another function or length`,
      { code: "numerical/indefinite" },
    );
  return values.map((value) => (value > rounding * most ? value : 0));
}

/** Real coefficients [.., ⌊n/2⌋ + 1, 2] of one or two axes. */
function forward(v: Float64Array, shape: readonly number[]): Float64Array {
  const nx = shape.at(-1)!;
  const rows = shape.length === 2 ? shape[0]! : 1;
  const out = new Float64Array(rows * (Math.floor(nx / 2) + 1) * 2);
  if (shape.length === 2) rfft2(v, 0, 1, rows, nx, out, 0);
  else rfftRows(v, 0, 1, nx, out, 0);
  return out;
}

function backward(c: Float64Array, shape: readonly number[]): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  if (shape.length === 2) irfft2(c, 0, 1, shape[0]!, shape[1]!, out, 0);
  else irfftRows(c, 0, 1, shape[0]!, out, 0);
  return out;
}

/** v with every Fourier coefficient times a factor of its own, on a torus. O(n log n). */
export function filtered(v: Float64Array, factors: Float64Array, shape: readonly number[]): Float64Array {
  const c = forward(v, shape);
  for (let k = 0; k < factors.length; k++) {
    c[2 * k]! *= factors[k]!;
    c[2 * k + 1]! *= factors[k]!;
  }
  return backward(c, shape);
}

/** The same on tensors [..., points]. */
export function tracedFiltered(v: Tensor, factors: Float64Array, shape: readonly number[]): Tensor {
  const dimensions = shape.length === 2 ? 2 : 1;
  const leading = v.shape.slice(0, -1);
  const c = v.reshape([...leading, ...shape]).rfft(dimensions);
  const weights = tensor({ data: factors, shape: [...c.shape.slice(-dimensions - 1, -1), 1] });
  return c
    .mul(weights)
    .irfft(shape.at(-1)!, dimensions)
    .reshape([...leading, sizeOf(shape)]);
}

/** Numbers of wave that a coarser, odd grid has, as indices of the finer one's transform: along rows (if any) and columns. */
interface Waves {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

function wavesOf(coarse: readonly number[], fine: readonly number[]): Waves {
  const [my, mx] = [coarse.length === 2 ? coarse[0]! : 1, coarse.at(-1)!];
  const ny = fine.length === 2 ? fine[0]! : 1;
  const half = my === ny ? my : (my + 1) / 2;
  return {
    rows: Int32Array.from({ length: my }, (_, k) => (k < half ? k : ny - my + k)),
    columns: Int32Array.from({ length: Math.floor(mx / 2) + 1 }, (_, k) => k),
  };
}

/**
 * The square root of the correlation on a torus with the given eigenvalues, restricted to the grid in its first corner. It is
 * applied to a field on a coarser grid of as many points as there are waves to be kept: those with all but 1 − `accuracy` of
 * each axis' variance, made up for by a factor, so that the correlation at distance 0 is 1. O(points log points).
 */
export function spectralRoot(grid: Grid, torus: Grid, eigenvalues: Float64Array, accuracy: number): CorrelationRoot {
  const coarse = keptExtents(torus, eigenvalues, accuracy);
  const { rows, columns } = wavesOf(coarse, torus.shape);
  const fineBins = Math.floor(torus.shape.at(-1)! / 2) + 1;
  const bins = columns.length;
  const [n, m] = [torus.points, sizeOf(coarse)];
  const kept = new Float64Array(rows.length * bins);
  let trace = 0;
  rows.forEach((row, i) => {
    columns.forEach((column, j) => {
      const value = eigenvalues[row * fineBins + column]!;
      kept[i * bins + j] = value;
      trace += value * multiplicity(column, torus.shape.at(-1)!);
    });
  });
  const roots = kept.map((value) => Math.sqrt((value * n) / trace));
  const embed = (c: Float64Array, by: number): Float64Array => {
    const out = new Float64Array(eigenvalues.length * 2);
    rows.forEach((row, i) => {
      columns.forEach((column, j) => {
        const [from, to] = [2 * (i * bins + j), 2 * (row * fineBins + column)];
        out[to] = c[from]! * roots[i * bins + j]! * by;
        out[to + 1] = c[from + 1]! * roots[i * bins + j]! * by;
      });
    });
    return out;
  };
  const extract = (c: Float64Array, by: number): Float64Array => {
    const out = new Float64Array(kept.length * 2);
    rows.forEach((row, i) => {
      columns.forEach((column, j) => {
        const [to, from] = [2 * (i * bins + j), 2 * (row * fineBins + column)];
        out[to] = c[from]! * roots[i * bins + j]! * by;
        out[to + 1] = c[from + 1]! * roots[i * bins + j]! * by;
      });
    });
    return out;
  };
  const corner = cornerOf(grid, torus);
  const dimensions = torus.shape.length === 2 ? 2 : 1;
  return {
    rank: m,
    points: grid.points,
    apply: (v) => corner.cut(backward(embed(forward(v, coarse), Math.sqrt(n / m)), torus.shape)),
    transposed: (v) => backward(extract(forward(corner.fill(v), torus.shape), Math.sqrt(m / n)), coarse),
    traced(v) {
      const leading = v.shape.slice(0, -1);
      const weights = tensor({
        data: roots.map((root) => root * Math.sqrt(n / m)),
        shape: dimensions === 2 ? [rows.length, bins, 1] : [bins, 1],
      });
      let c = v
        .reshape([...leading, ...coarse])
        .rfft(dimensions)
        .mul(weights);
      if (bins < fineBins) c = c.scatterAdd(columns, fineBins, -2);
      if (dimensions === 2 && rows.length < torus.shape[0]!) c = c.scatterAdd(rows, torus.shape[0]!, -3);
      return corner.traced(c.irfft(torus.shape.at(-1)!, dimensions));
    },
  };
}

/** How many waves a coefficient of a real transform stands for. */
function multiplicity(column: number, extent: number): number {
  return column === 0 || 2 * column === extent ? 1 : 2;
}

/** Odd extents that keep the share `accuracy` of the variance along each axis; the whole extent where they wouldn't be less. */
function keptExtents({ shape }: Grid, eigenvalues: Float64Array, accuracy: number): number[] {
  const nx = shape.at(-1)!;
  const bins = Math.floor(nx / 2) + 1;
  const spectra = shape.map((extent) => new Float64Array(Math.floor(extent / 2) + 1));
  eigenvalues.forEach((value, at) => {
    const [row, column] = [Math.floor(at / bins), at % bins];
    const share = value * multiplicity(column, nx);
    spectra.at(-1)![column]! += share;
    if (shape.length === 2) spectra[0]![Math.min(row, shape[0]! - row)]! += share;
  });
  return shape.map((extent, axis) => {
    const spectrum = spectra[axis]!;
    const total = spectrum.reduce((a, b) => a + b);
    let sum = 0;
    for (let k = 0; 2 * k + 1 < extent; k++) {
      sum += spectrum[k]!;
      if (accuracy < 1 ? sum >= accuracy * total : spectrum.subarray(k + 1).every((value) => value === 0))
        return 2 * k + 1;
    }
    return extent;
  });
}

/** The first corner of a torus and what is beyond. */
function cornerOf(grid: Grid, torus: Grid) {
  const same = grid.points === torus.points;
  const [width, wide] = [grid.shape.at(-1)!, torus.shape.at(-1)!];
  const rows = grid.points / width;
  return {
    cut(v: Float64Array): Float64Array {
      if (same) return v;
      const out = new Float64Array(grid.points);
      for (let row = 0; row < rows; row++) out.set(v.subarray(row * wide, row * wide + width), row * width);
      return out;
    },
    fill(v: Float64Array): Float64Array {
      if (same) return v;
      const out = new Float64Array(torus.points);
      for (let row = 0; row < rows; row++) out.set(v.subarray(row * width, (row + 1) * width), row * wide);
      return out;
    },
    /** [..., torus axes] → [..., grid points]. */
    traced(v: Tensor): Tensor {
      const leading = v.shape.slice(0, v.shape.length - torus.shape.length);
      const cut = same
        ? v
        : v.slice(
            v.shape.map(() => 0),
            [...leading, ...grid.shape],
          );
      return cut.reshape([...leading, grid.points]);
    },
  };
}
