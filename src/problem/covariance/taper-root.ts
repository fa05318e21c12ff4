import { ArgumentError, CapabilityError, NumericalError } from "../../engine/errors/index.ts";
import { tensor } from "../../engine/graph/index.ts";
import { matvec, matvecTransposed, symmetricEigen } from "../../engine/linalg/index.ts";
import { sizeOf } from "../../engine/tensor/index.ts";
import { type Domain, placeOf } from "../localization/index.ts";
import { chord } from "./chord.ts";
import { type CorrelationFunction, type CorrelationKind, correlationFunction } from "./correlations.ts";
import { type CorrelationRoot, spectralRoot, torusEigenvalues } from "./spectral-root.ts";
import { checkGrid, type GridOptions, torusOf, wrappedCorrelation } from "./torus.ts";

interface TaperOptions {
  /** The taper, "gaspari-cohn" by default; any positive definite function. */
  readonly function?: CorrelationKind;
  /** Its radius or length, in units of the spacing. */
  readonly radius: number;
  /**
   * Share of the taper's variance that its waves have to make up, along each axis; 0.999 by default. The others are left out, so that
   * there are fewer controls; 1 keeps all: the exact Schur product.
   */
  readonly accuracy?: number;
}

/** A taper of covariances on a regular grid. */
export interface EnsembleLocalization extends TaperOptions, GridOptions {}

/** A taper of covariances between variables anywhere. */
export interface DomainTaper extends TaperOptions {
  readonly domain: Domain;
}

/** Roots of up to so many numbers are kept as matrices. */
const SMALL = 1 << 16;
/** Most places, on no grid of one or two axes, whose taper is factorised. */
const MOST = 2048;

/**
 * A square root T of a taper ρ = T Tᵀ, for {@link ensembleCovariance}: it depends on places alone, so one serves ensembles of all times.
 * On grids of one or two axes it is a Fourier root, O(n log n) a product; at other places made of the eigenvectors of ρ, O(n³) once
 * and O(n rank) a product. On axes that begin again the function is summed over all ways round (grids) or is one of chords
 * (places), which keeps it positive definite.
 * @throws ArgumentError, ShapeError for options out of range; NumericalError for a function that isn't positive definite
 * @throws CapabilityError for more than 2048 places on no grid, or a domain with a distance of its own
 * @see [Buehner2005] [Lorenc2003]
 */
export function taperRoot(options: EnsembleLocalization | DomainTaper, place = "localization"): CorrelationRoot {
  const { function: kind = "gaspari-cohn", radius, accuracy = 0.999 } = options;
  if (!(accuracy > 0 && accuracy <= 1))
    throw new ArgumentError(`${place}.accuracy`, `expected a share above 0 and up to 1, got ${accuracy}`);
  if (!(radius > 0)) throw new ArgumentError(`${place}.radius`, `expected a positive radius, got ${radius}`);
  const f = correlationFunction({ kind, length: radius });
  if (!("domain" in options)) return gridRoot(options, f, accuracy, place);
  const grid = gridOf(options.domain);
  return grid === undefined
    ? placesRoot(options.domain, f, accuracy, place)
    : gridRoot(grid, f, accuracy, `${place}.domain`);
}

function gridRoot(options: GridOptions, f: CorrelationFunction, accuracy: number, place: string): CorrelationRoot {
  const grid = checkGrid(options, place);
  const torus = torusOf(grid, f.reach);
  const root = spectralRoot(grid, torus, torusEigenvalues(torus, wrappedCorrelation(torus, f), place), accuracy);
  return root.rank * root.points > SMALL ? root : { ...asMatrix(root), traced: root.traced };
}

/** The grid of a domain of one or two axes, with its spacing. */
function gridOf({ grid, places }: Domain): GridOptions | undefined {
  if (grid === undefined || grid.shape.length > 2) return undefined;
  const axes = grid.shape.length;
  const spacing = grid.shape.map((extent, axis) => {
    const next = sizeOf(grid.shape.slice(axis + 1));
    return extent === 1 ? 1 : places.data[next * axes + axis]! - places.data[axis]!;
  });
  return { shape: grid.shape, periodic: grid.periodic, spacing };
}

/** A root that is cheap enough as a matrix [points, rank]. */
function asMatrix({ rank, points, apply }: CorrelationRoot): Omit<CorrelationRoot, "traced"> {
  const rows = new Float64Array(rank * points);
  const unit = new Float64Array(rank);
  for (let k = 0; k < rank; k++) {
    unit[k] = 1;
    rows.set(apply(unit), k * points);
    unit[k] = 0;
  }
  return rootOfRows(rows, rank, points);
}

function rootOfRows(rows: Float64Array, rank: number, points: number): Omit<CorrelationRoot, "traced"> {
  return {
    rank,
    points,
    apply: (v) => matvecTransposed(rows, v, rank, points),
    transposed: (v) => matvec(rows, v, rank, points),
  };
}

/** The largest eigenvectors of the taper's matrix times the roots of their values, variances being made 1 again. */
function placesRoot(
  { places, periods }: Domain,
  f: CorrelationFunction,
  accuracy: number,
  place: string,
): CorrelationRoot {
  const n = places.shape[0]!;
  if (periods === undefined)
    throw new CapabilityError(
      `${place}.domain`,
      "covariances can be tapered by Euclidean distances, got a domain with a distance of its own",
    );
  if (n > MOST)
    throw new CapabilityError(
      `${place}.domain`,
      `the taper of covariances at places on no grid of one or two axes is factorised, up to ${MOST} of them; got ${n}`,
    );
  const rho = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++)
      rho[i * n + j] = rho[j * n + i] = f.value(chord(placeOf(places, i), placeOf(places, j), periods));
  const { values, vectors } = symmetricEigen(rho, n);
  if (values[0]! < -1e-10 * values[n - 1]!)
    throw new NumericalError(
      place,
      `expected a positive definite taper, got one with smallest eigenvalue ${values[0]}; take another function or radius`,
      { code: "numerical/indefinite" },
    );
  let rank = 0;
  let kept = 0;
  while (rank < n && (kept < accuracy * n || accuracy === 1) && values[n - 1 - rank]! > 1e-15 * values[n - 1]!)
    kept += values[n - 1 - rank++]!;
  const rows = new Float64Array(rank * n);
  for (let i = 0; i < n; i++) {
    let variance = 0;
    for (let k = 0; k < rank; k++) {
      rows[k * n + i] = vectors[i * n + n - 1 - k]! * Math.sqrt(values[n - 1 - k]!);
      variance += rows[k * n + i]! ** 2;
    }
    for (let k = 0; k < rank; k++) rows[k * n + i]! /= Math.sqrt(variance);
  }
  return { ...rootOfRows(rows, rank, n), traced: (v) => v.matmul(tensor({ data: rows, shape: [rank, n] })) };
}
