import { ArgumentError, NumericalError, ShapeError } from "../../engine/errors/index.ts";
import { type Tensor, tensor } from "../../engine/graph/index.ts";
import { type ArrayLike64, toNdArray } from "../../engine/tensor/index.ts";
import { covarianceFrom } from "./build.ts";
import { checkVariance } from "./check.ts";
import type { Covariance } from "./covariance.ts";
import { diffusionGrid, multiplyDiffusion, tracedMultiplyDiffusion } from "./diffusion-grid.ts";
import { constantDiagonal, maternDiagonal } from "./diffusion-scale.ts";
import { chebyshevSolver, diffusionFactor, directSolver } from "./diffusion-solve.ts";
import { checkGrid, type Grid, type GridOptions } from "./torus.ts";

export interface DiffusionOptions extends GridOptions {
  /**
   * Daley length of the correlation in units of the spacing: near 0 it is like a Gaussian of this standard deviation. One number; one per
   * axis; or one for each point, [points].
   */
  readonly length: ArrayLike64;
  /** Steps of the implicit scheme, even, from 2 (on two axes 4) to 50; 10 by default: the more, the nearer to a Gaussian. */
  readonly steps?: number;
  /** Variance of all points, or of each, [points]; 1 by default. */
  readonly variance?: ArrayLike64;
  /**
   * `exact`: variances are what is asked for. `matern`: by the constant of an unbounded domain with constant lengths; costs nothing, but is off
   * near ends and where lengths change. The default is exact for lengths that don't vary over the grid, and else up to 2048 points
   * (two axes: 1024).
   */
  readonly normalization?: "exact" | "matern";
  /** The argument's name for messages, "covariance" by default. */
  readonly place?: string;
}

/**
 * Correlations by diffusion on a regular grid of one or two axes, with or without ends (no flux through them): C = Σ N A^(−M) N Σ,
 * A = I − ∇·ℓ²∇, M implicit steps, N the normalisation that makes the variances those that are asked for. In one dimension it is the Matérn
 * function of ν = M − 1/2, in two that of ν = M − 1; ℓ = length/√(2M − d − 2). Lengths and variances may vary in space. The square root
 * has M/2 steps; its inverse is a stencil. O(M points) along one axis, O(M points √λ) on two, λ ≈ 1 + 8 ℓ² for ℓ in grid points; exact normalisation
 * of varying lengths takes points times that, once.
 * @throws ShapeError, ArgumentError, NumericalError for options that don't fit
 * @see [WeaverCourtier2001] [Guillet2019]
 */
export function diffusionCovariance(options: DiffusionOptions): Covariance {
  const { steps = 10, variance = 1, place = "covariance" } = options;
  const grid = checkGrid(options, place);
  const { points } = grid;
  const axes = grid.shape.filter((extent) => extent > 1).length;
  const least = axes === 2 ? 4 : 2;
  if (!Number.isInteger(steps) || steps % 2 !== 0 || steps < least || steps > 50)
    throw new ArgumentError(`${place}.steps`, `expected an even integer from ${least} to 50, got ${steps}`);
  const { lengths, constant } = readLengths(options.length, grid, Math.sqrt(2 * steps - axes - 2), place);
  const operator = diffusionGrid(grid, lengths);
  const solver = axes === 2 ? chebyshevSolver(operator) : directSolver(operator, place);
  const times = <T>(start: T, one: (v: T) => T, count: number): T => {
    let v = start;
    for (let k = 0; k < count; k++) v = one(v);
    return v;
  };
  const half = (v: Float64Array): Float64Array => times(v, solver.solve, steps / 2);
  const back = (v: Float64Array): Float64Array => times(v, (u) => multiplyDiffusion(operator, u), steps / 2);
  const exact = (): Float64Array =>
    constant === undefined
      ? diagonalOf(directSolver(operator, place).solve, steps / 2, points)
      : constantDiagonal(grid, constant, steps);
  const byDefault = constant !== undefined || points <= (axes === 2 ? 1024 : 2048) ? "exact" : "matern";
  const { normalization = byDefault } = options;
  const raw = normalization === "exact" ? exact() : maternDiagonal(grid, lengths, steps);
  const wanted = readVariance(variance, points, place);
  const scale = raw.map((value, i) => Math.sqrt(wanted[i]! / value));
  const scaled = (v: Float64Array): Float64Array => v.map((value, i) => value * scale[i]!);
  const over = (v: Float64Array): Float64Array => v.map((value, i) => value / scale[i]!);
  const tracedSteps = (v: Tensor, one: (u: Tensor) => Tensor): Tensor => times(v, one, steps / 2);
  return covarianceFrom({
    kind: "diffusion",
    place,
    size: points,
    sqrtSize: points,
    applySqrt: (v) => scaled(half(v)),
    applySqrtTransposed: (v) => half(scaled(v)),
    tracedSqrt: (v) => tracedSteps(v, solver.traced).mul(tensor(scale)),
    diagonal: () => (normalization === "exact" ? wanted.slice() : exact().map((value, i) => value * scale[i]! ** 2)),
    inverse: scale.every((value) => value > 0)
      ? {
          solve: (v) => over(back(back(over(v)))),
          whiten: (v) => back(over(v)),
          tracedWhiten: (v) => tracedSteps(v.div(tensor(scale)), (u) => tracedMultiplyDiffusion(operator, u)),
          logDeterminant() {
            const { start, values } = diffusionFactor(operator, place);
            let log = 0;
            for (let i = 0; i < points; i++)
              log += 2 * Math.log(scale[i]!) - 2 * steps * Math.log(values[start[i + 1]! - 1]!);
            return log;
          },
        }
      : "singular",
  });
}

/** |A^(−M/2) e_i|² for every unit vector: A is symmetric. By the Cholesky factor, on two axes too: for so many columns it is faster. */
function diagonalOf(solve: (v: Float64Array) => Float64Array, solves: number, points: number): Float64Array {
  return Float64Array.from({ length: points }, (_, i) => {
    let column: Float64Array = new Float64Array(points);
    column[i] = 1;
    for (let k = 0; k < solves; k++) column = solve(column);
    let sum = 0;
    for (let j = 0; j < points; j++) sum += column[j]! ** 2;
    return sum;
  });
}

function readVariance(variance: ArrayLike64, points: number, place: string): Float64Array {
  const { data } = toNdArray(variance, `${place}.variance`);
  if (data.length !== 1 && data.length !== points)
    throw new ShapeError(`${place}.variance`, `expected one variance or ${points} of them, got ${data.length}`);
  data.forEach((value, i) => {
    checkVariance(data.length === 1 ? `${place}.variance` : `${place}.variance[${i}]`, value, true);
  });
  return data.length === points ? data.slice() : new Float64Array(points).fill(data[0]!);
}

/** ℓ at every point and, where it doesn't vary, one for each axis. */
function readLengths(length: ArrayLike64, { shape, points }: Grid, daley: number, place: string) {
  const { data } = toNdArray(length, `${place}.length`);
  const axes = shape.length;
  if (data.length !== 1 && data.length !== axes && data.length !== points)
    throw new ShapeError(
      `${place}.length`,
      `expected one length, one for each of the ${axes} axes, or one for each of the ${points} points, got ${data.length}`,
    );
  const bad = data.find((value) => !(value > 0));
  if (bad !== undefined) throw new ArgumentError(`${place}.length`, `expected positive lengths, got ${bad}`);
  if (!data.every(Number.isFinite))
    throw new NumericalError(`${place}.length`, "expected finite lengths, got an infinite one");
  if (data.length > axes) {
    const each = data.map((value) => value / daley);
    return { lengths: shape.map(() => each), constant: undefined };
  }
  const constant = shape.map((_, axis) => (data[data.length === 1 ? 0 : axis] ?? 0) / daley);
  return { lengths: constant.map((value) => new Float64Array(points).fill(value)), constant };
}
